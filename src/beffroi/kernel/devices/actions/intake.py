"""Storing what devices signed: once, in order, however often and in whatever order it comes.

A round of many devices costs as many statements as that of one: heads are locked by one, events come in by COPY straight into
their table, heads move by one. While its head is locked nobody else writes to a device's log, so what is new is known before it
is written; the unique keys have the last word all the same.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from beffroi.kernel.devices.actions.commands import close_command
from beffroi.kernel.devices.models import DeviceEvent, Head, Hole, HoleState
from beffroi.kernel.devices.queries.telling import ReceiptFacts, gaps_by_device
from beffroi.kernel.devices.registry import SINKS, TOPIC
from beffroi.kernel.devices.rules import EVENTS_MISSING, Gap, Misplaced, lose, place
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.guard import copy_into
from beffroi.persistence.live import changed
from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.events import Batch
from beffroi.protocol.v1.events import Head as LogHead

SINK_CHANNEL = "beffroi_sinks"

# In one order, so that two ingesting processes never wait for each other in a ring.
_LOCK_HEADS = """
SELECT device_id, authority_id, sequence, hash, boot, keyset, revocation_set, revocation_number
FROM devices_head WHERE device_id = ANY(%(devices)s) ORDER BY device_id FOR UPDATE
"""
_STORED_HASHES = """
SELECT event.device_id, event.sequence, event.hash
FROM devices_deviceevent AS event
JOIN unnest(%(devices)s::uuid[], %(sequences)s::bigint[]) AS wanted (device_id, sequence) USING (device_id, sequence)
"""
_COPY_BATCHES = "COPY devices_signedbatch (id, authority_id, device_id, first, last, token) FROM STDIN"
_COPY_EVENTS = """
COPY devices_deviceevent (authority_id, device_id, sequence, boot, kind, at, uptime, hash, body, batch_id) FROM STDIN
"""
_COPY_TASKS = "COPY devices_sinktask (authority_id, device_id, sequence, sink) FROM STDIN"
_MOVE_HEADS = """
UPDATE devices_head AS head
SET sequence = moved.sequence, hash = moved.hash, boot = moved.boot, keyset = moved.keyset,
    revocation_set = moved.revocation_set, revocation_number = moved.revocation_number,
    heard_at = greatest(head.heard_at, %(now)s)
FROM unnest(
    %(devices)s::uuid[], %(sequences)s::bigint[], %(hashes)s::text[], %(boots)s::bigint[], %(keysets)s::bigint[],
    %(revocation_sets)s::bigint[], %(revocation_numbers)s::bigint[]
) AS moved (device_id, sequence, hash, boot, keyset, revocation_set, revocation_number)
WHERE head.device_id = moved.device_id
"""
_DROP_HOLES = """
DELETE FROM devices_hole AS hole
USING unnest(%(devices)s::uuid[], %(firsts)s::bigint[]) AS gone (device_id, first)
WHERE hole.device_id = gone.device_id AND hole.first = gone.first
"""
# One that is being done right now looks again by itself.
_LOOK_AGAIN = """
UPDATE devices_sinktask SET due_at = least(due_at, %(now)s) WHERE id IN (
    SELECT id FROM devices_sinktask WHERE device_id = ANY(%(devices)s) AND fault = %(waits)s FOR UPDATE SKIP LOCKED
)
"""
_COPY_HOLES = """
COPY devices_hole
    (authority_id, device_id, first, last, before, after, boot_before, boot_after, state, since) FROM STDIN
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

    def followed_by(self, later: "Stored") -> "Stored":
        """Both as one; of two receipts for a device, the later."""
        receipts = {facts.device: facts for facts in (*self.receipts, *later.receipts)}
        return Stored((*self.reasons, *later.reasons), tuple(receipts.values()))


