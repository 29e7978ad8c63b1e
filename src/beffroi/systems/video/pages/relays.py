"""Relays of cameras, for whoever sets an authority up."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.errors import DeviceError
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.video.actions.sites import add_relay, set_relay_address
from beffroi.systems.video.errors import VideoError
from beffroi.systems.video.forms.sites import RelayAddressForm, RelayForm
from beffroi.systems.video.models import Relay
from beffroi.systems.video.queries import cameras


@require_GET
def relay_list(request: HttpRequest) -> HttpResponse:
    """Relays of the authorities that the viewer administers."""
    viewer = viewer_of(request)
    if not viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    return render(request, "video/relays.html", {"relays": cameras.relays(viewer)})


@require_http_methods(["GET", "POST"])
def relay_add(request: HttpRequest) -> HttpResponse:
    """Register a relay by the request it wrote."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    form = RelayForm(request.POST or None, request.FILES or None, authorities=authorities)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            add_relay(
                authority=form.authority(),
                request=data["request"],
                name=data["name"],
                address=data["address"],
                by=viewer.person,
                now=utc_now(),
            )
        except DeviceError as error:
            form.add_error("request", str(error.message))
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The relay is registered. Its file is ready in a few seconds."))
            return redirect("video-relays")
    return render(request, "video/relay_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def relay_address(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where browsers find a relay from now on: whoever looks at that moment sees on, whoever asks next goes there."""
    viewer = viewer_of(request)
    relay = _relay(viewer, pk)
    form = RelayAddressForm(request.POST or None, initial={"address": relay.address})
    if request.method == "POST" and form.is_valid():
        try:
            set_relay_address(relay=relay, address=form.cleaned_data["address"], by=viewer.person, now=utc_now())
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("Browsers look for the relay there from now on."))
            return redirect("video-relays")
    context = {"form": form, "relay": relay}
    return render(request, "video/relay_address.html", context, status=422 if form.errors else 200)


@require_POST
def relay_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The commissioning file of a relay: its certificate, its roots, its access to the broker."""
    viewer = viewer_of(request)
    relay = _relay(viewer, pk)
    try:
        document = put_in_service(
            device=relay.device_id,
            home=settings.BEFFROI_HOME,
            broker_url=settings.BEFFROI_BROKER_URL,
            by=viewer.person,
            now=utc_now(),
        )
    except DeviceError as error:
        messages.error(request, str(error.message))
        return redirect("video-relays")
    response = JsonResponse(document)
    response["Content-Disposition"] = f'attachment; filename="relay-{relay.pk}.json"'
    return response


def _relay(viewer: Viewer, pk: UUID) -> Relay:
    row = cameras.relays(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
