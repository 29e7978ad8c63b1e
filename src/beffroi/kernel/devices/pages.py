"""How devices are: the list, one device, and what it is told."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.alerts.queries.alerts import described, live_alerts_of
from beffroi.kernel.devices.actions.commands import command_device
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.errors import DeviceError
from beffroi.kernel.devices.forms import AgainForm, SearchForm
from beffroi.kernel.devices.models import Device, DeviceState
from beffroi.kernel.devices.queries.health import (
    commands_of,
    concerned,
    device_seen,
    find_devices,
    holes_of,
    lines,
    listening_since,
    refused_of,
    refused_of_nobody,
    tally,
)
from beffroi.kernel.devices.queries.sources import sources_state
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.retiring import RetireForm
from beffroi.protocol.v1.messages import REPORT, SEND_EVENTS

A_PAGE = 50


@require_GET
def device_list(request: HttpRequest) -> HttpResponse:
    """All devices, the worst first."""
    viewer = viewer_of(request)
    if not concerned(viewer):
        raise Hidden
    form = SearchForm(request.GET)
    found = form.cleaned_data if form.is_valid() else {}
    rows = find_devices(viewer, text=found.get("q", "").strip(), state=found.get("state", ""))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines(page, viewer.as_of),
        "tally": tally(viewer),
        "form": form,
        "searching": any(found.values()),
        "several": len(viewer.authorities(Role.ADMINISTRATOR, Role.AGENT)) > 1,
        "listening": listening_since(viewer.as_of) is not None,
        "strangers": refused_of_nobody(viewer, viewer.as_of),
    }
    return render(request, "devices/list.html", context)


@require_GET
def device_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One device: its line, its log, what was refused, what it was told."""
    viewer = viewer_of(request)
    return _page(request, viewer, device_seen(viewer, pk), AgainForm(initial={"first": 1, "last": 1}))


def _page(request: HttpRequest, viewer: Viewer, row: Device, form: AgainForm) -> HttpResponse:
    (line,) = lines([row], viewer.as_of)
    context = {
        "device": row,
        "line": line,
        "sources": sources_state([row.pk]).get(row.pk),
        "holes": holes_of(row),
        "refused": refused_of(row, viewer.as_of),
        "commands": commands_of(row),
        "alerts": described(viewer, live_alerts_of(viewer, resource=row.pk)).values(),
        "listening": listening_since(viewer.as_of) is not None,
        "may_tell": _may_tell(viewer, row),
        "may_retire": _may_retire(viewer, row),
        "retire_form": RetireForm(),
        "form": form,
        "now": viewer.as_of,
    }
    return render(request, "devices/device.html", context, status=422 if form.errors else 200)


@require_POST
def device_tell(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tell a device to say how it is, or to send events again."""
    viewer = viewer_of(request)
    row = device_seen(viewer, pk)
    if not _may_tell(viewer, row):
        raise Hidden
    action, arguments = REPORT, dict[str, int | str]()
    if "first" in request.POST:
        form = AgainForm(request.POST)
        if not form.is_valid():
            return _page(request, viewer, row, form)
        action, arguments = SEND_EVENTS, dict(form.cleaned_data)
    try:
        command_device(device=row.pk, action=action, arguments=arguments, now=utc_now(), by=viewer.person)
    except DeviceError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("It is told when it is next on the line, within the hour."))
    return redirect("device", pk=row.pk)


@require_POST
def device_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a device out of service for good."""
    viewer = viewer_of(request)
    row = device_seen(viewer, pk)
    if not _may_retire(viewer, row):
        raise Hidden
    form = RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why it leaves."))
        return redirect("device", pk=row.pk)
    try:
        retire_device(device=row.pk, reason=form.cleaned_data["reason"], now=utc_now(), by=viewer.person)
    except DeviceError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(
            request, _("It is out of service: nothing that it sends is stored, and the broker refuses it.")
        )
    return redirect("device", pk=row.pk)


def _may_retire(viewer: Viewer, row: Device) -> bool:
    return row.state != DeviceState.RETIRED and row.authority_id in viewer.authorities(Role.ADMINISTRATOR)


def _may_tell(viewer: Viewer, row: Device) -> bool:
    return row.state == DeviceState.COMMISSIONED and row.authority_id in viewer.authorities(Role.ADMINISTRATOR)
