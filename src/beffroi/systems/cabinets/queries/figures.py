"""Figures of an authority's cabinets over a period, counted by the database: of cabinets and firms, never of a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Model, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from beffroi.kernel.alerts.queries.alerts import visible_alerts
from beffroi.kernel.deadlines.queries import kept_by_month
from beffroi.kernel.devices.rules import LOW_BATTERY
from beffroi.lib.charts import Chart, Series
from beffroi.lib.periods import Period
from beffroi.lib.viewer import Viewer
from beffroi.persistence.periods import MOST_NAMES, Median, bar_days, bar_unit, lying, over_time
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.queries.cabinets import MALICIOUS, visible_cabinets, visible_uses
from beffroi.systems.cabinets.queries.words import reason_words
from beffroi.systems.cabinets.rules import LEAST_ANSWERED, Alarm, Happening

MINUTES: Final = (5, 15, 30, 60)  # bounds of how long doors stood open


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: the viewer's cabinets in an authority, over a period."""

    viewer: Viewer
    authority: UUID
    period: Period

    @property
    def whole(self) -> bool:
        """Whether the viewer serves the authority: a partner's desk sees its own conventions' part."""
        return self.authority in self.viewer.authorities()

    @property
    def cabinets(self) -> QuerySet[Cabinet]:
        """Those that the viewer sees today."""
        return visible_cabinets(self.viewer).filter(authority_id=self.authority).order_by()

    @property
    def uses(self) -> QuerySet[Use]:
        """Openings and refusals that the viewer sees, in the period."""
        rows = visible_uses(self.viewer).filter(authority_id=self.authority, cabinet__in=self.cabinets.values("pk"))
        return rows.filter(at__gte=self.period.begins, at__lt=self.period.ends).order_by()

    @property
    def occurrences(self) -> QuerySet[Occurrence]:
        """What sensors told, begun in the period."""
        rows = Occurrence.objects.filter(authority_id=self.authority, cabinet__in=self.cabinets.values("pk"))
        return rows.filter(since__gte=self.period.begins, since__lt=self.period.ends).order_by()


def totals(scope: Scope) -> dict[str, int]:
    """What stands above the charts."""
    uses = scope.uses.aggregate(
        openings=Count("id", filter=Q(admitted=True)), refusals=Count("id", filter=Q(admitted=False))
    )
    told = scope.occurrences.aggregate(late=Count("id", filter=_late()), break_ins=Count("id", filter=MALICIOUS))
    return {"cabinets": scope.cabinets.count(), **uses, **told}


def uses_chart(scope: Scope) -> Chart:
    """Openings and refusals over time."""
    counts = over_time(scope.period, scope.uses, "at", {"openings": Q(admitted=True), "refusals": Q(admitted=False)})
    return Chart(
        "uses",
        _("Openings and refusals"),
        _("From"),
        bar_days(scope.period),
        (Series(_("openings"), counts["openings"]), Series(_("refusals"), counts["refusals"])),
        unit=bar_unit(scope.period),
    )


def reasons_chart(scope: Scope) -> Chart:
    """Why cabinets stayed shut."""
    rows = scope.uses.filter(admitted=False).values("reason").annotate(n=Count("id")).order_by("-n", "reason")
    found = [(reason_words(row["reason"]), row["n"]) for row in rows[:MOST_NAMES]]
    return lying("reasons", _("Refusals by reason"), _("Reason"), found, _("refusals"))


def firms_chart(scope: Scope) -> Chart:
    """Openings and refusals of each firm."""
    rows = (
        scope.uses.values(name=F("organisation__name"))
        .annotate(openings=Count("id", filter=Q(admitted=True)), refusals=Count("id", filter=Q(admitted=False)))
        .order_by("-openings", "-refusals", "name")[:MOST_NAMES]
    )
    found = [(row["name"] or _("nobody known"), row["openings"], row["refusals"]) for row in rows]
    return Chart(
        "firms",
        _("Openings and refusals by firm"),
        _("Firm"),
        tuple(name for name, _openings, _refusals in found),
        (
            Series(_("openings"), tuple(openings for _name, openings, _refusals in found)),
            Series(_("refusals"), tuple(refusals for _name, _openings, refusals in found)),
        ),
        lying=True,
    )


def open_chart(scope: Scope) -> Chart:
    """How long doors stood open, once they are shut."""
    lasted = F("ended_at") - F("since")
    bounds = [None, *(timedelta(minutes=minutes) for minutes in MINUTES), None]
    wanted = {}
    for at, (low, high) in enumerate(pairwise(bounds)):
        wanted[f"n{at}"] = Count(
            "id",
            filter=(Q(lasted__gte=low) if low else Q()) & (Q(lasted__lt=high) if high else Q(lasted__isnull=False)),
        )
    rows = scope.occurrences.filter(kind=Happening.OPEN.value, ended_at__isnull=False).annotate(lasted=lasted)
    counts = rows.aggregate(**wanted)
    names = [_("under %(minutes)s min") % {"minutes": MINUTES[0]}]
    names += [_("%(least)s to %(most)s min") % {"least": low, "most": high} for low, high in pairwise(MINUTES)]
    names.append(_("over %(minutes)s min") % {"minutes": MINUTES[-1]})
    found = [(name, counts[f"n{at}"]) for at, name in enumerate(names)]
    return lying("open", _("How long doors stood open"), _("Open for"), found, _("doors"))


