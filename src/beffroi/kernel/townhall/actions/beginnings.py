"""The inventory and the steps that somebody ticks: the authority's own notes, content of its pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.townhall.models import Thing, Tick
from beffroi.persistence.acts import kernel_action


@kernel_action
def write_thing(
    *, authority: UUID, thing: UUID | None, values: Mapping[str, object], by: UUID | None, now: datetime
) -> Thing | None:
    """Write a line of the inventory, or another in its place; None when there is such a line already."""
    there = Thing.objects.filter(authority_id=authority, kind=values["kind"], place=values["place"])
    if (there.exclude(pk=thing) if thing else there).exists():
        return None
    row = Thing.objects.select_for_update().get(authority_id=authority, pk=thing) if thing else Thing()
    for name, value in values.items():
        setattr(row, name, value)
    row.authority_id, row.changed_at = authority, now
    row.full_clean()
    row.save()
    return row


@kernel_action
def remove_thing(*, authority: UUID, thing: UUID, by: UUID | None) -> bool:
    """Take a line out; False when it was out already."""
    removed, _each = Thing.objects.filter(authority_id=authority, pk=thing).delete()
    return bool(removed)


@kernel_action
def tick_step(*, authority: UUID, step: str, by: UUID, now: datetime) -> None:
    """Say that a step is done; the first who said so stays."""
    Tick.objects.get_or_create(authority_id=authority, step=step, defaults={"by_id": by, "at": now})


@kernel_action
def untick_step(*, authority: UUID, step: str, by: UUID) -> None:
    """Say that it isn't."""
    Tick.objects.filter(authority_id=authority, step=step).delete()


@kernel_action
def forget_tickers(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget who ticked: people whose name is erased. The step stays done."""
    return Tick.objects.filter(by__in=[UUID(key) for key in keys]).update(by=None)
