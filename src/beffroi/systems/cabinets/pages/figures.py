"""Figures of cabinets: a page of charts with their tables, a CSV each, the whole as a PDF."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from beffroi.kernel.grants.queries import visible_conventions
from beffroi.kernel.territory.pages.desks import bare
from beffroi.kernel.territory.queries.authorities import authorities_among, authority_at
from beffroi.lib.periods import Period
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.periods import asked_period, offered_periods, table_lines
from beffroi.persistence.spreadsheets import spreadsheet
from beffroi.systems.cabinets.queries.cabinets import desk_conventions
from beffroi.systems.cabinets.queries.figures import CHARTS, Scope, chart_codes, totals


@require_GET
def figures_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Charts of a period, which the address says."""
    viewer = viewer_of(request)
    form, period = asked_period(request, viewer.as_of)
    scope = _scope(viewer, slug, period)
    query = {"first": scope.period.first.isoformat(), "last": scope.period.last.isoformat()}
    charts = [
        (CHARTS[code](scope), reverse("cabinet-figures-file", args=[slug, code], query=query))
        for code in chart_codes(scope)
    ]
    context = {
        "shown": authority_at(slug),
        "whole": scope.whole,
        "form": form,
        "period": scope.period,
        "offered": offered_periods(viewer.as_of),
        "totals": totals(scope),
        "charts": charts,
    }
    return render(request, "cabinets/figures.html", context, status=422 if form.errors else 200)


@require_GET
def figures_file(request: HttpRequest, slug: str, chart: str) -> HttpResponse:
    """One chart's table, for a spreadsheet."""
    viewer = viewer_of(request)
    _form, period = asked_period(request, viewer.as_of)
    scope = _scope(viewer, slug, period)
    if chart not in chart_codes(scope):
        raise Hidden
    made = CHARTS[chart](scope)
    return spreadsheet(table_lines(made), f"{slug}-{chart}-{scope.period.first}-{scope.period.last}.csv")


def _authorities(viewer: Viewer) -> set[UUID]:
    """Those that the viewer serves, and those whose conventions in force bind the firm whose desk they hold."""
    desk = desk_conventions(viewer)
    bound = visible_conventions(viewer).filter(pk__in=desk).values_list("authority_id", flat=True)
    return {*viewer.authorities(), *bound}


def _scope(viewer: Viewer, slug: str, period: Period) -> Scope:
    """What is counted."""
    authority = authority_at(slug)
    if authority is None or authority.pk not in _authorities(viewer):
        raise Hidden
    return Scope(viewer, authority.pk, period)


# Those of the one authority that the viewer has, or which they are.
figures_of_mine = bare("cabinet-figures", lambda viewer: authorities_among(_authorities(viewer)))
