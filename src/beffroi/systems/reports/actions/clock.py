"""A report's clock: set once, warned at half and three quarters, met when it is closed, never set back."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.deadlines.actions import cancel_deadline, meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.systems.reports.actions.errands import write_to_mender
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.queries.delays import month_counts, share_of
from beffroi.systems.reports.rules import OPEN, Alarm, LetterKind, Share

DUE: Final = "reports.due"
HALF: Final = "reports.half"
THREE_QUARTERS: Final = "reports.three-quarters"
SHARES: Final = ((HALF, Share.HALF), (THREE_QUARTERS, Share.THREE_QUARTERS))


@kernel_action
def run_clock(*, report: Report, now: datetime) -> None:
    """Have its time pass: the promise whatever has passed of it, its warnings where they lie ahead. Part of the act that opens it."""
    whole = report.due_at - report.since
    _set(DUE, report, whole)
    for kind, share in SHARES:
        part = share_of(
            authority=report.authority_id,
            since=report.since,
            due=report.due_at,
            working=report.working,
            share=share,
        )
        if report.since + part > now:
            _set(kind, report, part)


def _set(kind: str, report: Report, lasts: timedelta) -> None:
    # What is kept is real time already; the kernel makes a promise shorter by the demonstration's pace.
    promise = lasts * settings.BEFFROI_PACE
    set_deadline(kind=kind, authority=report.authority_id, subject=report.pk, since=report.since, promise=promise)


@kernel_action
def stop_clock(*, report: Report, reason: str, now: datetime, by: UUID | None) -> bool:
    """It was handled: its promise is kept when its time had not passed; what was told is over. Part of the act that closes it."""
    for kind, _share in SHARES:
        meet_deadline(kind=kind, authority=report.authority_id, subject=report.pk, at=now)
    meet_deadline(kind=DUE, authority=report.authority_id, subject=report.pk, at=now)
    for alarm in Alarm:
        end_alert(authority=report.authority_id, kind=alarm, subject=report.pk, reason=reason, now=now, by=by)
    return now < report.due_at


@kernel_action
def shorten_clock(*, report: Report, due_at: datetime, reason: str, now: datetime, by: UUID | None) -> None:
    """Its time ends sooner by another category or priority, or by what was joined to it; it never ends later. Part of that act."""
    if due_at >= report.due_at:
        return
    for kind in (DUE, HALF, THREE_QUARTERS):
        cancel_deadline(kind=kind, authority=report.authority_id, subject=report.pk, reason=reason, by=by, now=now)
    report.due_at = due_at
    run_clock(report=report, now=now)


@kernel_action
def warn(*, authority: UUID, report: UUID, share: Share, now: datetime) -> None:
    """Half, or three quarters, of its time has passed and it is still open: whoever has it in charge is told."""
    row = _still_open(authority, report)
    if row is None:
        return
    # The second warning is another message: the first was read, and it is still there.
    end_alert(authority=authority, kind=Alarm.SLIPPING, subject=row.pk, reason=share.value, now=now)
    tell(report=row, alarm=Alarm.SLIPPING, now=now, share=share)
    write_to_mender(report=row, kind=LetterKind.SLIPPING, now=now)


@kernel_action
def tell_overdue(*, authority: UUID, report: UUID, now: datetime) -> None:
    """Its time has passed and it is still open: it is escalated."""
    row = _still_open(authority, report)
    if row is not None:
        end_alert(authority=authority, kind=Alarm.SLIPPING, subject=row.pk, reason="overdue", now=now)
        tell(report=row, alarm=Alarm.OVERDUE, now=now)
        write_to_mender(report=row, kind=LetterKind.OVERDUE, now=now)


def _still_open(authority: UUID, report: UUID) -> Report | None:
    rows = Report.objects.select_for_update(of=("self",)).select_related("category")
    return rows.filter(authority_id=authority, pk=report, stage__in=OPEN).first()


@kernel_action
def tell(
    *,
    report: Report,
    alarm: Alarm,
    now: datetime,
    share: Share | None = None,
    organisation: UUID | None = None,
    by: UUID | None = None,
) -> UUID:
    """Raise one of a report's alerts: it says which, where and what kind of fault; never who reported it. `organisation`: another
    one than that in charge. Part of the act that finds it out.
    """
    facts: dict[str, Fact] = {
        "reference": report.reference,
        "category": report.category.label,
        "due": report.due_at.isoformat(),
        "share": share.value if share else "",
    }
    where = report.address or f"{report.latitude:.5f}, {report.longitude:.5f}"
    return raise_alert(
        authority=report.authority_id,
        kind=alarm,
        subject=report.pk,
        resource=report.pk,
        where=Where(f"{report.reference}, {where}", report.latitude, report.longitude),
        since=report.since,
        organisation=organisation or report.organisation_id,
        convention=None,
        facts=facts,
        now=now,
        by=by,
    )


@kernel_action
def count_month(*, authority: UUID, at: datetime, now: datetime) -> None:
    """Leave the entry of the month before `at`: by category, how many were due and how many of them handled in time."""
    begins, counts = month_counts(authority=authority, at=at)
    if counts:
        record(
            kind="report.counted",
            authority=authority,
            by=None,
            fields={
                "month": begins,
                "category": [one.category for one in counts],
                "promised": [one.promised for one in counts],
                "kept": [one.kept for one in counts],
            },
            now=now,
        )
