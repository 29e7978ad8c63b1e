"""Doing what events ask of systems: each task once, in a transaction of its own; what fails is pushed forward and stays visible."""

from datetime import datetime, timedelta

from django.db import connection

from beffroi.kernel.devices.models import SinkTask
from beffroi.kernel.devices.queries.devices import stored_event
from beffroi.kernel.devices.registry import SINKS
from beffroi.kernel.devices.rules import EVENTS_MISSING, FIRST_RETRY, LAST_RETRY, ORDER_PATIENCE
from beffroi.persistence.acts import kernel_action, system_action

CLAIMED_AT_ONCE = 50

# Claiming pushes the task forward before it is tried: one that kills its worker comes back later, not at once.
_CLAIM = """
UPDATE devices_sinktask AS task
SET attempts = task.attempts + 1,
    due_at = %(now)s + make_interval(secs => least(%(first)s * power(2, least(task.attempts, 10)), %(last)s))
FROM (
    SELECT id FROM devices_sinktask WHERE due_at <= %(now)s AND sink = ANY(%(sinks)s)
    ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
) AS due
WHERE task.id = due.id
RETURNING task.id, task.attempts
"""


@kernel_action
def claim_tasks(*, now: datetime, most: int = CLAIMED_AT_ONCE) -> list[tuple[int, int]]:
    """Claim tasks that are due, of sinks that exist here: (id, attempt), oldest first. Delivery, exempt from the register."""
    with connection.cursor() as cursor:
        first, last = FIRST_RETRY.total_seconds(), LAST_RETRY.total_seconds()
        cursor.execute(_CLAIM, {"now": now, "first": first, "last": last, "most": most, "sinks": sorted(SINKS)})
        return sorted(cursor.fetchall())


@system_action
def handle_task(*, task: int, attempt: int) -> bool:
    """Do one claimed task and end it, in one durable transaction; False when another worker has it, or did it.

    Whatever the handler raises goes through, with nothing kept. The register's entries are the handler's. One that waits for what is
    missing of the log stays, and is soon looked at again once: what fills a young hole may be under way.
    """
    # Waits for a lock rather than skip: another worker's claim may hold the row for an instant though it takes it not.
    row = SinkTask.objects.select_for_update().filter(pk=task, attempts=attempt).first()
    if row is None:
        return False
    if SINKS[row.sink].handler(stored_event(row)):
        row.due_at -= FIRST_RETRY - ORDER_PATIENCE if attempt == 1 else timedelta()
        row.fault = EVENTS_MISSING
        row.save(update_fields=["due_at", "fault"])
    else:
        row.delete()
    return True


@kernel_action
def note_fault(*, task: int, attempt: int, fault: str) -> None:
    """Keep why a task failed: the kind of the fault, never what it says (it may hold anything). Delivery, exempt from the register."""
    SinkTask.objects.filter(pk=task, attempts=attempt).update(fault=fault[:120])
