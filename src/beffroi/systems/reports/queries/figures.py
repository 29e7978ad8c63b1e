"""Figures of an authority's reports over a period, counted by the database: of kinds of faults and organisations, never of a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from beffroi.kernel.grants.queries import is_switched_on, visible_conventions
from beffroi.lib.charts import Chart, Series
from beffroi.lib.periods import Period
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.periods import MOST_NAMES, Median, NineInTen, bar_days, bar_unit, lying, over_time
from beffroi.systems.reports.models import PRIORITY_LABELS, SOURCE_LABELS, STAGE_LABELS, Report
from beffroi.systems.reports.queries.delays import COUNTED
from beffroi.systems.reports.queries.reports import READING, in_hand
from beffroi.systems.reports.rules import SYSTEM, Stage

# How long a kind of fault takes is said of no fewer reports: one alone would be somebody's.
LEAST: Final = 5
OVER: Final = Q(stage__in=(Stage.DONE.value, Stage.DECLINED.value))
OPEN: Final = Q(closed_at__isnull=True)
IN_TIME: Final = Q(closed_at__lt=F("due_at"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: the reports that a viewer reads in an authority, over a period. One that was joined to another counts there; what
    was promised of one that was joined to a closed one is its own.
    """

    viewer: Viewer
    authority: UUID
    period: Period

    @property
    def whole(self) -> bool:
        """Whether the viewer serves the authority: a partner's desk sees what was handed to it."""
        return self.authority in self.viewer.authorities(*READING)

    @property
    def every(self) -> QuerySet[Report]:
        """Whenever they came."""
        return self._read.exclude(stage=Stage.MERGED.value)

    @property
    def _read(self) -> QuerySet[Report]:
        read = Q() if self.whole else in_hand(self.viewer)
        return Report.objects.filter(read, authority_id=self.authority).order_by()

    @property
    def came(self) -> QuerySet[Report]:
        """Reported in the period."""
        return self.every.filter(since__gte=self.period.begins, since__lt=self.period.ends)

    @property
    def closed(self) -> QuerySet[Report]:
        """Done or declined in the period."""
        return self.every.filter(OVER, closed_at__gte=self.period.begins, closed_at__lt=self.period.ends)

    @property
    def judged(self) -> QuerySet[Report]:
        """Whose time ended in the period, up to now: handled by then, or not."""
        until = min(self.period.ends, self.viewer.as_of)
        return self._read.filter(COUNTED, due_at__gte=self.period.begins, due_at__lt=until)


def figured(viewer: Viewer) -> frozenset[UUID]:
    """Authorities whose figures a viewer reads: those they serve, and those whose convention on reports binds the desk they hold."""
    desks = viewer.organisations_as(Role.DISPATCHER)
    bound = visible_conventions(viewer).filter(pk__in=viewer.conventions, system=SYSTEM, partner_id__in=desks)
    found = viewer.authorities(*READING) | frozenset(bound.order_by().values_list("authority_id", flat=True))
    return frozenset(one for one in found if is_switched_on(authority=one, system=SYSTEM))


def totals(scope: Scope) -> dict[str, int]:
    """What stands above the charts."""
    now = scope.viewer.as_of
    judged = scope.judged.aggregate(promised=Count("pk"), kept=Count("pk", filter=IN_TIME))
    today = scope.every.filter(OPEN).aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now)))
    return {
        "came": scope.came.count(),
        "closed": scope.closed.count(),
        "share": round(100 * judged["kept"] / judged["promised"]) if judged["promised"] else -1,
        **today,
    }


def came_chart(scope: Scope) -> Chart:
    """Reports over time, and how many of those are handled by now."""
    counts = over_time(scope.period, scope.came, "since", {"over": ~OPEN, "open": OPEN})
    return Chart(
        "came",
        _("Reports by day they came"),
        _("From"),
        bar_days(scope.period),
        (Series(_("handled by now"), counts["over"]), Series(_("still open"), counts["open"])),
        unit=bar_unit(scope.period),
    )


def categories_chart(scope: Scope) -> Chart:
    """What was reported."""
    rows = scope.came.values(name=F("category__label")).annotate(n=Count("pk")).order_by("-n", "name")
    found = [(row["name"], row["n"]) for row in rows[:MOST_NAMES]]
    return lying("categories", _("Reports by kind of fault"), _("Kind of fault"), found, _("reports"))


def stages_chart(scope: Scope) -> Chart:
    """How far those of the period are."""
    counts = dict(scope.came.values_list("stage").annotate(n=Count("pk")).order_by("stage"))
    found = [(str(label), counts.get(stage, 0)) for stage, label in STAGE_LABELS if stage != Stage.MERGED]
    return lying("stages", _("How far they are"), _("Stage"), found, _("reports"))


