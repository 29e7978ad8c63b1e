"""What the ingest process reads to tell devices what they lack: by identity, whoever it is about.

Where many may lack something, a part of them is read, in a ring: from the device that follows `after`, and from the first again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, When

from beffroi.kernel.devices.models import Command, CommandState, Device, DeviceState, Head, Hole, HoleState, Sources
from beffroi.kernel.devices.queries.devices import within_reach
from beffroi.kernel.devices.rules import Gap, known_up_to, missing
from beffroi.protocol.v1.events import Head as LogHead

ROUNDS = 0x74656C6C  # "tell"
# A connection that is made again has lost the lock, and one that has it would only count a second time: it says itself which it is.
_HOLDS = """
EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
    AND (classid, objid, objsubid) = (0, %(rounds)s, 1)
)
"""
_TAKE = f"SELECT CASE WHEN {_HOLDS} THEN true ELSE pg_try_advisory_lock(%(rounds)s) END"
_LEAVE = f"SELECT CASE WHEN {_HOLDS} THEN pg_advisory_unlock(%(rounds)s) ELSE false END"


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What a receipt may say once it is committed: stored up to `upto`, whose hash this is, except the missing ranges."""

    authority: UUID
    device: UUID
    upto: int
    hash: str
    missing: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, authority: UUID, device: UUID, head: LogHead, gaps: Iterable[Gap], old: datetime) -> "ReceiptFacts":
        """Of a log: nothing yet of a hole that opened after `old`, nor of what lies behind it."""
        gaps = tuple(gaps)
        upto, digest = known_up_to(gaps, old) or (head.sequence, head.hash)
        return cls(authority, device, upto, digest, tuple(each for each in missing(gaps) if each[0] <= upto))


def gaps_by_device(holes: Iterable[Hole]) -> dict[UUID, list[Gap]]:
    """What these holes are to the log that each lies in."""
    gaps: dict[UUID, list[Gap]] = {}
    for hole in holes:
        gap = Gap(
            hole.first,
            hole.last,
            hole.before,
            hole.after,
            hole.boot_before,
            hole.boot_after,
            lost=hole.state == HoleState.LOST,
            since=hole.since,
        )
        gaps.setdefault(hole.device_id, []).append(gap)
    return gaps


@dataclass(frozen=True, slots=True)
class Behind:
    """A device that lacks something newer, as far as it said what it holds. `in_use`: uses live there."""

    authority: UUID
    device: UUID
    in_use: bool
    keyset: int
    revocations: tuple[int, int]
    sources: tuple[int, int]
    newest_sources: tuple[int, int]


def take_rounds() -> bool:
    """Be the process that tells devices what they did not ask for, as long as this connection lasts; False when another is."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"rounds": ROUNDS})
        return bool(cursor.fetchone()[0])


def leave_rounds() -> None:
    """Leave it to another."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, {"rounds": ROUNDS})


def _ring(after: UUID) -> tuple[Case, str]:
    return Case(When(device_id__gt=after, then=0), default=1), "device_id"


def devices_behind(
    *,
    authority: UUID,
    keyset: int,
    revocations: tuple[int, int],
    heard_after: datetime,
    after: UUID,
    most: int,
    as_of: datetime,
) -> list[Behind]:
    """Devices heard lately that, as far as they said, hold an older key set, revocation list or list of sources: those where uses
    live, and those that leave, come first, whatever `after` is.
    """
    older = (
        Q(keyset__lt=keyset)
        | Q(revocation_set__lt=revocations[0])
        | Q(revocation_set=revocations[0], revocation_number__lt=revocations[1])
        | Q(sources_set__lt=F("device__sources__key_set"))
        | Q(sources_set=F("device__sources__key_set"), sources_number__lt=F("device__sources__number"))
    )
    lives = Q(device__beat__lapsed_at=None, device__beat__uses__len__gt=0)
    lives |= Q(device__state=DeviceState.RETIRED)
    rows = Head.objects.filter(
        older, within_reach(as_of, "device__"), authority_id=authority, heard_at__gt=heard_after
    ).annotate(in_use=Case(When(lives, then=True), default=False, output_field=BooleanField()))
    found = rows.order_by("-in_use", *_ring(after)).select_related("device__sources")
    return [
        Behind(
            authority=authority,
            device=row.device_id,
            in_use=row.in_use,
            keyset=row.keyset,
            revocations=(row.revocation_set, row.revocation_number),
            sources=(row.sources_set, row.sources_number),
            newest_sources=_newest_sources(row.device),
        )
        for row in found[:most]
    ]


def _newest_sources(device: Device) -> tuple[int, int]:
    row: Sources | None = getattr(device, "sources", None)  # most kinds of devices have none
    return (row.key_set, row.number) if row else (0, 0)


def receipt_facts(devices: Iterable[UUID], old: datetime) -> list[ReceiptFacts]:
    """What receipts for these devices may say; of a hole that opened after `old`, nothing."""
    rows = list(Head.objects.filter(device_id__in=set(devices)).order_by("device_id"))
    holes = Hole.objects.filter(device_id__in=[row.device_id for row in rows], state=HoleState.OPEN)
    gaps = gaps_by_device(holes.order_by("first"))
    return [
        ReceiptFacts.of(
            row.authority_id,
            row.device_id,
            LogHead(row.sequence, row.hash, row.boot),
            gaps.get(row.device_id, ()),
            old,
        )
        for row in rows
    ]


def devices_with_holes(*, heard_after: datetime, open_before: datetime, after: UUID, most: int) -> list[UUID]:
    """Devices heard lately from whose log something has been missing for a while."""
    rows = Hole.objects.filter(
        state=HoleState.OPEN,
        since__lte=open_before,
        device__state=DeviceState.COMMISSIONED,
        device__head__heard_at__gt=heard_after,
    )
    return list(rows.order_by(*_ring(after)).values_list("device_id", flat=True).distinct()[:most])


def devices_to_command(as_of: datetime, *, after: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """(authority, device) for which a command waits and none is under way."""
    under_way = Command.objects.filter(state=CommandState.SENT, device_id=OuterRef("device_id"), expires_at__gt=as_of)
    rows = Command.objects.filter(~Exists(under_way), state=CommandState.ASKED)
    return list(rows.order_by(*_ring(after)).values_list("authority_id", "device_id").distinct()[:most])


def command_under_way(device: UUID, as_of: datetime) -> str:
    """The signed command that the device has not answered yet; empty when there is none."""
    row = Command.objects.filter(device_id=device, state=CommandState.SENT, expires_at__gt=as_of).only("token").first()
    return row.token if row else ""
