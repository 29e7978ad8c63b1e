"""Who would be told of an alert, now or at a moment to come: step by step, by which way, before it happens."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET

from beffroi.kernel.alerts.forms.audiences import ForesightForm
from beffroi.kernel.alerts.queries.audiences import (
    READERS,
    conventions_of,
    nameable_organisations,
    organisations_to_choose,
    rung_in_words,
)
from beffroi.kernel.alerts.queries.ways import foreseen
from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of

NAMES = 50


@require_GET
def foresight(request: HttpRequest, authority: UUID, kind: str) -> HttpResponse:
    """One kind of alert, at a moment, in an authority."""
    viewer = viewer_of(request)
    known = ALERT_KINDS.get(kind)
    if known is None or authority not in viewer.authorities(*READERS):
        raise Hidden
    form = _form(request, viewer, authority)
    right = form.is_valid()
    at = form.cleaned_data["at"] if right else viewer.as_of
    organisation = form.chosen("organisation") if right else None
    steps = foreseen(
        authority=authority,
        kind=kind,
        urgency=known.urgency,
        convention=form.chosen("convention") if right else None,
        firms=[organisation] if organisation else [],
        at=at,
        known=nameable_organisations(viewer, authority),
        most=NAMES,
    )
    context = {
        "kind": known,
        "form": form,
        "at": at,
        "steps": [(step, rung_in_words(step.rung), step.at - at) for step in steps],
    }
    return render(request, "alerts/foresight.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, viewer: Viewer, authority: UUID) -> ForesightForm:
    """What was asked; this moment when nothing was."""
    asked = {**request.GET.dict(), "at": request.GET.get("at") or localtime(viewer.as_of).strftime("%Y-%m-%dT%H:%M")}
    return ForesightForm(
        asked,
        conventions=conventions_of(authority, viewer.as_of),
        organisations=organisations_to_choose(authority, viewer.as_of),
    )
