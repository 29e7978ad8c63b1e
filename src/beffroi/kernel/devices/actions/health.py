"""How devices are: what comes from them and from the broker says it, the worker's sweep sees who has said nothing for too long.

States and counters of health are telemetry: exempt from the register. What is said to people is an alert, whose entries it leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.devices.models import (
    Command,
    CommandState,
    Condition,
    ConditionState,
    Device,
    DeviceState,
    Hole,
    HoleState,
)
from beffroi.kernel.devices.queries.health import listening_since
from beffroi.kernel.devices.registry import TOPIC
from beffroi.kernel.devices.rules import ANY_PATIENCE, HOLE_DEADLINE, HOLE_PATIENCE, ORDER_PATIENCE, PATIENCES, Trouble
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed

SWEPT_AT_ONCE = 200

_CUT = """
UPDATE devices_condition AS c SET cut_at = %(now)s
FROM (SELECT device_id FROM devices_condition WHERE device_id = ANY(%(devices)s) ORDER BY device_id FOR UPDATE) AS cut
WHERE c.device_id = cut.device_id
"""
_LISTENING = """
INSERT INTO devices_listening (process, since, seen_at) VALUES (%(process)s, %(since)s, %(now)s)
ON CONFLICT (process) DO UPDATE SET since = excluded.since, seen_at = excluded.seen_at
"""
# Gravity: 0 well, 1 late, 2 down. It is judged from the silence, counted from when we listen at the earliest; and it falls only
# when the device was heard after the state began: that we were away makes nobody well again. A hole so young that another process
# may hold what fills it is none yet.
_SWEEP = """
WITH heard AS (
    SELECT c.device_id, c.authority_id, c.state AS was, c.since AS was_since, c.holes_since AS was_missing,
           d.name, d.kind, d.state = 'commissioned' AS serves, greatest(h.heard_at, d.commissioned_at) AS heard,
           greatest(h.heard_at, d.commissioned_at, %(listening)s) AS silent, c.cut_at,
           coalesce(p.late, %(late)s::interval) AS late, coalesce(p.down, %(down)s::interval) AS down,
           CASE WHEN d.state = 'commissioned' THEN hole.since END AS missing
    FROM devices_condition AS c
    JOIN devices_device AS d ON d.id = c.device_id
    JOIN devices_head AS h ON h.device_id = c.device_id
    LEFT JOIN (SELECT device_id, min(since) AS since FROM devices_hole
               WHERE state = 'open' AND since <= %(ordered)s GROUP BY device_id) AS hole
        ON hole.device_id = c.device_id
    LEFT JOIN unnest(%(kinds)s::text[], %(lates)s::interval[], %(downs)s::interval[]) AS p (kind, late, down) ON p.kind = d.kind
), judged AS (
    SELECT heard.*, coalesce(cut_at > heard, false) AS cut, CASE WHEN NOT serves THEN 0 ELSE greatest(
        CASE WHEN heard > was_since THEN 0 WHEN was = 'down' THEN 2 WHEN was = 'late' THEN 1 ELSE 0 END,
        CASE WHEN silent + down <= %(now)s THEN 2 WHEN silent + late <= %(now)s OR cut_at > heard THEN 1 ELSE 0 END) END AS grade
    FROM heard
), news AS (
    SELECT judged.*, (ARRAY['well', 'late', 'down'])[grade + 1] AS state,
           CASE grade WHEN 2 THEN silent + down WHEN 1 THEN CASE WHEN cut THEN judged.cut_at ELSE silent + late END ELSE heard END AS since
    FROM judged JOIN devices_condition AS c ON c.device_id = judged.device_id
    WHERE (ARRAY['well', 'late', 'down'])[grade + 1] <> was OR missing IS DISTINCT FROM was_missing
    ORDER BY judged.device_id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
)
UPDATE devices_condition AS c
SET state = news.state, holes_since = news.missing,
    since = CASE WHEN news.state = news.was THEN c.since ELSE coalesce(news.since, %(now)s) END
FROM news
WHERE c.device_id = news.device_id AND c.state = news.was AND c.holes_since IS NOT DISTINCT FROM news.was_missing
RETURNING c.device_id, c.authority_id, news.name, news.kind, news.serves, news.heard, news.was, c.state, news.was_missing, news.missing
"""


@dataclass(frozen=True, slots=True)
class _Change:
    """What the sweep changed of one device."""

    device: UUID
    authority: UUID
    name: str
    kind: str
    serves: bool
    heard: datetime | None
    was: str
    state: str
    was_missing: datetime | None
    missing: datetime | None


@kernel_action
def note_cut(*, devices: Iterable[UUID], now: datetime) -> None:
    """The broker says that the lines of these broke. Telemetry."""
    with connection.cursor() as cursor:
        cursor.execute(_CUT, {"devices": sorted(devices), "now": now})


@kernel_action
def note_listening(*, process: str, since: datetime, now: datetime) -> None:
    """An ingesting process hears the broker, without a break since then. Telemetry."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTENING, {"process": process, "since": since, "now": now})


@kernel_action
def note_battery(*, device: UUID, level: int, sequence: int) -> None:
    """Keep what the device last said of its battery: events may be handled in another order than they were written. Telemetry."""
    row = Condition.objects.select_for_update().get(device_id=device)
    if sequence > row.battery_sequence:
        row.battery, row.battery_sequence = level, sequence
        row.save(update_fields=["battery", "battery_sequence"])
        changed(authority=row.authority_id, topic=TOPIC, subjects=[device])


