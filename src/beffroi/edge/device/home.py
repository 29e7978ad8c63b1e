"""A device's folder: its memory, the document that commissions it, and from them who it is."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from beffroi.edge.device import commissioning
from beffroi.edge.device.commissioning import Broker
from beffroi.edge.device.device import Identity
from beffroi.edge.device.errors import CommissioningError
from beffroi.edge.device.store import Store

KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Home:
    """An open folder. Whoever opened it closes the store."""

    store: Store
    identity: Identity
    broker: Broker | None

    @classmethod
    def open(cls, folder: Path, kind: str, *, document: Path | None = None) -> Self:
        """Take the document named, or the one that lies there, and say who the device is. Raises StoreError,
        CommissioningError: then the store is closed, and there is no device.
        """
        store = Store.open(folder, kind)
        try:
            _commission(store, folder, document)
            return cls(store, _identity(store), commissioning.broker_of(store))
        except BaseException:
            store.close()
            raise


def request(folder: Path, kind: str, device: str) -> str:
    """The signed request of the device of this folder to be certified; its key is made at the first call."""
    store = Store.open(folder, kind)
    try:
        return commissioning.request(store, device, os.urandom(KEY_BYTES))
    finally:
        store.close()


def _commission(store: Store, folder: Path, document: Path | None) -> None:
    path = document or folder / commissioning.FILE
    if document is None and not path.exists():
        return
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise CommissioningError("document-unreadable", str(fault)) from fault
    commissioning.take(store, commissioning.read(data, store.kind), os.urandom(KEY_BYTES))


def _identity(store: Store) -> Identity:
    device = store.fact("device")
    if device is None:
        raise CommissioningError("not-commissioned", "this store has no identity: take a commissioning document first")
    return Identity(device, commissioning.own_key(store, os.urandom(KEY_BYTES)))
