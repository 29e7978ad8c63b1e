"""Reads of deadlines. They carry no right of their own: whoever may see the subject may see its promise."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.deadlines.registry import DEADLINE_KINDS, Fired
from beffroi.kernel.deadlines.rules import HANDLED_WITHIN, TAKEN_UP_WITHIN, ZONE
from beffroi.persistence.queues import Queue, Standing, register_queue


def neglected(now: datetime) -> bool:
    """Whether nobody takes up what is due, or finishes (or tries again) what was taken up."""
    untouched, unfinished = now - TAKEN_UP_WITHIN, now - HANDLED_WITHIN
    return Deadline.objects.filter(
        Q(state=DeadlineState.WAITING, due_at__lte=untouched)
        | Q(state=DeadlineState.FIRED, attempts=0, again_at__lte=untouched)
        | Q(state=DeadlineState.FIRED, again_at__lte=unfinished)
    ).exists()


def overdue(now: datetime) -> Standing:
    """What has passed and waits to be taken up, or to be tried again."""
    rows = Deadline.objects.filter(
        Q(state=DeadlineState.WAITING, due_at__lte=now) | Q(state=DeadlineState.FIRED, again_at__lte=now)
    )
    found = rows.aggregate(waiting=Count("pk"), since=Min(Coalesce("again_at", "due_at")))
    return Standing(found["waiting"], found["since"])


def register_own_queue() -> None:
    """What waits here."""
    register_queue(Queue("deadlines", _("Deadlines that have passed"), overdue, TAKEN_UP_WITHIN, "worker"))


def live_deadline(*, kind: str, authority: UUID, subject: UUID) -> Deadline | None:
    """The one that is under way for this subject."""
    return Deadline.objects.filter(
        authority_id=authority, kind=kind, subject=subject, state=DeadlineState.WAITING
    ).first()


def next_due() -> datetime | None:
    """When the next one is due; None when nothing waits."""
    rows = Deadline.objects.filter(state=DeadlineState.WAITING).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()


def fired(row: Deadline) -> Fired:
    """A row as its handler gets it."""
    return Fired(
        id=row.id,
        kind=row.kind,
        authority=row.authority_id,
        subject=row.subject,
        since=row.since,
        due_at=row.due_at,
        fired_at=row.ended_at or row.due_at,
        data=row.data,
    )


def month_counts(*, authority: UUID, begins: datetime, ends: datetime) -> list[tuple[str, int, int]]:
    """(kind, promised, kept) of the promises to somebody that were due in that time; a withdrawn one is neither.

    Once that time is over, none of them changes any more: what is kept is kept before it is due, and what is not fires.
    """
    promised = [kind.code for kind in DEADLINE_KINDS.values() if kind.promised]
    rows = (
        Deadline.objects.filter(authority_id=authority, kind__in=promised, due_at__gte=begins, due_at__lt=ends)
        .exclude(state=DeadlineState.CANCELLED)
        .values("kind")
        .annotate(promised=Count("id"), kept=Count("id", filter=Q(state=DeadlineState.MET)))
        .order_by("kind")
    )
    return [(row["kind"], row["promised"], row["kept"]) for row in rows]


def kept_by_month(*, authority: UUID, kind: str, begins: datetime, ends: datetime) -> list[tuple[date, int, int]]:
    """(first day of the month, promised, kept) of one kind of promise that was due in that time, in the town's months."""
    rows = (
        Deadline.objects.filter(authority_id=authority, kind=kind, due_at__gte=begins, due_at__lt=ends)
        .exclude(state=DeadlineState.CANCELLED)
        .annotate(month=TruncMonth("due_at", tzinfo=ZONE))
        .values("month")
        .annotate(promised=Count("id"), kept=Count("id", filter=Q(state=DeadlineState.MET)))
        .order_by("month")
    )
    return [(row["month"].date(), row["promised"], row["kept"]) for row in rows]
