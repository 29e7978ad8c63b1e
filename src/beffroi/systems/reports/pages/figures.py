"""Figures of reports: a page of charts with their tables, a CSV each, the whole as a PDF."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from beffroi.kernel.territory.pages.desks import bare
from beffroi.kernel.territory.queries.authorities import authorities_among, authority_at
from beffroi.lib.periods import Period
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.periods import asked_period, offered_periods, table_lines
from beffroi.persistence.spreadsheets import spreadsheet
from beffroi.systems.reports.queries.figures import CHARTS, Scope, figured, totals


@require_GET
def figures_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Charts of a period, which the address says."""
    viewer = viewer_of(request)
    form, period = asked_period(request, viewer.as_of)
    scope = _scope(viewer, slug, period)
    query = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    charts = [
        (chart(scope), reverse("report-figures-file", args=[slug, code], query=query)) for code, chart in CHARTS.items()
    ]
    context = {
        "shown": authority_at(slug),
        "whole": scope.whole,
        "form": form,
        "period": period,
        "offered": offered_periods(viewer.as_of),
        "totals": totals(scope),
        "charts": charts,
    }
    return render(request, "reports/figures.html", context, status=422 if form.errors else 200)


@require_GET
def figures_file(request: HttpRequest, slug: str, figure: str) -> HttpResponse:
    """One chart's table, for a spreadsheet."""
    viewer = viewer_of(request)
    _form, period = asked_period(request, viewer.as_of)
    scope = _scope(viewer, slug, period)
    if figure not in CHARTS:
        raise Hidden
    return spreadsheet(table_lines(CHARTS[figure](scope)), f"{slug}-{figure}-{period.first}-{period.last}.csv")


def _scope(viewer: Viewer, slug: str, period: Period) -> Scope:
    authority = authority_at(slug)
    if authority is None or authority.pk not in figured(viewer):
        raise Hidden
    return Scope(viewer, authority.pk, period)


# Those of the one authority whose figures the viewer reads, or which they are.
figures_of_mine = bare("report-figures", lambda viewer: authorities_among(figured(viewer)))
