"""Places that are added to a round that is made: from the shortlist of whoever leads it, or by what a report is called."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.rounds import add_stops, order_stops
from beffroi.systems.reports.forms.rounds import AddForm
from beffroi.systems.reports.models import Round
from beffroi.systems.reports.pages.rounds import led, row_address
from beffroi.systems.reports.pages.stops import drawn
from beffroi.systems.reports.queries.rounds import best_order, course, covered_on


@require_POST
def report_round_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """They come into the short order, the first and the last that were fixed stay where they are."""
    viewer = viewer_of(request)
    row = led(viewer, pk)
    if row.dropped_at is not None:
        raise Hidden
    form = AddForm(request.POST, viewer=viewer, row=row, auto_id="add_%s")
    if not form.is_valid():
        return drawn(request, viewer, row, "", {"add": form})
    found = add_stops(round_=row, reports=form.chosen(), by=viewer.known_person, now=utc_now())
    _reordered(viewer, row)
    words = ngettext("%(n)s place is added, in a short order.", "%(n)s places are added, in a short order.", found)
    messages.success(request, words % {"n": found})
    return redirect(f"{row_address(row)}?order=1#places")


def _reordered(viewer: Viewer, row: Round) -> None:
    halts = course(row, covered_on(viewer, row)).halts
    order_stops(round_=row, stops=best_order(row, halts), by=viewer.known_person)
