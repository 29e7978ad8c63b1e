"""Which uses live at devices: beats as they come, leases that end when beats no longer do, what is then done, once.

A beat is kept by (boot, number), so that whatever is heard twice, late or by several processes changes nothing. All of it is telemetry:
what the end of a lease means to somebody is recorded by the handler of the device's kind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from beffroi.kernel.devices.models import Lapse
from beffroi.kernel.devices.queries.devices import identity
from beffroi.kernel.devices.registry import LEASES, LeaseEnded
from beffroi.kernel.devices.rules import FIRST_RETRY, LAST_RETRY, LEASE
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.protocol.v1.beat import Beat

CLAIMED_AT_ONCE = 50
# A beat is a sign of life as well; so often is often enough to keep it.
HEARD_KEPT_EVERY = timedelta(minutes=1)

# In the order of the devices, so that two ingesting processes, which both hear all beats, never wait for each other in a ring.
_KEEP = """
WITH kept AS (
    INSERT INTO devices_beat AS beat (device_id, authority_id, boot, number, at, uses)
    SELECT device, authority, boot, number, %(now)s, string_to_array(uses, ' ')
    FROM unnest(%(devices)s::uuid[], %(authorities)s::uuid[], %(boots)s::bigint[], %(numbers)s::bigint[], %(uses)s::text[])
        AS come (device, authority, boot, number, uses)
    ON CONFLICT (device_id) DO UPDATE
    SET boot = excluded.boot, number = excluded.number, at = greatest(beat.at, excluded.at), uses = excluded.uses, lapsed_at = NULL
    WHERE (beat.boot, beat.number) < (excluded.boot, excluded.number)
    RETURNING device_id
), heard AS (
    SELECT head.device_id FROM devices_head AS head JOIN kept ON kept.device_id = head.device_id
    WHERE coalesce(head.heard_at < %(now)s - make_interval(secs => %(every)s), true)
    ORDER BY head.device_id FOR UPDATE OF head SKIP LOCKED
)
UPDATE devices_head AS head SET heard_at = %(now)s FROM heard WHERE head.device_id = heard.device_id
"""
# A row that is being written now is renewed, or ended by another process: it is passed over.
_END = """
WITH silent AS (
    SELECT device_id FROM devices_beat
    WHERE lapsed_at IS NULL AND uses <> '{}' AND greatest(at, %(since)s) + make_interval(secs => %(lease)s) <= %(now)s
    ORDER BY device_id FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE devices_beat AS beat SET lapsed_at = %(now)s FROM silent WHERE beat.device_id = silent.device_id
    RETURNING beat.authority_id, beat.device_id, beat.boot, beat.number, beat.at, beat.uses
)
INSERT INTO devices_lapse (authority_id, device_id, boot, number, at, uses, due_at)
SELECT ended.*, %(now)s FROM ended
ON CONFLICT (device_id, boot, number) DO NOTHING
"""
# Claiming pushes it forward before it is tried: one that kills its worker comes back later, not at once.
_CLAIM = """
UPDATE devices_lapse AS lapse
SET attempts = lapse.attempts + 1,
    due_at = %(now)s + make_interval(secs => least(%(first)s * power(2, least(lapse.attempts, 10)), %(last)s))
FROM (
    SELECT lapse.id FROM devices_lapse AS lapse JOIN devices_device AS device ON device.id = lapse.device_id
    WHERE lapse.due_at <= %(now)s AND device.kind = ANY(%(kinds)s)
    ORDER BY lapse.due_at, lapse.id LIMIT %(most)s FOR UPDATE OF lapse SKIP LOCKED
) AS due
WHERE lapse.id = due.id
RETURNING lapse.id, lapse.attempts
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """A beat whose signature was verified."""

    authority: UUID
    device: UUID
    beat: Beat


@kernel_action
def keep_beats(*, heard: Iterable[Heard], now: datetime) -> None:
    """Keep the last beat of each device, all by one statement; one that is not later than what is kept changes nothing. Telemetry."""
    last: dict[UUID, Heard] = {}
    for each in heard:
        known = last.get(each.device)
        if known is None or known.beat.order < each.beat.order:
            last[each.device] = each
    rows = [last[device] for device in sorted(last)]
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "devices": [row.device for row in rows],
                "authorities": [row.authority for row in rows],
                "boots": [row.beat.boot for row in rows],
                "numbers": [row.beat.number for row in rows],
                "uses": [" ".join(row.beat.uses) for row in rows],
                "now": now,
                "every": HEARD_KEPT_EVERY.total_seconds(),
            },
        )


@kernel_action
def end_leases(*, listening: datetime, now: datetime) -> int:
    """End the leases of devices whose last beat is too old, silence being counted from `listening` at the earliest; returns how many.
    What is then done is a row for the worker. Telemetry.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END, {"since": listening, "lease": LEASE.total_seconds(), "now": now})
        return int(cursor.rowcount)


@kernel_action
def claim_lapses(*, now: datetime, most: int = CLAIMED_AT_ONCE) -> list[tuple[int, int]]:
    """Claim ends of leases that nobody did yet: (id, attempt), oldest first. Delivery, exempt from the register."""
    first, last = FIRST_RETRY.total_seconds(), LAST_RETRY.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "first": first, "last": last, "most": most, "kinds": sorted(LEASES)})
        return sorted(cursor.fetchall())


@system_action
def handle_lapse(*, lapse: int, attempt: int) -> bool:
    """Do what the device's kind does when a lease ends, once, in one durable transaction; False when another worker has it, or did it.

    Whatever the handler raises goes through, with nothing kept. The register's entries are the handler's.
    """
    # Waits for a lock rather than skip: another worker's claim may hold the row for an instant though it takes it not.
    rows = Lapse.objects.select_for_update(of=("self",)).select_related("device")
    row = rows.filter(pk=lapse, attempts=attempt).first()
    if row is None:
        return False
    LEASES[row.device.kind](LeaseEnded(identity(row.device), row.at, tuple(row.uses)))
    row.delete()
    return True


@kernel_action
def note_lapse_fault(*, lapse: int, attempt: int, fault: str) -> None:
    """Keep why it failed: the kind of the fault, never what it says (it may hold anything). Delivery, exempt from the register."""
    Lapse.objects.filter(pk=lapse, attempts=attempt).update(fault=fault[:120])
