"""Which cameras this relay serves, by the last list that the server signed for it, and where each one is.

The list stays sealed on the disk, beside the key that opens it: whoever reads the log of the line, or a copy of a message, reads
no password. What binds a camera to this relay is this list and nothing else.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.edge.device.device import Device
from beffroi.edge.device.errors import StoreError
from beffroi.edge.device.holdings import Outcome
from beffroi.edge.device.store import Store
from beffroi.protocol.v1 import members
from beffroi.protocol.v1.carriage import TAKEN, Ask
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.sources import (
    Source,
    SourceList,
    make_sealing_key,
    open_sources,
    recall_source_list,
    verify_source_list,
)

SEALING_BYTES: Final = 32


class Roster:
    """Raises StoreError when what it kept can't be read back: then there is no relay."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._store = device.store
        self._sealing = _sealing_key(device.store, device.random)
        self._list = _recall(device.store)
        self._sources = {} if self._list is None else _opened(self._list, self._sealing)

    @property
    def order(self) -> tuple[int, int]:
        """(key set, number) of the list held; (0, 0) for none."""
        return (0, 0) if self._list is None else self._list.order

    @property
    def gates(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def find(self, gate: str) -> Source | None:
        """Where a camera is, None when it isn't this relay's."""
        return self._sources.get(gate)

    def complete(self, ask: Ask) -> Ask:
        """What any device asks for, with what only a relay does: sources, and to which key they are to be sealed."""
        token = make_sealing_key(
            device=self._device.identity.device,
            issued=self._device.holdings.now(),
            sealing=self._sealing,
            key=self._device.identity.key,
        )
        return replace(ask, sources=self.order, sealing=token)

    def take(self, token: str) -> Outcome:
        """A list that was brought: it counts once it is on the disk, and only when every source in it can be read. No event says that
        it was taken: the relay asks again, so that the server doesn't bring it twice.
        """
        holdings = self._device.holdings
        taken = verify_source_list(
            token,
            keyset=holdings.trust.keys(),
            at=holdings.reading(),
            device=self._device.identity.device,
            held=self.order,
        )
        if isinstance(taken, Refused):
            return taken.reason
        opened = open_sources(taken, sealing=self._sealing)
        if isinstance(opened, Refused):
            return opened.reason
        with self._store.transaction():
            self._store.set("sources", token)
        self._list, self._sources = taken, {source.gate: source for source in opened}
        self._device.delivery.report()
        return TAKEN


def _sealing_key(store: Store, random: Callable[[int], bytes]) -> X25519PrivateKey:
    known = store.fact("sealing-key")
    if known is None:
        raw = random(SEALING_BYTES)
        with store.transaction():
            store.set("sealing-key", members.encode_bytes(raw))
        return X25519PrivateKey.from_private_bytes(raw)
    try:
        return X25519PrivateKey.from_private_bytes(members.decode_bytes(known) or b"")
    except ValueError as fault:
        raise StoreError("store-damaged", "the stored sealing key can't be read") from fault


def _recall(store: Store) -> SourceList | None:
    """The list that this relay verified when it took it; its key may be gone since, so nothing is verified again."""
    token = store.fact("sources")
    if token is None:
        return None
    recalled = recall_source_list(token)
    if isinstance(recalled, Refused):
        raise StoreError("store-damaged", f"the stored sources can't be read: {recalled.reason} {recalled.detail}")
    return recalled


def _opened(sources: SourceList, sealing: X25519PrivateKey) -> dict[str, Source]:
    opened = open_sources(sources, sealing=sealing)
    if isinstance(opened, Refused):
        raise StoreError("store-damaged", f"the stored sources can't be opened: {opened.reason} {opened.detail}")
    return {source.gate: source for source in opened}
