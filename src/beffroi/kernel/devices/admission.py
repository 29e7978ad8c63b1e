"""Whom our own broker admits and whom it refuses. The minter alone writes its lists, so that no older one comes after a newer.

At each look they are what the devices' rows say, whatever was missed since: a process killed before it woke the minter, an act on
another machine, a folder put back from a backup. A broker that isn't ours takes what `beffroi device broker` writes.
"""

from datetime import datetime

from beffroi.adapters.keystore import KeyStore, KeyStoreError
from beffroi.adapters.mqtt import accounts, certificates
from beffroi.adapters.mqtt.errors import MqttError
from beffroi.kernel.devices.queries.devices import (
    broker_accounts,
    broker_accounts_digest,
    devices_struck_off,
    struck_off,
)


class Admission:
    """Remembers what it wrote, and from what: many devices are read only when something changed."""

    def __init__(self) -> None:
        self._last: tuple[object, object] | None = None

    def admit(self, store: KeyStore, now: datetime) -> int:
        """What the minter calls: have our broker admit the devices on their line and no other; returns 1 when that changed its lists."""
        home = store.folder.parent
        try:
            written = accounts.written(home)
            if written is None:
                return 0
            devices = broker_accounts_digest(now)
            if self._last == (devices, written):
                return 0
            changed = accounts.publish(home, broker_accounts(now))
            self._last = (devices, accounts.written(home))
        except (MqttError, OSError) as error:
            raise KeyStoreError(f"the broker's list of devices: {error}") from error
        return int(changed)


def refuse_retired(store: KeyStore, now: datetime) -> int:
    """What the minter calls: have our broker refuse the certificates of devices that were retired; returns how many are new."""
    home = store.folder.parent
    try:
        if not accounts.takes_certificates(home) or accounts.refuses(home, devices_struck_off(now)):
            return 0
        return len(accounts.strike_off(home, struck_off(now), lambda: certificates.issuer(store.folder), now))
    except (MqttError, OSError) as error:
        raise KeyStoreError(f"the broker's list of certificates struck off: {error}") from error
