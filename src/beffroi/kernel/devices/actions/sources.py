"""Where devices find their gates: their systems say when it changed, the minter opens what was sealed to us and seals it to the device."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.adapters import box
from beffroi.adapters.keystore import SigningKey
from beffroi.kernel.devices.models import Box, Device, DeviceState, Sources
from beffroi.kernel.devices.queries.devices import identity, within_reach
from beffroi.kernel.devices.registry import SOURCES, TOPIC, GateSource
from beffroi.kernel.devices.rules import credentials_purpose, place_of
from beffroi.kernel.grants.actions.keys import TRUST
from beffroi.kernel.grants.actions.orders import MINTER
from beffroi.kernel.grants.queries import read_keyset
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed
from beffroi.persistence.wake import wake
from beffroi.protocol.v1.certificate import verify_certificate
from beffroi.protocol.v1.errors import MisuseError, Refused
from beffroi.protocol.v1.jwk import OctetKey
from beffroi.protocol.v1.keyset import KeySet, Reading
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.sources import (
    SealingKey,
    Source,
    SourceList,
    make_source_list,
    seal_sources,
    verify_sealing_key,
)
from beffroi.protocol.v1.strictjson import canonical

EPHEMERAL_BYTES, IV_BYTES = 32, 12
UNFIT, NO_KEY = "sources-unfit", "sealing-key"

Keys = Mapping[str, X25519PrivateKey]


@kernel_action
def keep_box(*, authority: UUID, public: OctetKey, now: datetime) -> None:
    """Have the authority's pages seal to this box from now on. Delivery, exempt from the register: it gives nobody a right."""
    Box.objects.create(authority_id=authority, kid=public.thumbprint, jwk=public.jwk, made_at=now)


@kernel_action
def sources_changed(*, device: UUID) -> None:
    """What a device serves, or how it finds it, is another: part of the act that changed it, whose entry it is. Also to be called for
    the device that serves a gate no more.
    """
    _meet(device)
    Sources.objects.filter(device_id=device).update(stale=True)
    wake(MINTER)


@kernel_action
def doubt_sources() -> None:
    """Have every list looked at again, and signed where it is made from something else: whoever looked last may have known less of what
    there is to tell. Delivery, exempt from the register: what changed has its entry.
    """
    Sources.objects.update(stale=True)


@kernel_action
def note_sealing_key(*, device: UUID, token: str, kid: str) -> None:
    """Keep the key that a device made to be sealed to; another one has its list signed again. Telemetry."""
    row = Device.objects.filter(pk=device, kind__in=list(SOURCES)).first()
    if row is None or Sources.objects.filter(device=row, sealing_kid=kid).exists():
        return
    _meet(device)
    Sources.objects.update_or_create(
        device=row,
        defaults={"sealing": token, "sealing_kid": kid, "stale": True},
        create_defaults={"authority_id": row.authority_id, "sealing": token, "sealing_kid": kid},
    )
    wake(MINTER)


def _meet(device: UUID) -> None:
    """A first list is not made beside a change of what it is made from: no row is there yet that both would write, so they hold this."""
    list(Device.objects.select_for_update(of=("self",), no_key=True).filter(pk=device).values_list("pk"))


