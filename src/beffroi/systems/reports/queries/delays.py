"""How long reports take: what is promised, and what was kept. Figures of categories, never of a person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q

from beffroi.kernel.deadlines.rules import due, month_before
from beffroi.lib.hours import after, parts
from beffroi.systems.reports.models import Category, Promise, Report
from beffroi.systems.reports.queries.weeks import Working, working_of
from beffroi.systems.reports.rules import PARTS, Share, Stage


def promise_of(*, authority: UUID, since: datetime, hours: int, working: bool) -> timedelta:
    """How long a promise that an authority makes then lasts by the calendar, whichever hours it counts."""
    return lasting_of(working_of(authority) if working else None, since=since, hours=hours)


def lasting_of(here: Working | None, *, since: datetime, hours: int) -> timedelta:
    """The same, by the working hours of an authority that were read before, or by the calendar."""
    whole = timedelta(hours=hours)
    return after(since, whole, here.week, here.closed) - since if here else whole


def clock_for(category: Category, priority: int, since: datetime) -> tuple[int, bool, datetime]:
    """What is promised of a category at a priority: hours, whether working ones, and until when."""
    named = Promise.objects.filter(category=category, priority=priority).first()
    hours, working = (named.hours, named.working) if named else (category.hours, category.working)
    promise = promise_of(authority=category.authority_id, since=since, hours=hours, working=working)
    return hours, working, due(since=since, promise=promise, pace=settings.BEFFROI_PACE)


def share_of(*, authority: UUID, since: datetime, due: datetime, working: bool, share: Share) -> timedelta:
    """After how long half, or three quarters, of a promise has passed; a demonstration's hours pass too fast to tell working ones."""
    here = working_of(authority) if working and settings.BEFFROI_PACE == 1 else None
    (at,) = parts(since, due, here.week if here else None, here.closed if here else _never, [PARTS[share]])
    return at - since


def _never(_day: date) -> bool:
    return False


# One fault is counted once, by the first promise of all: what was joined counts where it was joined. What was joined to one that was closed
# by then, and is closed since, has a promise of its own: kept when it was joined in time. Opened again, both are one fault.
COUNTED: Final = ~Q(stage=Stage.MERGED.value) | Q(into__closed_at__lte=F("closed_at"))


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one category: how many were due in a month, how many of them were handled in time."""

    category: UUID
    promised: int
    kept: int


def month_counts(*, authority: UUID, at: datetime) -> tuple[datetime, list[Counted]]:
    """Of the month before `at`, in the town's zone: its first instant, and its counts by category, each fault once."""
    begins, ends = month_before(at)
    rows = (
        Report.objects.filter(COUNTED, authority_id=authority, due_at__gte=begins, due_at__lt=ends)
        .values("category_id")
        .annotate(promised=Count("pk"), kept=Count("pk", filter=Q(closed_at__lt=F("due_at"))))
        .order_by("category_id")
    )
    return begins, [Counted(row["category_id"], row["promised"], row["kept"]) for row in rows]
