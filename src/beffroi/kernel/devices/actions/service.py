"""Putting a device in service from a page or a command: its document, and the broker told of its account."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from beffroi.adapters.mqtt import accounts, certificates, notes
from beffroi.adapters.mqtt.errors import BrokerUnusableError, CertificateError
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission, retire_device
from beffroi.kernel.devices.errors import NoBroker
from beffroi.kernel.devices.queries.devices import broker_accounts
from beffroi.persistence.acts import kernel_action


@kernel_action
def put_in_service(
    *, device: UUID, home: Path, broker_url: str | None, by: UUID | None, now: datetime, tell: bool = True
) -> dict[str, object]:
    """Commission a device (its entry is left by `commission`, with record()) and have our own broker admit it once this is committed.

    `tell` is false for who commissions many and calls `tell_broker` at the end.
    Raises DeviceNotReady, NoBroker, NoTrust.
    """
    try:
        at = notes.device_address(home, broker_url, settings.BEFFROI_DEVICE_DOOR)
        trusted = certificates.trusted(home / "keys") if at.by_certificate else ""
    except (BrokerUnusableError, CertificateError) as error:
        raise NoBroker(str(error)) from error
    address = BrokerAddress(at.host, at.port, trusted)
    document = commission(device=device, broker=address, hashed=accounts.hashed, now=now, by=by)
    if tell:
        transaction.on_commit(lambda: tell_broker(home))
    return document


@kernel_action
def take_out_of_service(*, device: UUID, home: Path, reason: str, by: UUID | None, now: datetime) -> None:
    """Retire a device (its entry is left by `retire_device`, with record()) and have our own broker cut it off once this is committed.

    Raises DeviceNotReady when it is retired already.
    """
    retire_device(device=device, reason=reason, now=now, by=by)
    transaction.on_commit(lambda: tell_broker(home))


def tell_broker(home: Path) -> None:
    """Write the accounts of all devices in service where our own broker reads them."""
    accounts.publish(home, broker_accounts())
