"""The only place that writes deadlines: part of the act that promises, keeps or withdraws; series and claiming are the worker's."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.deadlines.queries import fired, month_counts
from beffroi.kernel.deadlines.registry import DEADLINE_KINDS, deadline_kind
from beffroi.kernel.deadlines.rules import AFTER_ABSENCE, FIRST_RETRY, LAST_RETRY, due, goes_on, month_before
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.persistence.acts import kernel_action, system_action

FIRED_AT_ONCE = 5000
HANDLED_AT_ONCE = 50

# The one that is under way stays as it is: no promise is reset by making it again.
_SET = """
INSERT INTO deadlines_deadline (id, authority_id, kind, subject, since, due_at, data, state, attempts, fault)
VALUES (%(id)s, %(authority)s, %(kind)s, %(subject)s, %(since)s, %(due)s, %(data)s, 'waiting', 0, '')
ON CONFLICT (authority_id, kind, subject) WHERE state = 'waiting' DO NOTHING
RETURNING id
"""
# Two workers begin one after the other: what the first began may have fired by the time the second looks.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('deadlines.series', 0))"
# One that has fired is its series' current one until its handler has run, which sets the next.
_BEGIN = """
INSERT INTO deadlines_deadline (id, authority_id, kind, subject, since, due_at, data, state, attempts, fault)
SELECT gen_random_uuid(), authority.id, series.kind, authority.id, %(now)s, series.due, '{}', 'waiting', 0, ''
FROM territory_authority AS authority
CROSS JOIN unnest(%(kinds)s::text[], %(dues)s::timestamptz[]) AS series (kind, due)
WHERE NOT EXISTS (
    SELECT FROM deadlines_deadline AS row
    WHERE row.authority_id = authority.id AND row.kind = series.kind AND row.subject = authority.id AND row.state = 'waiting'
) AND NOT EXISTS (
    SELECT FROM deadlines_deadline AS row
    WHERE row.authority_id = authority.id AND row.kind = series.kind AND row.subject = authority.id AND row.state = 'fired'
)
ON CONFLICT (authority_id, kind, subject) WHERE state = 'waiting' DO NOTHING
"""
_FIRE = """
UPDATE deadlines_deadline AS row SET state = 'fired', ended_at = %(now)s, again_at = %(now)s
FROM (
    SELECT id FROM deadlines_deadline WHERE state = 'waiting' AND due_at <= %(now)s
    ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
) AS late
WHERE row.id = late.id
"""
_PUT_OFF = """
UPDATE deadlines_deadline SET due_at = %(until)s
WHERE state = 'waiting' AND due_at > %(since)s AND due_at <= %(now)s AND kind <> ALL(%(series)s)
RETURNING authority_id
"""
# Claiming pushes it forward before it is tried: one that kills its worker comes back later, not at once.
_CLAIM = """
UPDATE deadlines_deadline AS row
SET attempts = row.attempts + 1,
    again_at = %(now)s + make_interval(secs => least(%(first)s * power(2, least(row.attempts, 10)), %(last)s))
FROM (
    SELECT id FROM deadlines_deadline WHERE state = 'fired' AND again_at <= %(now)s
    ORDER BY again_at, due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
) AS due
WHERE row.id = due.id
RETURNING row.due_at, row.id, row.attempts
"""


@kernel_action
def set_deadline(
    *,
    kind: str,
    authority: UUID,
    subject: UUID,
    since: datetime,
    promise: timedelta,
    data: Mapping[str, object] | None = None,
) -> UUID:
    """Promise something about a subject; returns the deadline, which is the one under way when there is one already.

    Part of the act that promises, whose entry it is. Raises UnknownDeadlineKind, ValueError for a negative promise.
    """
    due_at = due(since=since, promise=promise, pace=settings.BEFFROI_PACE)
    code = deadline_kind(kind).code
    while True:
        made = _set(kind=code, authority=authority, subject=subject, since=since, due_at=due_at, data=data or {})
        if made is not None:
            return made
        under_way = Deadline.objects.filter(
            authority_id=authority, kind=kind, subject=subject, state=DeadlineState.WAITING
        ).values_list("id", flat=True)
        for identifier in under_way:
            return identifier


def _set(
    *, kind: str, authority: UUID, subject: UUID, since: datetime, due_at: datetime, data: Mapping[str, object]
) -> UUID | None:
    """Make one; None when one is under way."""
    values: dict[str, UUID | str | datetime] = {
        "id": uuid4(),
        "authority": authority,
        "kind": kind,
        "subject": subject,
        "since": since,
        "due": due_at,
        "data": json.dumps(dict(data)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SET, values)
        made = cursor.fetchone()
    return None if made is None else UUID(str(made[0]))


@kernel_action
def begin_series(*, now: datetime) -> int:
    """Have every series begin in each authority where it has not; returns how many. What is under way goes on as it is.

    Their times are the calendar's: a demonstration's pace doesn't touch them. The register's entries are their handlers'.
    """
    dues = {kind.code: kind.following(now) for kind in DEADLINE_KINDS.values() if kind.following}
    with connection.cursor() as cursor:
        cursor.execute(_IN_TURN)
        cursor.execute(_BEGIN, {"now": now, "kinds": list(dues), "dues": list(dues.values())})
        return int(cursor.rowcount)


@kernel_action
def meet_deadline(*, kind: str, authority: UUID, subject: UUID, at: datetime) -> bool:
    """What was promised was done at that moment; False when its time had passed by then (it fires all the same), or nothing was
    under way. Part of the act that did it.
    """
    kept = Deadline.objects.filter(
        authority_id=authority, kind=kind, subject=subject, state=DeadlineState.WAITING, due_at__gt=at
    )
    return bool(kept.update(state=DeadlineState.MET, ended_at=at))


@kernel_action
def cancel_deadline(*, kind: str, authority: UUID, subject: UUID, reason: str, by: UUID | None, now: datetime) -> bool:
    """Withdraw a promise, for a reason (a code); False when none was under way."""
    rows = Deadline.objects.select_for_update().filter(
        authority_id=authority, kind=kind, subject=subject, state=DeadlineState.WAITING
    )
    row = rows.first()
    if row is None:
        return False
    row.state, row.ended_at = DeadlineState.CANCELLED, now
    row.save(update_fields=["state", "ended_at"])
    fields: dict[str, str | UUID | datetime] = {"kind": kind, "subject": subject, "due": row.due_at, "reason": reason}
    record(kind="deadline.cancelled", authority=authority, by=by, fields=fields, now=now)
    return True


@kernel_action
def fire_due(*, now: datetime, most: int = FIRED_AT_ONCE) -> int:
    """Mark what is past its time, the oldest first, in one statement; returns how many. Its handler's act leaves the entry."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRE, {"now": now, "most": most})
        return int(cursor.rowcount)


