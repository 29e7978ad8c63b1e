"""What an authority promises and who receives what, as its settings show it: rows, plain words, answers to "what if"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.formats import time_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.deadlines.rules import due
from beffroi.kernel.territory.queries.outlines import tree_of
from beffroi.lib.hours import PARIS
from beffroi.systems.reports.models import PRIORITY_LABELS, Category, Promise, Team, Way
from beffroi.systems.reports.queries.delays import promise_of
from beffroi.systems.reports.queries.reached import reach_of
from beffroi.systems.reports.queries.ways import Receivers
from beffroi.systems.reports.queries.words import lasting_words
from beffroi.systems.reports.rules import way_for

DAYS = (
    ("0", gettext_lazy("Monday")),
    ("1", gettext_lazy("Tuesday")),
    ("2", gettext_lazy("Wednesday")),
    ("3", gettext_lazy("Thursday")),
    ("4", gettext_lazy("Friday")),
    ("5", gettext_lazy("Saturday")),
    ("6", gettext_lazy("Sunday")),
)
WHOLE_WEEK = "0123456"
Lasts = tuple[int, bool]  # hours, whether working ones only


def kept_categories(authority: UUID) -> QuerySet[Category]:
    """All of its kinds of faults, those that take no report any more last."""
    rows = Category.objects.filter(authority_id=authority).prefetch_related("promises")
    return rows.order_by(F("retired_at").asc(nulls_first=True), "group", "order", "label")


def category_of(authority: UUID, pk: UUID) -> Category | None:
    """One of them."""
    return kept_categories(authority).filter(pk=pk).first()


def code_for(authority: UUID, label: str) -> str:
    """A code that no other category of the authority has."""
    stem = slugify(label)[:34].strip("-") or "kind"
    taken = set(Category.objects.filter(authority_id=authority).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if code not in taken)


def promises_of(category: Category) -> dict[int, Lasts]:
    """What it promises at some priorities otherwise than usually."""
    rows = Promise.objects.filter(category=category).order_by("priority")
    return {row.priority: (row.hours, row.working) for row in rows}


def teams_of(authority: UUID) -> QuerySet[Team]:
    """Its teams, whose organisation is told beside, those that are given up last."""
    rows = Team.objects.filter(authority_id=authority).select_related("organisation")
    return rows.order_by(F("retired_at").asc(nulls_first=True), "organisation__name", "name")


def kept_ways(authority: UUID) -> QuerySet[Way]:
    """Its ways, the most particular first."""
    rows = Way.objects.filter(authority_id=authority).select_related("category", "territory", "organisation", "team")
    return rows.order_by("category__group", "category__label", "territory__name", "order", "id")


def places_of_tree(authority: UUID) -> list[tuple[str, str]]:
    """Its places by their identifiers, each under the one it lies in."""
    return [(str(one.territory.pk), f"{'– ' * one.depth}{one.territory.name}") for one in tree_of(authority)]


def within(authority: UUID, territory: UUID | None) -> list[UUID]:
    """A place and those that it lies in, the smallest first."""
    above = {one.territory.pk: one.territory.parent_id for one in tree_of(authority)}
    found: list[UUID] = []
    at = territory
    while at in above and at not in found:
        found.append(at)
        at = above[at]
    return found


@dataclass(frozen=True, slots=True)
class Promised:
    """What holds at a priority: in words, and until when if it were reported at that moment; `own`: otherwise than usually."""

    priority: int
    label: str
    lasting: str
    by: datetime
    own: bool


def promised(authority: UUID, usual: Lasts, others: Mapping[int, Lasts], at: datetime) -> list[Promised]:
    """What holds at each priority for what is reported at that moment."""
    found = []
    for priority, label in PRIORITY_LABELS:
        hours, working = others.get(priority, usual)
        lasts = promise_of(authority=authority, since=at, hours=hours, working=working)
        by = due(since=at, promise=lasts, pace=settings.BEFFROI_PACE)
        found.append(Promised(priority, str(label), lasting_words(hours, working=working), by, priority in others))
    return found


def when_words(days: str, starts: time | None, ends: time | None) -> str:
    """On which days, at which hours."""
    names = dict(DAYS)
    if not days or set(days) == set(WHOLE_WEEK):
        on = _("every day")
    elif days == "01234":
        on = _("on weekdays")
    elif days == "56":
        on = _("at weekends")
    else:
        on = ", ".join(str(names[day]).lower() for day in sorted(days))
    if not starts or not ends:
        if not days:
            return _("at any time")
        return _("%(days)s, at any hour") % {"days": on}
    return _("%(days)s, from %(starts)s until %(ends)s") % {
        "days": on,
        "starts": time_format(starts, "H:i"),
        "ends": time_format(ends, "H:i"),
    }


def way_words(way: Way) -> str:
    """What a way takes, in one sentence."""
    kind = way.category.label if way.category else _("Any kind of fault")
    place = way.territory.name if way.territory else _("anywhere")
    return _("%(kind)s, %(place)s, %(when)s") % {
        "kind": kind,
        "place": place,
        "when": when_words(way.days, way.starts, way.ends),
    }


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who would receive a report, by which way (none: what nothing else takes); `shut`: whose line is passed over, for want of a
    convention; `untold`: there is neither a desk nor an address nor a server.
    """

    organisation: str
    team: str
    way: str
    shut: str
    untold: bool = False


def receiver_in_words(
    authority: UUID, *, own: Sequence[tuple[UUID, str]], category: UUID, territory: UUID | None, at: datetime
) -> Receiver:
    """Who would receive a report of that kind, there and then. `own`: the authority's organisation first, then its services."""
    receivers, places = Receivers(authority, at), within(authority, territory)
    first = way_for(receivers.ways, category=category, territories=places, at=at.astimezone(PARIS))
    taken = receivers.of(category, places)
    shut = receivers.rows[first.id].organisation.name if first and (taken is None or taken.pk != first.id) else ""
    row = kept_ways(authority).filter(pk=taken.pk).first() if taken else None
    if row is None:
        return Receiver(own[0][1], "", "", shut)
    untold = bool(reach_of(authority, [row.organisation_id], at).untold([row]))
    return Receiver(row.organisation.name, row.team.name if row.team else "", way_words(row), shut, untold)
