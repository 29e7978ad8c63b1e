"""One act on several reports: which, how far it is, what it was before. Each report's own act is done apart, in its own transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Batch
from beffroi.systems.reports.rules import BatchState

# What one answer of the server waits for.
A_SLICE: Final = 100
# Whoever took a slice and was never heard of again: it is taken by another.
BUSY: Final = timedelta(minutes=2)


@system_action
def gather_batch(
    *, authority: UUID, act: str, reports: Sequence[UUID], values: dict[str, str], by: UUID, now: datetime
) -> Batch:
    """Several reports, for one act that is told the rest later."""
    return Batch.objects.create(
        authority_id=authority,
        person=by,
        act=act,
        values=values,
        left=[str(one) for one in reports],
        made_at=now,
    )


@system_action
def begin_batch(*, batch: Batch, values: dict[str, str], besides: str = "", now: datetime) -> bool:
    """It knows all it needs; `besides`: one of them that nothing is done with. False when it had begun already."""
    row = Batch.objects.select_for_update().filter(pk=batch.pk, state=BatchState.ASKED.value).first()
    if row is None:
        return False
    row.state, row.values, row.made_at = BatchState.GOING.value, {**row.values, **values}, now
    row.left = [key for key in row.left if key != besides]
    row.save()
    return True


@system_action
def undo_batch(*, batch: Batch, now: datetime) -> bool:
    """Everything as it was, the last first. False when it isn't over, or is being undone."""
    row = Batch.objects.select_for_update().filter(pk=batch.pk, state=BatchState.OVER.value).first()
    if row is None:
        return False
    row.state, row.left, row.refused = BatchState.UNDOING.value, [key for key, _before in reversed(row.done)], []
    row.made_at = now
    row.save()
    return True


@system_action
def claim_slice(*, batch: Batch, now: datetime) -> list[UUID]:
    """Those whose turn it is; none when another answer is at it, or nothing is left."""
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    going = row.state in (BatchState.GOING, BatchState.UNDOING)
    if not going or (row.busy_until is not None and row.busy_until > now):
        return []
    row.busy_until = now + BUSY
    row.save(update_fields=["busy_until"])
    return [UUID(key) for key in row.left[:A_SLICE]]


@system_action
def note_one(*, batch: Batch, report: UUID, was: dict[str, str] | None, why: str, more: bool, now: datetime) -> None:
    """What became of one whose turn it was: done, and what it `was` before, or not, and `why`. `more`: others of its slice follow. When
    none is left it is over. One that another answer noted already stays as that said.
    """
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    key = str(report)
    if key not in row.left:
        return
    row.left = [one for one in row.left if one != key]
    if was is None:
        row.refused = [*row.refused, [key, why]]
    elif row.state == BatchState.UNDOING:
        row.done = [one for one in row.done if one[0] != key]
    else:
        row.done = [*row.done, [key, was]]
    if not row.left:
        row.state = (BatchState.UNDONE if row.state == BatchState.UNDOING else BatchState.OVER).value
    row.busy_until, row.made_at = now + BUSY if more else None, now
    row.save()