@kernel_action
def claim_fired(*, now: datetime, most: int = HANDLED_AT_ONCE) -> list[tuple[UUID, int]]:
    """Claim fired ones whose handler has not run: (id, attempt), those that were due first before the others."""
    times = {"first": FIRST_RETRY.total_seconds(), "last": LAST_RETRY.total_seconds()}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "most": most, **times})
        return [(identifier, attempt) for _due, identifier, attempt in sorted(cursor.fetchall())]


@system_action
def handle_fired(*, deadline: UUID, attempt: int) -> bool:
    """Run the handler of a claimed deadline and end it, in one durable transaction; False when another worker has it, or did it.
    Where it is one of a series the next is set.

    Whatever the handler raises goes through, with nothing kept. The register's entries are the handler's.
    """
    # Waits for a lock rather than skip: another worker's claim may hold the row for an instant though it takes it not.
    rows = Deadline.objects.select_for_update()
    row = rows.filter(pk=deadline, attempts=attempt, state=DeadlineState.FIRED).first()
    if row is None:
        return False
    kind, passed = deadline_kind(row.kind), fired(row)
    kind.handler(passed)
    row.state, row.fault = DeadlineState.DONE, ""
    row.save(update_fields=["state", "fault"])
    if kind.following:
        at = goes_on(kind.following, due_at=row.due_at, now=passed.fired_at, each_counts=kind.each_counts)
        _set(kind=row.kind, authority=row.authority_id, subject=row.subject, since=row.due_at, due_at=at, data={})
    return True


@kernel_action
def put_off_missed(*, since: datetime, now: datetime, by: UUID | None) -> int:
    """Put off by an hour what fell due while a restored installation was away, so that devices and people can say first how things are:
    a cabinet that was closed meanwhile must not alarm 2,000 people. Series fire at once: what is to be destroyed has waited enough.

    `since`: the moment of the backup. Returns how many; each authority concerned has its entry.
    """
    until = now + AFTER_ABSENCE
    series = [kind.code for kind in DEADLINE_KINDS.values() if kind.following]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_OFF, {"since": since, "now": now, "until": until, "series": series})
        counts = Counter(UUID(str(authority)) for (authority,) in cursor.fetchall())
    for authority, count in sorted(counts.items()):
        fields: dict[str, GivenValue] = {"count": count, "since": since, "until": until}
        record(kind="deadline.postponed", authority=authority, by=by, fields=fields, now=now)
    return counts.total()


@kernel_action
def note_deadline_fault(*, deadline: UUID, attempt: int, fault: str) -> None:
    """Keep why a handler failed: the kind of the fault, never what it says (it may hold anything)."""
    Deadline.objects.filter(pk=deadline, attempts=attempt).update(fault=fault[:120])


@kernel_action
def count_month(*, authority: UUID, at: datetime, now: datetime) -> None:
    """Leave the entry of the month before `at`; none of a month in which nothing was promised."""
    begins, ends = month_before(at)
    counts = month_counts(authority=authority, begins=begins, ends=ends)
    if counts:
        record(
            kind="deadline.counted",
            authority=authority,
            by=None,
            fields={
                "month": begins,
                "kind": [kind for kind, _, _ in counts],
                "promised": [promised for _, promised, _ in counts],
                "kept": [kept for _, _, kept in counts],
            },
            now=now,
        )