@kernel_action
def sign_sources(
    *,
    device: UUID,
    signer: SigningKey,
    keys: Keys,
    now: datetime,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> bool:
    """Sign a device's list of sources when it is another than the last one, or the key set is; False when it isn't, can't be (its
    `fault` says why), or another minter has it. Delivery, exempt from the register: the act that changed the gates leaves its entry.
    """
    rows = Sources.objects.select_for_update(skip_locked=True, of=("self",)).select_related("device")
    row = rows.filter(within_reach(now, "device__"), device_id=device).first()
    keyset = read_keyset(row.authority_id) if row else None
    if row is None or keyset is None:
        return False
    row.stale, row.tried_set, row.fault = False, keyset.number, ""
    recipient = _sealing_key(row, keyset, now)
    if recipient is None:
        row.fault = NO_KEY
    signed = recipient is not None and _sign(row, recipient, _Hand(signer, keys, keyset.number, now, randomness))
    row.save()
    changed(authority=row.authority_id, topic=TOPIC, subjects=[device])
    return signed


@dataclass(frozen=True, slots=True)
class _Hand:
    """What a list is signed with."""

    signer: SigningKey
    keys: Keys
    keyset: int
    now: datetime
    randomness: Callable[[int], bytes]


def _sign(row: Sources, recipient: SealingKey, hand: _Hand) -> bool:
    """Have the row hold the list of now; False when it does."""
    gates = _served(row.device)
    digest = _digest(recipient.kid, gates)
    if (digest, hand.keyset) == (row.digest, row.key_set):
        return False
    sources, unreadable = _opened(row.authority_id, gates, hand.keys)
    number = row.number + 1 if row.key_set == hand.keyset else 1
    ephemeral = X25519PrivateKey.from_private_bytes(hand.randomness(EPHEMERAL_BYTES))
    try:
        sealed = seal_sources(sources, recipient=recipient, ephemeral=ephemeral, iv=hand.randomness(IV_BYTES))
        served = tuple(source.gate for source in sources)
        listed = SourceList(str(row.device_id), hand.keyset, number, int(hand.now.timestamp()), served, sealed)
        row.token = make_source_list(listed, kid=hand.signer.kid, signer=hand.signer.private)
    except MisuseError:  # too many of them, or words that the format has no place for: the list before goes on
        row.fault = UNFIT
        return False
    row.key_set, row.number, row.digest = hand.keyset, number, digest
    row.unreadable, row.signed_at = unreadable, hand.now
    wake(TRUST)
    return True


def _served(device: Device) -> list[GateSource]:
    """What it serves now, in order: nothing, for one that was retired."""
    found = SOURCES[device.kind](identity(device)) if device.state != DeviceState.RETIRED else ()
    return sorted(found, key=lambda gate: str(gate.gate))


def _sealing_key(row: Sources, keyset: KeySet, now: datetime) -> SealingKey | None:
    """The device's, verified here again: whoever can write a row could else have passwords sealed to a key of their own."""
    certificate = verify_certificate(row.device.certificate, keyset=keyset, at=Reading(int(now.timestamp())))
    if isinstance(certificate, Refused):
        return None
    key = verify_sealing_key(row.sealing, certificate=certificate)
    return None if isinstance(key, Refused) else key


def _digest(kid: str, gates: Sequence[GateSource]) -> str:
    """Another when the list is made from something else. What it is over is public or sealed: it gives no way to guess a password."""
    made_from = {"kid": kid, "gates": [_made_from(gate) for gate in gates]}
    return encode_bytes(sha256(canonical(made_from)).digest())


def _made_from(gate: GateSource) -> list[object]:
    """What is without a mask is as it was before there were any: nobody's list is signed again for that."""
    mask = [] if gate.mask is None else [gate.mask.body()]
    return [str(gate.gate), gate.name, gate.url, gate.sealed, *mask]


def _opened(authority: UUID, gates: Sequence[GateSource], keys: Keys) -> tuple[list[Source], list[UUID]]:
    """All sources with what opens them, and the gates for which that can't be read: they are served without, and refused by their
    camera, until somebody types it again.
    """
    sources, unreadable = list[Source](), list[UUID]()
    for gate in gates:
        place, secret = place_of(gate.url), dict[str, str]()
        if place is None:
            unreadable.append(gate.gate)
            continue
        if gate.sealed:
            try:
                secret = box.unseal(gate.sealed, keys=keys, purpose=credentials_purpose(authority, gate.gate, place))
            except box.Unopened:
                unreadable.append(gate.gate)
        user, password = secret.get("user", ""), secret.get("password", "")
        sources.append(Source(str(gate.gate), gate.name, gate.url, user, password, gate.mask))
    return sources, unreadable
