"""Putting a device in service from a page or a command: the document that it is given."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from beffroi.adapters.mqtt import accounts, certificates, notes
from beffroi.adapters.mqtt.errors import BrokerUnusableError, CertificateError
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission
from beffroi.kernel.devices.errors import NoBroker
from beffroi.persistence.acts import kernel_action


@kernel_action
def put_in_service(
    *, device: UUID, home: Path, broker_url: str | None, by: UUID | None, now: datetime
) -> dict[str, object]:
    """Commission a device (its entry is left by `commission`, with record()) for the broker of this installation.

    Raises DeviceNotReady, NoBroker, NoTrust.
    """
    try:
        at = notes.device_address(home, broker_url, settings.BEFFROI_DEVICE_DOOR)
        trusted = certificates.trusted(home / "keys") if at.by_certificate else ""
    except (BrokerUnusableError, CertificateError) as error:
        raise NoBroker(str(error)) from error
    address = BrokerAddress(at.host, at.port, trusted)
    return commission(device=device, broker=address, hashed=accounts.hashed, now=now, by=by)
