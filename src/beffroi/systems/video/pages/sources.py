"""Where a camera's images are and what opens them, for whoever sets the authority up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from beffroi.kernel.devices.errors import CredentialsUnfit, DeviceError
from beffroi.kernel.devices.queries.sources import seal_credentials
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.video.actions.sites import set_source
from beffroi.systems.video.errors import RelayFull, VideoError
from beffroi.systems.video.forms.sources import SourceForm
from beffroi.systems.video.queries import cameras


@require_http_methods(["GET", "POST"])
def camera_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Typed once: the page shows the address again, never the user nor the password."""
    viewer = viewer_of(request)
    camera = cameras.camera(viewer, pk)
    if camera is None or camera.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    relays = cameras.relays(viewer).filter(authority=camera.authority_id)
    begun = {"relay": str(camera.relay_id or ""), "url": camera.source, "profile": camera.profile}
    form = SourceForm(request.POST or None, initial=begun, relays=relays)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            sealed = seal_credentials(
                authority=camera.authority_id,
                gate=camera.pk,
                url=data["url"],
                user=data["user"],
                password=data["password"],
            )
            set_source(
                camera=camera,
                relay=relays.get(pk=data["relay"]),
                url=data["url"],
                sealed=sealed,
                profile=data["profile"],
                by=viewer.person,
                now=utc_now(),
            )
        except CredentialsUnfit as error:
            form.add_error(error.detail, str(error.message))
        except (DeviceError, VideoError) as error:
            form.add_error("relay" if isinstance(error, RelayFull) else None, str(error.message))
        else:
            messages.success(request, _("The relay reads it within seconds."))
            return redirect("video-camera", pk=pk)
    context = {"form": form, "camera": camera, "relays": relays.exists()}
    return render(request, "video/source_form.html", context, status=422 if form.errors else 200)