def alarms_chart(scope: Scope) -> Chart:
    """Alerts over time, by kind."""
    kinds = {alarm.value: Q(kind=alarm.value) for alarm in Alarm}
    counts = over_time(scope.period, _alerts(scope), "raised_at", kinds)
    words = _alarm_words()
    series = tuple(Series(words[alarm], counts[alarm.value]) for alarm in Alarm)
    return Chart("alarms", _("Alerts"), _("From"), bar_days(scope.period), series, unit=bar_unit(scope.period))


def answers_chart(scope: Scope) -> Chart:
    """How soon somebody took an alert, and how soon it was over: the middle one of them; of a few, nothing is said."""
    rows = (
        _alerts(scope)
        .values("kind")
        .annotate(
            taken=Count("taken_at"),
            ended=Count("ended_at"),
            to_taken=Median(F("taken_at") - F("raised_at"), filter=Q(taken_at__isnull=False)),
            to_ended=Median(F("ended_at") - F("raised_at"), filter=Q(ended_at__isnull=False)),
        )
        .order_by("kind")
    )
    words = _alarm_words()
    found = [(words[Alarm(row["kind"])], row) for row in rows]
    return Chart(
        "answers",
        _("Minutes until an alert is taken, then over"),
        _("Alert"),
        tuple(name for name, _row in found),
        (
            Series(_("until taken"), tuple(_minutes(row["to_taken"], row["taken"]) for _name, row in found)),
            Series(_("until over"), tuple(_minutes(row["to_ended"], row["ended"]) for _name, row in found)),
        ),
        unit=_("median"),
        lying=True,
        note=_("Below %(least)s alerts nothing is shown: the figure would be somebody’s.") % {"least": LEAST_ANSWERED},
    )


def promises_chart(scope: Scope) -> Chart:
    """Doors shut within what was promised, month by month."""
    period = scope.period
    rows = kept_by_month(
        authority=scope.authority,
        kind=Alarm.OPEN.value,
        begins=period.begins,
        ends=min(period.ends, scope.viewer.as_of),
    )
    return Chart(
        "promises",
        _("Doors shut within 30 minutes"),
        _("Month"),
        tuple(date_format(month, "F Y") for month, _promised, _kept in rows),
        (
            Series(_("kept"), tuple(kept for _month, _promised, kept in rows)),
            Series(_("not kept"), tuple(promised - kept for _month, promised, kept in rows)),
        ),
        lying=True,
    )


def locks_chart(scope: Scope) -> Chart:
    """How locks are today."""
    counts = scope.cabinets.aggregate(
        well=Count("id", filter=Q(lock__condition__state="well")),
        late=Count("id", filter=Q(lock__condition__state="late")),
        down=Count("id", filter=Q(lock__condition__state="down")),
        weak=Count("id", filter=Q(lock__condition__battery__lte=LOW_BATTERY)),
        none=Count("id", filter=Q(lock__isnull=True)),
    )
    words = {
        "well": _("in order"),
        "late": _("late"),
        "down": _("silent"),
        "weak": _("battery nearly empty (%(percent)s%% or less)") % {"percent": LOW_BATTERY},
        "none": _("no lock yet"),
    }
    found = [(name, counts[code]) for code, name in words.items()]
    return lying("locks", _("Locks today"), _("State"), found, _("cabinets"))


CHARTS: Final[Mapping[str, Callable[[Scope], Chart]]] = {
    "uses": uses_chart,
    "reasons": reasons_chart,
    "firms": firms_chart,
    "open": open_chart,
    "alarms": alarms_chart,
    "answers": answers_chart,
    "promises": promises_chart,
    "locks": locks_chart,
}
# What is the authority's as a whole: a partner's desk sees only its own part.
OF_THE_WHOLE: Final = frozenset({"promises"})


def chart_codes(scope: Scope) -> list[str]:
    """The charts that the viewer has."""
    return [code for code in CHARTS if scope.whole or code not in OF_THE_WHOLE]


def _late() -> Q:
    return Q(kind=Happening.OPEN.value, due_at__isnull=False, ended_at__gte=F("due_at"))


def _alerts(scope: Scope) -> QuerySet[Model]:
    rows = visible_alerts(scope.viewer).filter(authority_id=scope.authority, kind__in=[alarm.value for alarm in Alarm])
    return rows.filter(raised_at__gte=scope.period.begins, raised_at__lt=scope.period.ends).order_by()


def _alarm_words() -> dict[Alarm, str]:
    return {Alarm.OPEN: _("left open"), Alarm.FORCED: _("break-in"), Alarm.LATCH: _("doesn’t lock")}


def _minutes(median: timedelta | None, count: int) -> float | None:
    return None if median is None or count < LEAST_ANSWERED else float(round(median.total_seconds() / 60))
