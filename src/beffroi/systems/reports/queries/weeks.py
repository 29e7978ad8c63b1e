"""When an authority's services work: its own week and public holidays, or the usual ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from beffroi.lib.hours import A_WEEK, Closed, Span, Week, after, days_off, public_holidays
from beffroi.systems.reports.models import Category, Opening, Promise, WorkingWeek
from beffroi.systems.reports.rules import WEEK

FRANCE: Final = "FR"  # only the holidays of all of France
PLACES: Final = (
    (FRANCE, _("those of all of France only")),
    ("57", "Moselle"),
    ("6AE", "Alsace"),
    ("971", "Guadeloupe"),
    ("972", "Martinique"),
    ("973", "Guyane"),
    ("974", "La Réunion"),
    ("976", "Mayotte"),
    ("BL", "Saint-Barthélemy"),
    ("MF", "Saint-Martin"),
    ("PM", "Saint-Pierre-et-Miquelon"),
    ("NC", "Nouvelle-Calédonie"),
    ("PF", "Polynésie française"),
    ("WF", "Wallis-et-Futuna"),
)
PROMISED: Final = 48  # hours, by which a week is tried
SHOWN_HOLIDAYS: Final = 4


@dataclass(frozen=True, slots=True)
class Working:
    """The hours that promises in working hours count. `subdivision`: whose public holidays, as the `holidays` library names it."""

    week: Week
    subdivision: str

    @property
    def closed(self) -> Closed:
        """Says which days nobody works."""
        return days_off(subdivision=self.subdivision)


def kept_week(authority: UUID) -> WorkingWeek | None:
    """The authority's own week, if it said one."""
    return WorkingWeek.objects.filter(authority_id=authority).prefetch_related("openings").first()


def working_of(authority: UUID) -> Working:
    """The hours that count in an authority."""
    row = kept_week(authority)
    if row is None:
        return Working(WEEK, settings.BEFFROI_HOLIDAYS)
    openings = [(one.day, one.opens, one.closes) for one in row.openings.all()]
    return working(openings, row.subdivision)


def working(openings: Sequence[tuple[int, time, time]], subdivision: str) -> Working:
    """The same of half days that were said, and of where holidays are looked up."""
    spans: list[list[Span]] = [[] for _day in range(A_WEEK)]
    for day, opens, closes in sorted(openings):
        spans[day].append(Span(opens, closes))
    place = settings.BEFFROI_HOLIDAYS if not subdivision else "" if subdivision == FRANCE else subdivision
    return Working(Week(tuple(map(tuple, spans))), place)


def longest_promise(authority: UUID) -> int:
    """In working hours, of all that the authority promises in those; what a week is tried by at least."""
    kinds = Category.objects.filter(authority_id=authority, working=True).aggregate(most=Max("hours"))["most"]
    others = Promise.objects.filter(authority_id=authority, working=True).aggregate(most=Max("hours"))["most"]
    return max(PROMISED, kinds or 0, others or 0)


def holds(hours: Working, promised: int, at: datetime) -> bool:
    """Whether a promise of so many hours ends at all, by such a week."""
    try:
        after(at, timedelta(hours=promised), hours.week, hours.closed)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Tried:
    """What a week makes of a promise: until when 48 working hours last from now, how much it works, the next holidays it keeps."""

    by: datetime
    hours: float
    holidays: tuple[date, ...]


def tried(hours: Working, at: datetime) -> Tried:
    """A week, looked at from a moment."""
    days = public_holidays(at, at + timedelta(days=366), subdivision=hours.subdivision)
    seconds = sum(
        (datetime.combine(date.min, span.closes) - datetime.combine(date.min, span.opens)).total_seconds()
        for spans in hours.week.days
        for span in spans
    )
    return Tried(
        after(at, timedelta(hours=PROMISED), hours.week, hours.closed),
        seconds / 3600,
        tuple(sorted(day for day in days if day >= at.date())[:SHOWN_HOLIDAYS]),
    )


def openings_of(authority: UUID) -> list[tuple[int, time, time]]:
    """The half days of an authority's week, as its form begins with them."""
    return [
        (day, span.opens, span.closes) for day, spans in enumerate(working_of(authority).week.days) for span in spans
    ]


def new_openings(week: WorkingWeek, openings: Sequence[tuple[int, time, time]]) -> list[Opening]:
    """Rows of half days, not written yet."""
    return [
        Opening(week=week, authority_id=week.authority_id, day=day, opens=opens, closes=closes)
        for day, opens, closes in openings
    ]