@dataclass(slots=True)
class _Log:
    """A device's log while its batches are placed; nothing of it is written before all are."""

    device: UUID
    authority: UUID
    stored: LogHead
    keyset: int
    revocations: tuple[int, int]
    head: LogHead
    before: tuple[Gap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    hashes: dict[int, str] = field(default_factory=dict)
    events: list[tuple[int, Event, str, Batch]] = field(default_factory=list)

    def hash_of(self, sequence: int) -> str | None:
        """The hash of an event that is stored, or about to be."""
        if sequence not in self.hashes:
            rows = DeviceEvent.objects.filter(authority_id=self.authority, device_id=self.device, sequence=sequence)
            found = rows.values_list("hash", flat=True).first()
            if found is None:
                return None
            self.hashes[sequence] = found
        return self.hashes[sequence]

    def receipt(self, old: datetime) -> ReceiptFacts:
        """What may be said of it: nothing yet of a hole that opened after `old`, nor of what lies behind it."""
        return ReceiptFacts.of(self.authority, self.device, self.head, self.gaps, old)

    def take(self, batch: Batch) -> None:
        """Place one batch; raises Misplaced and is then as before."""
        placed = place(batch, self.head, self.gaps, self.hash_of)
        self.head, self.gaps = placed.head, placed.gaps
        for first, last in placed.new:
            for sequence in range(first, last + 1):
                event, digest = batch.events[sequence - batch.first], batch.hash_before(sequence + 1)
                self.hashes[sequence] = digest
                self.events.append((sequence, event, digest, batch))
                self._heed(event)

    def _heed(self, event: Event) -> None:
        """What an event says of the log itself, and of the trust that is held."""
        if event.kind == "lost":
            self.gaps = lose(self.gaps, *_numbers(event, "first", "last"))
        elif event.kind == "keyset-taken":
            (self.keyset,) = _numbers(event, "num")
        elif event.kind == "revocation-list-taken":
            held, number = _numbers(event, "set", "num")
            self.revocations = (held, number)


def _numbers(event: Event, *names: str) -> tuple[int, ...]:
    values = (event.get(name) for name in names)
    return tuple(value for value in values if isinstance(value, int))


@kernel_action
def store_batches(*, arrived: Sequence[Arrived], now: datetime, patience: timedelta = timedelta(0)) -> Stored:
    """Store the batches of several devices: one COPY of events, one transaction, their sinks' tasks with them.

    Receipts say nothing of holes that are younger than `patience`. Telemetry, exempt from the register by its class: what an
    event means to somebody is recorded by the sink that handles it.
    """
    logs = _locked_logs({item.device for item in arrived})
    _recall_hashes(arrived, logs)
    reasons: list[str | None] = [None] * len(arrived)
    for index, item in sorted(enumerate(arrived), key=lambda pair: pair[1].batch.first):
        try:
            logs[item.device].take(item.batch)
        except Misplaced as misplaced:
            reasons[index] = misplaced.reason
    touched = [log for log in logs.values() if log.events]
    for log in touched:
        log.gaps = tuple(replace(gap, since=gap.since or now) for gap in log.gaps)
    if touched:
        _write(touched)
    _move_heads(logs.values(), now)
    _keep_holes([log for log in touched if log.gaps != log.before], now)
    for log in touched:
        _close_commands(log)
    receipts = tuple(log.receipt(now - patience) for log in logs.values())
    return Stored(tuple(reasons), receipts)


def _locked_logs(devices: Iterable[UUID]) -> dict[UUID, _Log]:
    """The logs of these devices, locked until the transaction ends."""
    logs: dict[UUID, _Log] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_HEADS, {"devices": list(devices)})
        for device, authority, sequence, digest, boot, keyset, *revocations in cursor.fetchall():
            head = LogHead(sequence, digest, boot)
            logs[device] = _Log(device, authority, head, keyset, (revocations[0], revocations[1]), head)
            logs[device].hashes[sequence] = digest
    gaps = gaps_by_device(Hole.objects.filter(device_id__in=list(logs)).order_by("first"))
    for device, found in gaps.items():
        logs[device].before = logs[device].gaps = tuple(found)
    return logs


