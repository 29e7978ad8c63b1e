"""An authority says when its services work. Promises that were made keep the time that was promised."""

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Opening, WorkingWeek
from beffroi.systems.reports.queries.weeks import new_openings


@system_action
def keep_week(
    *,
    authority: UUID,
    openings: Sequence[tuple[int, time, time]],
    subdivision: str,
    by: UUID | None,
    now: datetime,
) -> WorkingWeek:
    """Half days as (day of the week, from, until), and whose public holidays count: for promises to come."""
    week, _new = WorkingWeek.objects.update_or_create(authority_id=authority, defaults={"subdivision": subdivision})
    Opening.objects.filter(week=week).delete()
    Opening.objects.bulk_create(new_openings(week, openings))
    fields: dict[str, str | UUID] = {"part": "week", "subject": week.pk}
    record(kind="report.rules-changed", authority=authority, by=by, fields=fields, now=now)
    return week


@system_action
def drop_week(*, authority: UUID, by: UUID | None, now: datetime) -> None:
    """Its own week is given up: the usual one holds for promises to come."""
    week = WorkingWeek.objects.filter(authority_id=authority).first()
    if week is not None:
        fields: dict[str, str | UUID] = {"part": "week", "subject": week.pk}
        record(kind="report.rules-changed", authority=authority, by=by, fields=fields, now=now)
        week.delete()
