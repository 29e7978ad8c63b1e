"""Where devices find their gates, and the box that what opens them is sealed to: for the systems, the minter and the teller."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max, Q

from beffroi.adapters import box
from beffroi.kernel.devices.errors import CredentialsUnfit, NoBox
from beffroi.kernel.devices.models import Box, Sources
from beffroi.kernel.devices.queries.devices import within_reach
from beffroi.kernel.devices.registry import SOURCES
from beffroi.kernel.devices.rules import credentials_purpose, is_sayable, place_of
from beffroi.protocol.v1.jwk import load_octet_key


@dataclass(frozen=True, slots=True)
class SourcesState:
    """How far a device's list of sources is: `held` is the one that it says it holds, `signed` ours, (0, 0) before the first."""

    signed: tuple[int, int]
    held: tuple[int, int]
    signed_at: datetime | None
    waiting: bool
    unreadable: frozenset[UUID]
    fault: str

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
        )
        for row in rows
    }