def priorities_chart(scope: Scope) -> Chart:
    """How urgent those of the period are."""
    counts = dict(scope.came.values_list("priority").annotate(n=Count("pk")).order_by("priority"))
    found = [(str(label), counts.get(priority, 0)) for priority, label in PRIORITY_LABELS]
    return lying("priorities", _("Reports by priority"), _("Priority"), found, _("reports"))


def kept_chart(scope: Scope) -> Chart:
    """Promises kept, by kind of fault."""
    rows = (
        scope.judged.values(name=F("category__label"))
        .annotate(promised=Count("pk"), kept=Count("pk", filter=IN_TIME))
        .order_by("-promised", "name")[:MOST_NAMES]
    )
    found = [(row["name"], row["kept"], row["promised"] - row["kept"]) for row in rows]
    return Chart(
        "kept",
        _("Handled within the promised time, by kind of fault"),
        _("Kind of fault"),
        tuple(name for name, _kept, _late in found),
        (
            Series(_("in time"), tuple(kept for _name, kept, _late in found)),
            Series(_("late"), tuple(late for _name, _kept, late in found)),
        ),
        lying=True,
        note=_("Of those whose time ended in the period; the first clock goes on when a report is opened again."),
    )


def median_chart(scope: Scope) -> Chart:
    """The middle one of how long they took, by kind of fault."""
    return _delays(scope, "median", _("Hours until handled: the middle one"), Median)


def longest_chart(scope: Scope) -> Chart:
    """How long nine in ten took at most, by kind of fault."""
    return _delays(scope, "nine-in-ten", _("Hours until handled: nine in ten within"), NineInTen)


def organisations_chart(scope: Scope) -> Chart:
    """Those of the period by who has them in charge."""
    rows = (
        scope.came.values(name=F("organisation__name"))
        .annotate(kept=Count("pk", filter=IN_TIME), over=Count("pk", filter=OVER), open=Count("pk", filter=OPEN))
        .order_by("-over", "-open", "name")[:MOST_NAMES]
    )
    found = [(row["name"], row["kept"], row["over"] - row["kept"], row["open"]) for row in rows]
    return Chart(
        "organisations",
        _("By organisation in charge"),
        _("Organisation"),
        tuple(line[0] for line in found),
        (
            Series(_("handled in time"), tuple(line[1] for line in found)),
            Series(_("handled late"), tuple(line[2] for line in found)),
            Series(_("still open"), tuple(line[3] for line in found)),
        ),
        lying=True,
    )


def sources_chart(scope: Scope) -> Chart:
    """How those of the period came."""
    counts = dict(scope.came.values_list("source").annotate(n=Count("pk")).order_by("source"))
    found = [(str(label), counts[source]) for source, label in SOURCE_LABELS if source in counts]
    return lying("sources", _("How they came"), _("Way"), found, _("reports"))


def waiting_chart(scope: Scope) -> Chart:
    """What is open today, in time or late already."""
    late = Q(due_at__lte=scope.viewer.as_of)
    rows = (
        scope.every.filter(OPEN)
        .values(name=F("category__label"))
        .annotate(late=Count("pk", filter=late), every=Count("pk"))
        .order_by("-every", "name")[:MOST_NAMES]
    )
    found = [(row["name"], row["every"] - row["late"], row["late"]) for row in rows]
    return Chart(
        "waiting",
        _("Open today"),
        _("Kind of fault"),
        tuple(name for name, _fresh, _late in found),
        (
            Series(_("within their time"), tuple(fresh for _name, fresh, _late in found)),
            Series(_("late"), tuple(late for _name, _fresh, late in found)),
        ),
        lying=True,
    )


CHARTS: Final[Mapping[str, Callable[[Scope], Chart]]] = {
    "came": came_chart,
    "categories": categories_chart,
    "stages": stages_chart,
    "priorities": priorities_chart,
    "kept": kept_chart,
    "median": median_chart,
    "nine-in-ten": longest_chart,
    "organisations": organisations_chart,
    "sources": sources_chart,
    "waiting": waiting_chart,
}


def _delays(scope: Scope, code: str, title: str, middle: type[Median]) -> Chart:
    rows = (
        scope.closed.values(name=F("category__label"))
        .annotate(n=Count("pk"), took=middle(F("closed_at") - F("since")))
        .filter(n__gte=LEAST)
        .order_by("-n", "name")[:MOST_NAMES]
    )
    found = [(row["name"], _hours(row["took"])) for row in rows]
    return Chart(
        code,
        title,
        _("Kind of fault"),
        tuple(name for name, _took in found),
        (Series(_("hours"), tuple(took for _name, took in found)),),
        lying=True,
        note=_("By the calendar. Of fewer than %(least)s reports nothing is shown.") % {"least": LEAST},
    )


def _hours(took: timedelta) -> float:
    return round(took.total_seconds() / 3600, 1)
