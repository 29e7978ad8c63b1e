"""The desk's queue: reports by the time they are promised for, found and chosen."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from beffroi.kernel.grants.queries.conventions import sees_several
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.forms.desk import SearchForm
from beffroi.systems.reports.pages.bulk import acts_of
from beffroi.systems.reports.queries.desk import (
    Wanted,
    categories_in,
    organisations_in,
    pictures,
    queue,
    unchecked,
    working,
)
from beffroi.systems.reports.queries.points import box_of
from beffroi.systems.reports.queries.words import time_left
from beffroi.systems.reports.registry import handles_reports

# What a page of 30 kB holds; one looks through a morning's reports, not a year's.
A_PAGE: Final = 25


@require_GET
def report_queue(request: HttpRequest) -> HttpResponse:
    """What waits, the most pressing first."""
    viewer = viewer_of(request)
    if not working(viewer):
        raise Hidden
    form, wanted = asked_for(request, viewer)
    page = page_of(request, queue(viewer, wanted), A_PAGE)
    rows = list(page)
    shown, waiting = pictures(viewer, rows), unchecked([row.pk for row in rows])
    context = {
        "page": page,
        "rows": [(row, time_left(row, viewer.as_of), shown.get(row.pk), row.pk in waiting) for row in rows],
        "form": form,
        "box": wanted.box,
        "searching": any(form.cleaned_data.values()) or wanted.box is not None,
        "several": sees_several(viewer),
        "handles": handles_reports(viewer),
        "acts": acts_of(viewer),
        "at_town": bool(viewer.authorities()),
    }
    return render(request, "reports/queue.html", context)


def asked_for(request: HttpRequest, viewer: Viewer) -> tuple[SearchForm, Wanted]:
    """The filters in force, and what they narrow the queue to."""
    form = SearchForm(request.GET, categories=categories_in(viewer), organisations=organisations_in(viewer))
    form.is_valid()
    data = form.cleaned_data
    return form, Wanted(
        text=data.get("q", "").strip(),
        whose=data.get("whose", ""),
        stage=data.get("stage", ""),
        category=data.get("category", ""),
        organisation=data.get("organisation", ""),
        late=data.get("late", False),
        check=data.get("check", False),
        box=box_of(request.GET.get("box", "")),
    )
