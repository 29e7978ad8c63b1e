"""How a device comes into service and leaves it: registered, certified by the minter, commissioned, retired."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from beffroi.adapters.keystore import SigningKey
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.errors import DeviceKnown, DeviceNotReady, NoTrust, RequestRefused
from beffroi.kernel.devices.models import Condition, Device, DeviceState, Head
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.queries.trust import fallen_certificates
from beffroi.kernel.devices.registry import DEVICE_KINDS, SOURCES
from beffroi.kernel.devices.rules import CERTIFICATE_EARLY, CERTIFICATE_LIFE, Trouble
from beffroi.kernel.grants.actions.orders import MINTER
from beffroi.kernel.grants.queries import read_keyset
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake
from beffroi.protocol.v1.certificate import DeviceRequest, make_certificate, verify_device_request
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.jwk import load_octet_key
from beffroi.protocol.v1.keyset import Use

PASSWORD_BYTES = 24


class SignLine(Protocol):
    """Signs a device's certificate for the line, as PEM."""

    def __call__(self, device: UUID, key: Ed25519PublicKey, *, start: datetime, end: datetime) -> str: ...


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where devices reach the broker. `trusted` is whom they trust there, as PEM: with it they come by their certificate, else by
    a password.
    """

    host: str
    port: int
    trusted: str = ""


@kernel_action
def register_device(*, authority: UUID, request: str, name: str, now: datetime, by: UUID | None) -> Device:
    """Believe a device that asks to be certified, under the name written on it; the minter then signs its certificate.

    `request` is a `beffroi-device-request+jwt`. Raises RequestRefused, DeviceKnown.
    """
    asked = _verified(request)
    identifier = _uuid(asked.device)
    if Device.objects.filter(pk=identifier).exists() or Device.objects.filter(thumbprint=asked.key.thumbprint).exists():
        raise DeviceKnown(asked.device)
    name = name.strip()
    live = Device.objects.filter(authority_id=authority, name=name).exclude(state=DeviceState.RETIRED)
    if live.exists():
        raise DeviceKnown(name)
    device = Device(
        id=identifier,
        authority_id=authority,
        kind=asked.kind,
        name=name,
        jwk=asked.key.jwk,
        thumbprint=asked.key.thumbprint,
        request=request.strip(),
        registered_at=now,
    )
    device.full_clean()
    device.save(force_insert=True)
    Head.objects.create(device=device, authority_id=authority)
    Condition.objects.create(device=device, authority_id=authority)
    record(
        kind="device.registered",
        authority=authority,
        by=by,
        fields={"device": str(device.id), "kind": device.kind, "key": device.thumbprint},
        now=now,
    )
    return device


def _verified(request: str) -> DeviceRequest:
    asked = verify_device_request(request.strip())
    if isinstance(asked, Refused):
        raise RequestRefused(str(asked.reason))
    if asked.kind not in DEVICE_KINDS:
        raise RequestRefused(f"no system here knows devices of kind {asked.kind}")
    return asked


def _uuid(text: str) -> UUID:
    try:
        identifier = UUID(text)
    except ValueError as error:
        raise RequestRefused("the device's identifier is not a UUID") from error
    if str(identifier) != text:
        raise RequestRefused("the device's identifier is not a lower-case UUID")
    return identifier


@kernel_action
def certify(*, device: UUID, signer: SigningKey, now: datetime, by: UUID | None) -> bool:
    """Sign a waiting device's certificate; False when another minter did. It ends with the key that signs it at the latest."""
    row = Device.objects.select_for_update(skip_locked=True).filter(pk=device, state=DeviceState.ASKED).first()
    if row is None or not _sign_certificate(row, signer, now, by):
        return False
    row.state = DeviceState.CERTIFIED
    row.save(update_fields=["certificate", "state"])
    return True


@kernel_action
def certify_again(*, device: UUID, signer: SigningKey, now: datetime, by: UUID | None) -> bool:
    """Sign the next certificate of a device whose own was signed by a key that the set in force names no more; False when another minter
    did. The device takes it when it next asks, or from a phone.
    """
    rows = fallen_certificates(Device.objects.select_for_update(skip_locked=True), now).filter(pk=device)
    row = rows.first()
    if row is None or not _sign_certificate(row, signer, now, by):
        return False
    row.save(update_fields=["certificate"])
    return True


