"""Storing what devices signed: once, in order, however often and in whatever order it comes."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from beffroi.kernel.devices.actions.commands import close_command
from beffroi.kernel.devices.models import DeviceEvent, Head, Hole, HoleState
from beffroi.kernel.devices.queries import ReceiptFacts
from beffroi.kernel.devices.registry import SINKS
from beffroi.kernel.devices.rules import HOLE_PATIENCE, Gap, Misplaced, lose, missing, place
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.guard import copy_into
from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.events import Batch
from beffroi.protocol.v1.events import Head as LogHead

SINK_CHANNEL = "beffroi_sinks"

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS devices_intake (LIKE devices_deviceevent INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;
DELETE FROM devices_intake;
"""
_COPY_BATCHES = "COPY devices_signedbatch (id, authority_id, device_id, first, last, token) FROM STDIN"
_COPY_EVENTS = """
COPY devices_intake (authority_id, device_id, sequence, boot, kind, at, uptime, hash, body, batch_id) FROM STDIN
"""
# The unique keys have the last word: what is stored already is stored once, and has its tasks already.
_STORE = """
WITH stored AS (
    INSERT INTO devices_deviceevent SELECT * FROM devices_intake ON CONFLICT DO NOTHING
    RETURNING authority_id, device_id, sequence, kind
), tasks AS (
    INSERT INTO devices_sinktask (authority_id, device_id, sequence, sink)
    SELECT authority_id, device_id, sequence, wanted.sink
    FROM stored JOIN unnest(%(kinds)s::text[], %(sinks)s::text[]) AS wanted (kind, sink) USING (kind)
    ORDER BY device_id, sequence
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM tasks)
"""
_COUNT_REFUSED = """
INSERT INTO devices_refusedinput (authority_id, device_id, reason, hour, times, last_at)
VALUES (%(authority)s, %(device)s, %(reason)s, date_trunc('hour', %(now)s), %(times)s, %(now)s)
ON CONFLICT (authority_id, device_id, reason, hour)
DO UPDATE SET times = devices_refusedinput.times + excluded.times, last_at = excluded.last_at
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch whose signature was verified."""

    authority: UUID
    device: UUID
    batch: Batch


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of each batch, in the order given (None, or the reason it was refused), and a receipt for each device."""

    reasons: tuple[str | None, ...]
    receipts: tuple[ReceiptFacts, ...]
    events: int
    tasks: int


@dataclass(slots=True)
class _Log:
    """A device's log while its batches are placed; nothing of it is written before all are."""

    row: Head
    head: LogHead
    gaps: tuple[Gap, ...]
    before: tuple[Gap, ...]
    fresh: dict[int, str] = field(default_factory=dict)
    events: list[tuple[int, Event, str, Batch]] = field(default_factory=list)

    def hash_of(self, sequence: int) -> str | None:
        """The hash of an event that is stored, or about to be."""
        if sequence in self.fresh:
            return self.fresh[sequence]
        if sequence == self.row.sequence:
            return self.row.hash
        rows = DeviceEvent.objects.filter(
            authority_id=self.row.authority_id, device_id=self.row.device_id, sequence=sequence
        )
        return rows.values_list("hash", flat=True).first()

    def take(self, batch: Batch) -> None:
        """Place one batch; raises Misplaced and is then as before."""
        placed = place(batch, self.head, self.gaps, self.hash_of)
        self.head, self.gaps = placed.head, placed.gaps
        for first, last in placed.new:
            for sequence in range(first, last + 1):
                event, digest = batch.events[sequence - batch.first], batch.hash_before(sequence + 1)
                self.fresh[sequence] = digest
                self.events.append((sequence, event, digest, batch))
                if event.kind == "lost":
                    self.gaps = lose(self.gaps, *_numbers(event, "first", "last"))


def _numbers(event: Event, *names: str) -> tuple[int, ...]:
    values = (event.get(name) for name in names)
    return tuple(value for value in values if isinstance(value, int))


@kernel_action
def store_batches(*, arrived: Sequence[Arrived], now: datetime) -> Stored:
    """Store the batches of several devices: one COPY of events, one transaction, their sinks' tasks with them.

    Telemetry, exempt from the register by its class: what an event means to somebody is recorded by the sink that handles it.
    """
    logs = _locked_logs({item.device for item in arrived})
    reasons: list[str | None] = [None] * len(arrived)
    for index, item in sorted(enumerate(arrived), key=lambda pair: pair[1].batch.first):
        try:
            logs[item.device].take(item.batch)
        except Misplaced as misplaced:
            reasons[index] = misplaced.reason
    touched = [log for log in logs.values() if log.events]
    events, tasks = _write(touched) if touched else (0, 0)
    for log in touched:
        _keep(log, now)
    Head.objects.filter(device_id__in=logs).update(heard_at=now)
    receipts = tuple(
        ReceiptFacts(log.row.authority_id, device, log.head.sequence, log.head.hash, missing(log.gaps))
        for device, log in logs.items()
    )
    return Stored(tuple(reasons), receipts, events, tasks)


