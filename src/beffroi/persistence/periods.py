"""Figures over a period that an address says: its form, its counts by bar, what their charts share. Callers scope what is counted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django import forms
from django.db.models import Aggregate, Count, DurationField, Model, Q, QuerySet
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.lib.charts import Chart, Series
from beffroi.lib.periods import LONGEST_PERIOD, ZONE, Period
from beffroi.persistence.days import day_field

USUAL: Final = 30  # days
OFFERED: Final = (7, 30, 90, 365)
MOST_NAMES: Final = 12
TRUNCATE: Final = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}


class PeriodForm(forms.Form):
    """The days that figures are counted over."""

    first = day_field(gettext_lazy("From"))
    last = day_field(gettext_lazy("Until"))

    def clean(self) -> dict[str, object]:
        """A period that has a length, and isn't longer than is counted."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if isinstance(first, date) and isinstance(last, date):
            if last < first:
                self.add_error("last", _("The end comes before the beginning."))
            elif (last - first).days >= LONGEST_PERIOD:
                self.add_error("first", _("%(days)s days at most: begin later.") % {"days": LONGEST_PERIOD})
        return data


def asked_period(request: HttpRequest, as_of: datetime) -> tuple[PeriodForm, Period]:
    """The form as the address fills it in, and its period; one that can't be is the usual one, and the form says why."""
    today = localtime(as_of, ZONE).date()
    usual = Period(today - timedelta(days=USUAL - 1), today)
    asked = {name: request.GET[name] for name in ("first", "last") if name in request.GET}
    form = PeriodForm({"first": usual.first, "last": usual.last, **asked})
    if form.is_valid():
        return form, Period(form.cleaned_data["first"], form.cleaned_data["last"])
    return form, usual


def offered_periods(as_of: datetime) -> list[tuple[int, date, date]]:
    """Periods that end today: how many days, from, until."""
    today = localtime(as_of, ZONE).date()
    return [(days, today - timedelta(days=days - 1), today) for days in OFFERED]


class Median(Aggregate):
    """The middle one of some durations."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


class NineInTen(Median):
    """The duration that nine in ten of some stay within."""

    template = "%(function)s(0.9) WITHIN GROUP (ORDER BY %(expressions)s)"


def over_time(
    period: Period, rows: QuerySet[Model], moment: str, wanted: Mapping[str, Q]
) -> dict[str, tuple[int, ...]]:
    """Counts by bar of the period, zeros among them."""
    counted = (
        rows.annotate(bucket=TRUNCATE[period.unit](moment, tzinfo=ZONE))
        .values("bucket")
        .annotate(**{name.replace(".", "_"): Count("pk", filter=which) for name, which in wanted.items()})
        .order_by("bucket")
    )
    found: dict[date, Mapping[str, int]] = {row["bucket"].date(): row for row in counted}
    return {
        name: tuple(int(found.get(day, {}).get(name.replace(".", "_"), 0)) for day in period.buckets) for name in wanted
    }


def bar_days(period: Period) -> tuple[str, ...]:
    """What stands under each bar."""
    style = {"day": "j N", "week": "j N", "month": "N Y"}[period.unit]
    return tuple(date_format(max(day, period.first), style) for day in period.buckets)


def bar_unit(period: Period) -> str:
    """What a bar stands for, in words."""
    return {"day": _("a day"), "week": _("a week"), "month": _("a month")}[period.unit]


def lying(code: str, title: str, label: str, found: Sequence[tuple[str, int]], counted: str) -> Chart:
    """Lying bars of one thing that is counted, by names."""
    names, counts = tuple(name for name, _count in found), tuple(count for _name, count in found)
    return Chart(code, title, label, names, (Series(counted, counts),), lying=True)


def table_lines(chart: Chart) -> list[list[object]]:
    """A chart's table for a spreadsheet, headings first, as the town's spreadsheets write figures."""
    lines: list[list[object]] = [[chart.label, *(series.name for series in chart.series)]]
    return lines + [[label, *map(_figure, values)] for label, values in chart.rows]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}".replace(".", ",")