def _sign_certificate(row: Device, signer: SigningKey, now: datetime, by: UUID | None) -> bool:
    """It ends with the key that signs it at the latest; the entry is left."""
    keyset = read_keyset(row.authority_id)
    moment = int(now.timestamp())
    alive = keyset.alive(Use.DEVICE_CERTIFICATE, moment) if keyset else ()
    key = next((key for key in alive if key.kid == signer.kid), None)
    if key is None:
        return False
    end = min(key.end, moment + int(CERTIFICATE_LIFE.total_seconds()))
    row.certificate = make_certificate(
        authority=str(row.authority_id),
        device=str(row.id),
        kind=row.kind,
        name=row.name,
        key=load_octet_key(row.jwk, "Ed25519"),
        start=moment - int(CERTIFICATE_EARLY.total_seconds()),
        end=end,
        kid=signer.kid,
        signer=signer.private,
    )
    record(
        kind="device.certified",
        authority=row.authority_id,
        by=by,
        fields={"device": str(row.id), "key": row.thumbprint, "until": datetime.fromtimestamp(end, UTC)},
        now=now,
    )
    return True


@kernel_action
def certify_line(*, device: UUID, sign: SignLine, now: datetime, by: UUID | None) -> bool:
    """Sign a device's certificate for the line to the broker; False when another minter did. Delivery, exempt from the register:
    it gives no right, and `device.commissioned` is left when the device receives it. `by` is nobody: the minter signs by itself.
    """
    row = Device.objects.select_for_update(skip_locked=True).filter(pk=device, line_certificate="").first()
    if row is None:
        return False
    key = Ed25519PublicKey.from_public_bytes(load_octet_key(row.jwk, "Ed25519").raw)
    row.line_certificate = sign(row.id, key, start=now - CERTIFICATE_EARLY, end=now + CERTIFICATE_LIFE)
    row.save(update_fields=["line_certificate"])
    return True


@kernel_action
def commission(
    *,
    device: UUID,
    broker: BrokerAddress,
    hashed: Callable[[str], str],
    now: datetime,
    by: UUID | None,
    randomness: Callable[[int], str] = secrets.token_urlsafe,
) -> dict[str, object]:
    """Give a certified device its access to the broker; returns the commissioning document (docs/spec/device.md).

    A device that comes by its certificate is given nothing secret. Else the document holds a password, which is kept nowhere else:
    we store what `hashed` makes of it. Doing it again gives a new one and voids the one before. Raises DeviceNotReady, NoTrust.
    """
    row = Device.objects.select_for_update().get(pk=device)
    if row.state not in (DeviceState.CERTIFIED, DeviceState.COMMISSIONED):
        raise DeviceNotReady(row.state)
    trust = trust_in_force(row.authority_id)
    if trust is None:
        raise NoTrust
    access: dict[str, object] = {"host": broker.host, "port": broker.port}
    if broker.trusted:
        if not row.line_certificate:
            raise DeviceNotReady("line-certificate")
        row.broker_account = ""
        access |= {"trusted": broker.trusted, "certificate": row.line_certificate}
    else:
        password = randomness(PASSWORD_BYTES)
        row.broker_account = hashed(password)
        access |= {"username": str(row.id), "password": password}
    row.state = DeviceState.COMMISSIONED
    row.commissioned_at = now
    row.save(update_fields=["broker_account", "state", "commissioned_at"])
    record(kind="device.commissioned", authority=row.authority_id, by=by, fields={"device": str(row.id)}, now=now)
    wake(MINTER)  # it has our broker admit the device
    return {
        "version": 1,
        "device": str(row.id),
        "authority": str(row.authority_id),
        "certificate": row.certificate,
        "roots": [root.jwk for root in trust.roots],
        "keyset": trust.keyset.token,
        "broker": access,
    }


@kernel_action
def retire_device(*, device: UUID, reason: str, now: datetime, by: UUID | None) -> None:
    """Take a device out of service for good: nothing more is stored or relayed for it, and the broker refuses it from now on. One that
    serves gates is told first that it serves none: its line is left to it for a minute, and nothing that it says there is believed.
    """
    row = Device.objects.select_for_update().get(pk=device)
    if row.state == DeviceState.RETIRED:
        raise DeviceNotReady(row.state)
    row.state, row.retired_at = DeviceState.RETIRED, now
    row.broker_account = row.broker_account if row.kind in SOURCES else ""
    row.save(update_fields=["state", "retired_at", "broker_account"])
    end_alert(authority=row.authority_id, kind=Trouble.LOST, subject=row.id, reason="retired", now=now, by=by)
    record(
        kind="device.retired",
        authority=row.authority_id,
        by=by,
        fields={"device": str(row.id), "reason": reason},
        now=now,
    )
    sources_changed(device=row.id)
    wake(MINTER)  # it has our broker refuse the device