@kernel_action
def sweep_conditions(*, now: datetime, most: int = SWEPT_AT_ONCE) -> int:
    """See who is late, silent or heard again, and whose log has or no longer has holes; returns how many changed. Telemetry: the
    alerts leave their entries.
    """
    listening = listening_since(now)
    kinds = sorted(PATIENCES)
    with connection.cursor() as cursor:
        cursor.execute(
            _SWEEP,
            {
                "now": now,
                "ordered": now - ORDER_PATIENCE,
                "listening": now if listening is None else listening,
                "late": _interval(ANY_PATIENCE.late),
                "down": _interval(ANY_PATIENCE.down),
                "kinds": kinds,
                "lates": [_interval(PATIENCES[kind].late) for kind in kinds],
                "downs": [_interval(PATIENCES[kind].down) for kind in kinds],
                "most": most,
            },
        )
        changes = [_Change(*row) for row in cursor.fetchall()]
    for authority in {each.authority for each in changes}:
        subjects = [each.device for each in changes if each.authority == authority]
        changed(authority=authority, topic=TOPIC, subjects=subjects)
    for change in sorted(changes, key=lambda each: each.device):
        _say_state(change, now)
        _promise_holes(change, now)
    return len(changes)


def _interval(time: timedelta) -> str:
    """As PostgreSQL reads it."""
    return f"{time.total_seconds()} seconds"


def _say_state(change: _Change, now: datetime) -> None:
    if change.state == ConditionState.DOWN and change.was != ConditionState.DOWN:
        _raise(Trouble.DOWN, change.authority, change.device, change.name, since=change.heard or now, facts={}, now=now)
    elif change.was == ConditionState.DOWN and change.state != ConditionState.DOWN:
        reason = "heard-again" if change.serves else "retired"
        end_alert(authority=change.authority, kind=Trouble.DOWN, subject=change.device, reason=reason, now=now)


def _promise_holes(change: _Change, now: datetime) -> None:
    """One deadline a device, for the oldest of its holes: the others are asked for with it."""
    if change.missing == change.was_missing:
        return
    if change.was_missing is not None:
        meet_deadline(kind=HOLE_DEADLINE, authority=change.authority, subject=change.device, at=now)
        reason = "filled" if change.serves else "retired"
        end_alert(authority=change.authority, kind=Trouble.HOLE, subject=change.device, reason=reason, now=now)
    if change.missing is not None:
        _set_hole_deadline(change.authority, change.device, change.missing)


def _set_hole_deadline(authority: UUID, device: UUID, since: datetime) -> None:
    set_deadline(kind=HOLE_DEADLINE, authority=authority, subject=device, since=since, promise=HOLE_PATIENCE)


@kernel_action
def tell_overdue(*, authority: UUID, device: UUID, since: datetime, now: datetime) -> None:
    """The time of a hole that opened then has passed: an alert, unless it was filled; and a deadline for the next one."""
    row = _serving(authority, device)
    if row is None:
        return
    holes = list(Hole.objects.filter(device=row, state=HoleState.OPEN).order_by("since", "first"))
    overdue = [hole for hole in holes if hole.since <= since]
    if overdue:
        count = sum(hole.last - hole.first + 1 for hole in overdue)
        facts: dict[str, Fact] = {"first": overdue[0].first, "last": overdue[-1].last, "events": count}
        _raise(Trouble.HOLE, authority, device, row.name, since=overdue[0].since, facts=facts, now=now)
    elif holes:
        _set_hole_deadline(authority, device, holes[0].since)


@kernel_action
def tell_lost(*, authority: UUID, device: UUID, first: int, last: int, now: datetime) -> None:
    """The device says that it no longer has these events: those that never came are lost for good, and somebody must know."""
    row = _serving(authority, device)
    holes = Hole.objects.filter(authority=authority, device=device, state=HoleState.LOST).order_by("first")
    if row is None or not holes.filter(first__lte=last, last__gte=first).exists():
        return
    lost = list(holes)  # all of its log: one alert speaks of this loss and of those before it
    count = sum(hole.last - hole.first + 1 for hole in lost)
    facts: dict[str, Fact] = {"first": lost[0].first, "last": lost[-1].last, "events": count}
    _raise(Trouble.LOST, authority, device, row.name, since=now, facts=facts, now=now)


def _serving(authority: UUID, device: UUID) -> Device | None:
    """The device, unless it was taken out of service, which ends what was said of it: it isn't while this lasts."""
    rows = Device.objects.select_for_update(no_key=True).filter(authority_id=authority, pk=device)
    return rows.exclude(state=DeviceState.RETIRED).first()


def _raise(
    kind: Trouble, authority: UUID, device: UUID, name: str, *, since: datetime, facts: dict[str, Fact], now: datetime
) -> None:
    """Or, where it is said already, bring it up to date."""
    facts = {"name": name, **facts}
    if not update_alert(authority=authority, kind=kind, subject=device, facts=facts, now=now):
        raise_alert(
            authority=authority,
            kind=kind,
            subject=device,
            resource=device,
            where=Where(name),
            since=since,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
        )


@kernel_action
def expire_commands(*, now: datetime) -> int:
    """End the commands that nobody answered in their time; returns how many. Delivery."""
    waiting = Command.objects.select_for_update(skip_locked=True).filter(
        state__in=[CommandState.ASKED, CommandState.SENT], expires_at__lte=now
    )
    rows = list(waiting.order_by("id").values_list("id", "authority_id", "device_id"))
    Command.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(state=CommandState.EXPIRED)
    for authority in {authority for _, authority, _ in rows}:
        subjects = [device for _, owner, device in rows if owner == authority]
        changed(authority=authority, topic=TOPIC, subjects=subjects)
    return len(rows)