def _recall_hashes(arrived: Iterable[Arrived], logs: Mapping[UUID, _Log]) -> None:
    """Read at once what batches that came before will be compared with: after a pause, every device sends some again."""
    again = [(item.device, item.batch.last) for item in arrived if item.batch.last < logs[item.device].stored.sequence]
    if not again:
        return
    with connection.cursor() as cursor:
        devices, sequences = [device for device, _ in again], [sequence for _, sequence in again]
        cursor.execute(_STORED_HASHES, {"devices": devices, "sequences": sequences})
        for device, sequence, digest in cursor.fetchall():
            logs[device].hashes[sequence] = digest


def _write(logs: Sequence[_Log]) -> None:
    """COPY batches, events and the sinks' tasks."""
    wanted: dict[str, list[str]] = {}
    for sink in SINKS.values():
        for kind in sink.kinds:
            wanted.setdefault(kind, []).append(sink.name)
    batches: dict[int, tuple[object, ...]] = {}
    events: list[tuple[object, ...]] = []
    tasks: list[tuple[object, ...]] = []
    for log in logs:
        authority, device = log.authority, log.device
        for sequence, event, digest, batch in log.events:
            row = batches.get(id(batch))
            if row is None:
                row = batches[id(batch)] = (uuid.uuid4(), authority, device, batch.first, batch.last, batch.token)
            at = None if event.time is None else datetime.fromtimestamp(event.time, UTC)
            body = json.dumps(event.body(), separators=(",", ":"))
            events.append((authority, device, sequence, batch.boot, event.kind, at, event.uptime, digest, body, row[0]))
            tasks += [(authority, device, sequence, sink) for sink in wanted.get(event.kind, ())]
    copy_into(_COPY_BATCHES, batches.values())
    copy_into(_COPY_EVENTS, events)
    if tasks:
        copy_into(_COPY_TASKS, tasks)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [SINK_CHANNEL])


def _move_heads(logs: Iterable[_Log], now: datetime) -> None:
    """The heads after what was stored; a device was heard whether it brought something new or not."""
    rows = [(log.device, log.head.sequence, log.head.hash, log.head.boot, log.keyset, *log.revocations) for log in logs]
    names = ("devices", "sequences", "hashes", "boots", "keysets", "revocation_sets", "revocation_numbers")
    columns = {name: [row[index] for row in rows] for index, name in enumerate(names)}
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_HEADS, {**columns, "now": now})


def _close_commands(log: _Log) -> None:
    for _, event, _, _ in log.events:
        if event.kind == "command-done":
            close_command(device=log.device, command=str(event.get("command")), outcome=str(event.get("out")))


def _keep_holes(logs: Sequence[_Log], now: datetime) -> None:
    """Of the holes only what changed; one that was split or filled in part keeps the time since when something is missing there."""
    gone = [(log.device, gap.first) for log in logs for gap in log.before if gap not in log.gaps]
    if gone:
        with connection.cursor() as cursor:
            devices, firsts = [device for device, _ in gone], [first for _, first in gone]
            cursor.execute(_DROP_HOLES, {"devices": devices, "firsts": firsts})
            cursor.execute(_LOOK_AGAIN, {"devices": devices, "waits": EVENTS_MISSING, "now": now})
    copy_into(
        _COPY_HOLES,
        (
            (
                log.authority,
                log.device,
                gap.first,
                gap.last,
                gap.before,
                gap.after,
                gap.boot_before,
                gap.boot_after,
                HoleState.LOST.value if gap.lost else HoleState.OPEN.value,
                gap.since,
            )
            for log in logs
            for gap in log.gaps
            if gap not in log.before
        ),
    )


@kernel_action
def note_asked(
    *, device: UUID, keyset: int, revocations: tuple[int, int], sources: tuple[int, int] = (0, 0), now: datetime
) -> None:
    """Keep what a device says it holds (not signed: for pages only); screens are told when its sources are others. Telemetry: exempt
    from the register.
    """
    heads = Head.objects.filter(device_id=device)
    others = heads.exclude(sources_set=sources[0], sources_number=sources[1])
    for authority in others.values_list("authority", flat=True):
        changed(authority=authority, topic=TOPIC, subjects=[device])
    heads.update(
        heard_at=Greatest(F("heard_at"), now),
        keyset=keyset,
        revocation_set=revocations[0],
        revocation_number=revocations[1],
        sources_set=sources[0],
        sources_number=sources[1],
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