def _locked_logs(devices: Iterable[UUID]) -> dict[UUID, _Log]:
    """The logs of these devices, locked in one order so that two ingesting processes never wait for each other in a ring."""
    rows = list(Head.objects.select_for_update().filter(device_id__in=list(devices)).order_by("device_id"))
    gaps: dict[UUID, list[Gap]] = {row.device_id: [] for row in rows}
    for hole in Hole.objects.filter(device_id__in=gaps).order_by("first"):
        gaps[hole.device_id].append(
            Gap(
                hole.first,
                hole.last,
                hole.before,
                hole.after,
                hole.boot_before,
                hole.boot_after,
                lost=hole.state == HoleState.LOST,
            )
        )
    return {
        row.device_id: _Log(
            row, LogHead(row.sequence, row.hash, row.boot), tuple(gaps[row.device_id]), tuple(gaps[row.device_id])
        )
        for row in rows
    }


def _write(logs: Sequence[_Log]) -> tuple[int, int]:
    """COPY batches and events, and make the sinks' tasks; returns how many events and tasks are new."""
    identifiers: dict[int, UUID] = {}
    batches: list[tuple[object, ...]] = []
    events: list[tuple[object, ...]] = []
    for log in logs:
        authority, device = log.row.authority_id, log.row.device_id
        for sequence, event, digest, batch in log.events:
            if id(batch) not in identifiers:
                identifiers[id(batch)] = identifier = uuid.uuid4()
                batches.append((identifier, authority, device, batch.first, batch.last, batch.token))
            at = None if event.time is None else datetime.fromtimestamp(event.time, UTC)
            body = json.dumps(event.body(), separators=(",", ":"))
            events.append(
                (
                    authority,
                    device,
                    sequence,
                    batch.boot,
                    event.kind,
                    at,
                    event.uptime,
                    digest,
                    body,
                    identifiers[id(batch)],
                )
            )
    wanted = [(kind, sink.name) for sink in SINKS.values() for kind in sorted(sink.kinds)]
    copy_into(_COPY_BATCHES, batches)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_into(_COPY_EVENTS, events)
        cursor.execute(_STORE, {"kinds": [kind for kind, _ in wanted], "sinks": [sink for _, sink in wanted]})
        stored, tasks = cursor.fetchone()
        if tasks:
            cursor.execute("SELECT pg_notify(%s, '')", [SINK_CHANNEL])
    return stored, tasks


def _keep(log: _Log, now: datetime) -> None:
    """Head and holes after what was stored, and what the events say of commands and of the trust that is held."""
    row = log.row
    row.sequence, row.hash, row.boot = log.head.sequence, log.head.hash, log.head.boot
    for _, event, _, _ in log.events:
        if event.kind == "keyset-taken":
            (row.keyset,) = _numbers(event, "num")
        elif event.kind == "revocation-list-taken":
            row.revocation_set, row.revocation_number = _numbers(event, "set", "num")
        elif event.kind == "command-done":
            close_command(device=row.device_id, command=str(event.get("command")), outcome=str(event.get("out")))
    row.save(update_fields=["sequence", "hash", "boot", "keyset", "revocation_set", "revocation_number"])
    if log.gaps != log.before:
        _replace_holes(log, now)


def _replace_holes(log: _Log, now: datetime) -> None:
    """A hole that was split or filled keeps the time since when something is missing there."""
    rows = list(Hole.objects.filter(device_id=log.row.device_id))
    Hole.objects.filter(device_id=log.row.device_id).delete()
    kept: list[Hole] = []
    for gap in log.gaps:
        origin = next((row for row in rows if row.first <= gap.first and gap.last <= row.last), None)
        kept.append(
            Hole(
                authority_id=log.row.authority_id,
                device_id=log.row.device_id,
                first=gap.first,
                last=gap.last,
                before=gap.before,
                after=gap.after,
                boot_before=gap.boot_before,
                boot_after=gap.boot_after,
                state=HoleState.LOST if gap.lost else HoleState.OPEN,
                since=origin.since if origin else now,
                due_at=origin.due_at if origin else now + HOLE_PATIENCE,
            )
        )
    Hole.objects.bulk_create(kept)


@kernel_action
def note_asked(*, device: UUID, keyset: int, revocations: tuple[int, int], now: datetime) -> None:
    """Keep what a device says it holds (not signed: for the health page). Telemetry: exempt from the register."""
    Head.objects.filter(device_id=device).update(
        heard_at=Greatest(F("heard_at"), now),
        keyset=keyset,
        revocation_set=revocations[0],
        revocation_number=revocations[1],
    )


@kernel_action
def count_refused(*, times: Mapping[tuple[UUID | None, UUID | None, str], int], now: datetime) -> None:
    """Count what was refused, by (authority, device, reason) and hour, without its content. Telemetry: exempt from the register."""
    with connection.cursor() as cursor:
        for (authority, device, reason), count in sorted(times.items(), key=str):
            cursor.execute(
                _COUNT_REFUSED,
                {"authority": authority, "device": device, "reason": reason, "times": count, "now": now},
            )
