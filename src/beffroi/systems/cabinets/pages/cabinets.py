"""Cabinets for the town and the operator's desk."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.queries.alerts import described, live_alerts_of
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.errors import DeviceError
from beffroi.kernel.devices.queries.devices import health
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.conventions import sees_several
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.kernel.territory.queries.organisations import visible_organisations
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.persistence.things import known_of
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock, set_ladder
from beffroi.systems.cabinets.errors import CabinetError
from beffroi.systems.cabinets.forms import CabinetForm, LadderForm, LockForm, SearchForm
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.queries.cabinets import cabinet, find_cabinets
from beffroi.systems.cabinets.queries.history import history
from beffroi.systems.cabinets.rules import SYSTEM, Ladder

A_HISTORY = 30


@require_GET
def cabinet_list(request: HttpRequest) -> HttpResponse:
    """Cabinets, found by what is written on them."""
    viewer = viewer_of(request)
    if not _concerned(viewer):
        raise Hidden
    form = SearchForm(request.GET)
    found = form.cleaned_data if form.is_valid() else {}
    rows = find_cabinets(
        viewer, text=found.get("q", "").strip(), ladder=found.get("ladder", ""), door=found.get("door", "")
    )
    page = page_of(request, rows)
    context = {
        "page": page,
        "form": form,
        "searching": any(found.values()),
        "several": sees_several(viewer),
        "may_add": bool(viewer.authorities(Role.ADMINISTRATOR)),
        "may_order": bool(viewer.organisations_as(Role.DISPATCHER)),
    }
    return render(request, "cabinets/list.html", context)


@require_GET
def cabinet_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One cabinet: its door, its lock, its history."""
    viewer = viewer_of(request)
    row = _cabinet(viewer, pk)
    page, lines = history(viewer, row, number=request.GET.get("page"), size=A_HISTORY)
    heard = health(viewer, authority=row.authority_id, devices=[row.lock_id]) if row.lock_id else {}
    context = {
        "cabinet": row,
        "health": heard.get(row.lock_id) if row.lock_id else None,
        "page": page,
        "lines": lines,
        "alerts": described(viewer, live_alerts_of(viewer, resource=row.pk)).values(),
        "known": known_of(viewer, row.pk),
        "address": request.build_absolute_uri(reverse("door", args=[row.code])),
        "ladder_form": LadderForm(initial={"ladder": row.ladder}),
        "lock_form": LockForm(),
        "may_set": row.authority_id in viewer.authorities(Role.ADMINISTRATOR),
        "may_order": bool(viewer.organisations_as(Role.DISPATCHER)) and row.lock_id is not None,
    }
    return render(request, "cabinets/cabinet.html", context)


@require_GET
def sticker(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The sticker of a cabinet, to print: its QR, its reference, its code to type."""
    row = _cabinet(viewer_of(request), pk)
    return render(
        request,
        "cabinets/sticker.html",
        {"cabinet": row, "address": request.build_absolute_uri(reverse("door", args=[row.code]))},
    )


@require_http_methods(["GET", "POST"])
def cabinet_add(request: HttpRequest) -> HttpResponse:
    """Write a cabinet down."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    operators = visible_organisations(viewer).exclude(pk__in=viewer.organisations)
    form = CabinetForm(request.POST or None, authorities=authorities, operators=operators)
    if request.method == "POST" and form.is_valid():
        data = {**form.cleaned_data, "operator": UUID(form.cleaned_data["operator"])}
        data.pop("of", None)
        try:
            row = add_cabinet(authority=form.authority(), by=viewer.person, now=utc_now(), **data)
        except CabinetError as error:
            form.add_error("reference", str(error.message))
        else:
            messages.success(request, _("The cabinet is written down. Fit its lock next."))
            return redirect("cabinet", pk=row.pk)
    return render(request, "cabinets/cabinet_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def ladder(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a cabinet up or down the ladder."""
    viewer = viewer_of(request)
    row = _cabinet(viewer, pk)
    if row.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    form = LadderForm(request.POST)
    if form.is_valid():
        try:
            set_ladder(cabinet=row, ladder=Ladder(form.cleaned_data["ladder"]), by=viewer.person, now=utc_now())
            messages.success(request, _("The ladder is set."))
        except CabinetError as error:
            messages.error(request, str(error.message))
    return redirect("cabinet", pk=pk)


@require_POST
def lock(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Register a lock by the request it wrote, and fit it to the cabinet."""
    viewer = viewer_of(request)
    row = _cabinet(viewer, pk)
    if row.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    form = LockForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form["request"].errors))
        return redirect("cabinet", pk=pk)
    try:
        install_lock(
            cabinet=row,
            request=form.cleaned_data["request"],
            conventions=grants.conventions_with(viewer, partner=row.operator_id, system=SYSTEM),
            by=viewer.person,
            now=utc_now(),
        )
    except DeviceError as error:
        messages.error(request, str(error.message))
        return redirect("cabinet", pk=pk)
    messages.success(request, _("The lock is registered. Its file is ready in a few seconds."))
    return redirect("cabinet", pk=pk)


@require_POST
def lock_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The commissioning file of a cabinet's lock: its certificate, its roots, its access to the broker."""
    viewer = viewer_of(request)
    row = _cabinet(viewer, pk)
    if row.authority_id not in viewer.authorities(Role.ADMINISTRATOR) or row.lock is None:
        raise Hidden
    try:
        document = put_in_service(
            device=row.lock.pk,
            home=settings.BEFFROI_HOME,
            broker_url=settings.BEFFROI_BROKER_URL,
            by=viewer.person,
            now=utc_now(),
        )
    except DeviceError as error:
        messages.error(request, str(error.message))
        return redirect("cabinet", pk=pk)
    response = JsonResponse(document)
    response["Content-Disposition"] = f'attachment; filename="{row.code}.json"'
    return response


def _concerned(viewer: Viewer) -> bool:
    return bool(viewer.authorities() or (viewer.conventions and viewer.organisations_as(Role.DISPATCHER)))


def _cabinet(viewer: Viewer, pk: UUID) -> Cabinet:
    row = cabinet(viewer, pk)
    if row is None:
        raise Hidden
    return row
