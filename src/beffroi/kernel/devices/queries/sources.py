"""Where devices find their gates, and the box that what opens them is sealed to: for the systems, the minter and the teller."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db.models import F, Max, Q

from beffroi.adapters import box
from beffroi.kernel.devices.errors import CredentialsUnfit, NoBox
from beffroi.kernel.devices.models import Box, Device, DeviceEvent, Sources
from beffroi.kernel.devices.queries.devices import identity, within_reach
from beffroi.kernel.devices.registry import SOURCES
from beffroi.kernel.devices.rules import credentials_purpose, is_sayable, place_of
from beffroi.protocol.v1.errors import MisuseError
from beffroi.protocol.v1.event import LIST_REFUSED
from beffroi.protocol.v1.jwk import load_octet_key, octet_key
from beffroi.protocol.v1.members import TEXT_LENGTH, decode_bytes
from beffroi.protocol.v1.sealing import IV_BYTES
from beffroi.protocol.v1.sources import SealingKey, Source, SourceList, make_source_list, seal_sources

LATELY: Final = 1_000
"""Events of a device, among which it said that it refuses a list, or long ago."""
NOBODY, GREATEST = bytes(31) + b"\x01", 2**31
# A sealed user and password: the other key, the tag and the names; a character takes four bytes at most.
SEALED_AROUND, WIDEST = 32 + 16 + len('{"password":"","user":""}'), 4


@dataclass(frozen=True, slots=True)
class SourcesState:
    """How far a device's list of sources is: `held` is the one that it says it holds, `signed` ours, (0, 0) before the first. `refused`
    is why it said that it doesn't take ours, empty when it didn't.
    """

    signed: tuple[int, int]
    held: tuple[int, int]
    signed_at: datetime | None
    waiting: bool
    unreadable: frozenset[UUID]
    fault: str
    refused: str

    @property
    def behind(self) -> bool:
        """Whether the device holds something older than what it should."""
        return self.waiting or self.held < self.signed


def seal_credentials(*, authority: UUID, gate: UUID, url: str, user: str, password: str) -> str:
    """What opens a gate's source, sealed to the authority's box for this gate at this place (host and port) and no other; empty when
    there is nothing to seal. Nobody but the minter can open it. Raises CredentialsUnfit, NoBox.
    """
    place = place_of(url)
    if place is None:
        raise CredentialsUnfit("url")
    for name, value in (("user", user), ("password", password)):
        if value and not is_sayable(value):
            raise CredentialsUnfit(name)
    if not user and not password:
        return ""
    row = Box.objects.filter(authority_id=authority).order_by("-made_at", "-id").first()
    if row is None:
        raise NoBox
    return box.seal(
        {"user": user, "password": password},
        kid=row.kid,
        recipient=load_octet_key(row.jwk, "X25519").recipient(),
        purpose=credentials_purpose(authority, gate, place),
    )


def has_room(device: UUID) -> bool:
    """Whether the list of all that a device serves now can be made: as the minter makes it, with keys of nobody, and secrets as long as
    what is sealed lets them be. To be asked by whatever gives a device more: a list that can't be made leaves the one before in force.
    """
    row = Device.objects.get(pk=device)
    gates = sorted(SOURCES[row.kind](identity(row)), key=lambda gate: str(gate.gate))
    sources = [Source(str(gate.gate), gate.name, gate.url, *_as_long(gate.sealed), gate.mask) for gate in gates]
    sealing, signer = X25519PrivateKey.from_private_bytes(NOBODY), Ed25519PrivateKey.from_private_bytes(NOBODY)
    recipient = SealingKey(str(device), None, octet_key(sealing))
    try:
        sealed = seal_sources(sources, recipient=recipient, ephemeral=sealing, iv=bytes(IV_BYTES))
        served = tuple(source.gate for source in sources)
        listed = SourceList(str(device), GREATEST, GREATEST, GREATEST, served, sealed)
        make_source_list(listed, kid=octet_key(signer).thumbprint, signer=signer)
    except MisuseError:
        return False
    return True


def _as_long(sealed: str) -> tuple[str, str]:
    """A user and a password that take as many bytes as those that were sealed may."""
    held = len(decode_bytes(sealed.partition(".")[2]) or b"") - SEALED_AROUND
    wide, rest = divmod(max(0, held), WIDEST)
    word = ("\N{LOCK}" * wide + "-" * rest)[: 2 * TEXT_LENGTH]
    return word[:TEXT_LENGTH], word[TEXT_LENGTH:]


def newest_boxes() -> dict[UUID, str]:
    """The name of the box that each authority's pages seal to now."""
    rows = Box.objects.order_by("authority_id", "-made_at", "-id").distinct("authority_id")
    return dict(rows.values_list("authority_id", "kid"))


def boxes_of(authority: UUID) -> list[str]:
    """The names of all boxes that something may still be sealed to."""
    return list(Box.objects.filter(authority_id=authority).order_by("id").values_list("kid", flat=True))


def sources_to_sign(most: int, as_of: datetime) -> list[tuple[UUID, UUID]]:
    """(authority, device) whose list of sources may be another than the one signed, or was signed under a former key set."""
    rows = Sources.objects.filter(within_reach(as_of, "device__"), device__kind__in=list(SOURCES))
    rows = rows.alias(in_force=Max("authority__key_sets__number")).exclude(in_force=None)
    found = rows.filter(Q(stale=True) | ~Q(tried_set=F("in_force"))).order_by("device_id")
    return list(found.values_list("authority_id", "device_id")[:most])


def newer_sources(device: UUID, held: tuple[int, int]) -> str:
    """The list signed for a device that holds this one; empty when there is none that is newer."""
    row = Sources.objects.filter(device_id=device).only("key_set", "number", "token").first()
    return row.token if row is not None and (row.key_set, row.number) > held else ""


def sources_state(devices: Iterable[UUID]) -> dict[UUID, SourcesState]:
    """How far the lists of these devices are (callers scope the devices); those that never asked for one are not in it."""
    rows = Sources.objects.filter(device_id__in=set(devices)).select_related("device__head")
    return {
        row.device_id: SourcesState(
            signed=(row.key_set, row.number),
            held=(row.device.head.sources_set, row.device.head.sources_number),
            signed_at=row.signed_at,
            waiting=row.stale,
            unreadable=frozenset(row.unreadable),
            fault=row.fault,
            refused=_refused(row),
        )
        for row in rows
    }


def _refused(row: Sources) -> str:
    """The reason that its device gave for not taking this list, if that is the last that it said of it."""
    head = row.device.head
    if row.signed_at is None or (head.sources_set, head.sources_number) >= (row.key_set, row.number):
        return ""
    lately = DeviceEvent.objects.filter(
        authority_id=row.authority_id, device_id=row.device_id, sequence__gt=head.sequence - LATELY
    )
    said = lately.filter(kind=LIST_REFUSED, body__list="sources", at__gte=row.signed_at.replace(microsecond=0))
    return said.order_by("-sequence").values_list("body__reason", flat=True).first() or ""
