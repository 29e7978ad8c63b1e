"""Things that reports are about: those around a place for whoever reports, their own pages, and the authority's list of them."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.queries.audiences import organisations_to_choose
from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.layers import A_HAND
from beffroi.persistence.listing import page_of
from beffroi.persistence.things import Standing, box_of, known_of
from beffroi.systems.reports.actions.assets import keep_asset, retire_asset
from beffroi.systems.reports.forms.settings import explain
from beffroi.systems.reports.forms.things import ThingForm, ThingSearchForm, thing_values
from beffroi.systems.reports.models import Asset
from beffroi.systems.reports.queries.things import around, called, kept_assets, visible_assets
from beffroi.systems.reports.rules import SYSTEM

GEOJSON = "application/geo+json"
# A lamp doesn't walk: whoever moves the map to and fro asks once.
KEPT = 300


@login_not_required
@for_another
@require_GET
def report_things(request: HttpRequest, slug: str) -> HttpResponse:
    """What stands in a few streets and can be picked: where, of which kind, what is painted on it; nothing else (204) for no such place."""
    authority, viewer = authority_at(slug), viewer_of(request)
    if authority is None or not is_switched_on(authority=authority.pk, system=SYSTEM):
        raise Hidden
    box = box_of(request.GET)
    if box is None:
        return HttpResponse(status=204)
    found = around(viewer, authority.pk, box)
    answer = JsonResponse(
        {"type": "FeatureCollection", "features": [_feature(one) for one in found]}, content_type=GEOJSON
    )
    answer["Cache-Control"] = f"private, max-age={KEPT}"
    return answer


@require_GET
def thing_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A thing of the street, with what was reported of it."""
    viewer = viewer_of(request)
    row = visible_assets(viewer).filter(pk=pk).first()
    if row is None or not is_switched_on(authority=row.authority_id, system=SYSTEM):
        raise Hidden
    context = {
        "thing": row,
        "called": called(row),
        "known": known_of(viewer, row.pk),
        "may_set": row.authority_id in viewer.authorities(Role.ADMINISTRATOR),
    }
    return render(request, "reports/thing.html", context)


@require_http_methods(["GET", "POST"])
def thing_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's things of the street, and a form for another one."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = _form(request, viewer, authority.pk, {"owner": str(authority.organisation_id)})
    if request.method == "POST" and form.is_valid():
        row = form.written(Asset(pk=uuid4(), authority_id=authority.pk, added_at=utc_now()))
        if _kept(viewer, form, row):
            messages.success(request, _("It is written down: whoever reports a fault of it can pick it."))
            return redirect("report-asset-list", slug=slug)
    search = ThingSearchForm(request.GET)
    rows = kept_assets(authority.pk)
    if search.is_valid():
        text, kind = search.cleaned_data["q"].strip(), search.cleaned_data["kind"]
        rows = rows.filter(Q(number__icontains=text) | Q(address__icontains=text)) if text else rows
        rows = rows.filter(kind=kind) if kind else rows
    context = {
        "desk": authority,
        "page": page_of(request, rows),
        "form": form,
        "search": search,
        "searching": search.is_valid() and any(search.cleaned_data.values()),
    }
    return render(request, "reports/settings_things.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def thing_change(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One of them."""
    viewer = viewer_of(request)
    row = _asset(viewer, slug, pk)
    form = _form(request, viewer, row.authority_id, thing_values(row))
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, form.written(row)):
        messages.success(request, _("Saved."))
        return redirect("report-asset-list", slug=slug)
    kept = _asset(viewer, slug, pk)
    context = {"desk": administered(viewer, slug), "thing": kept, "called": called(kept), "form": form}
    return render(request, "reports/settings_thing.html", context, status=422 if form.errors else 200)


@require_POST
def thing_retire(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """It was taken down, or stands again."""
    viewer = viewer_of(request)
    row = _asset(viewer, slug, pk)
    retired = "again" not in request.POST
    retire_asset(asset=row, retired=retired, by=viewer.known_person, now=utc_now())
    said = _("It can’t be picked any more; what was reported of it stays.") if retired else _("It can be picked again.")
    messages.success(request, said)
    return redirect("report-asset-list", slug=slug)


def _feature(one: Standing) -> dict[str, object]:
    where = {"type": "Point", "coordinates": [round(one.longitude, A_HAND), round(one.latitude, A_HAND)]}
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": one.line} if one.line else where,
        "properties": {"id": str(one.id), "kind": one.kind, "label": one.label},
    }


def _asset(viewer: Viewer, slug: str, pk: UUID) -> Asset:
    row = kept_assets(administered(viewer, slug).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _form(request: HttpRequest, viewer: Viewer, authority: UUID, kept: dict[str, object]) -> ThingForm:
    rows = organisations_to_choose(authority, viewer.as_of)
    return ThingForm(request.POST or None, initial=kept, organisations=rows)


def _kept(viewer: Viewer, form: ThingForm, row: Asset) -> bool:
    try:
        keep_asset(asset=row, by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        explain(error, form)
        return False
    return True
