"""What nobody sees of a camera's picture: drawn on an empty frame, since no page but a look under a right shows an image."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.video.actions.masks import mask_camera
from beffroi.systems.video.errors import MaskChanged, VideoError
from beffroi.systems.video.forms.masks import MaskForm, drawn_areas
from beffroi.systems.video.models import Camera
from beffroi.systems.video.pages.confirming import confirmed
from beffroi.systems.video.queries import cameras
from beffroi.systems.video.queries.sources import mask_version

# Proportions that cameras have; parts are kept in thousandths, so that they mean the same in each.
FRAMES = {"16-9": (1280, 720), "4-3": (960, 720)}


@require_http_methods(["GET", "POST"])
def camera_mask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The parts that are hidden, and whether words are written on the picture."""
    viewer = viewer_of(request)
    camera = cameras.camera(viewer, pk)
    if camera is None or camera.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    form = MaskForm(request.POST or None, initial={"areas": drawn_areas(camera.zones), "burned": camera.burned})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            camera = mask_camera(
                camera=camera,
                zones=data["zones"],
                burned=data["burned"],
                began=data["began"],
                by=viewer.person,
                now=utc_now(),
            )
        except MaskChanged as error:
            camera.refresh_from_db(fields=["zones", "burned"])
            form = MaskForm({"areas": drawn_areas(camera.zones), "burned": camera.burned})
            form.add_error(None, str(error.message))
        except VideoError as error:
            form.add_error(None, str(error.message))
        else:
            _say_kept(request, camera)
            return redirect("video-camera", pk=pk)
    chosen = request.GET.get("frame", "")
    frame = chosen if chosen in FRAMES else "16-9"
    context = {
        "form": form,
        "camera": camera,
        "frame": frame,
        "frames": [(name, name.replace("-", ":"), static(f"frames/{name}.svg")) for name in FRAMES],
        "picture": static(f"frames/{frame}.svg"),
        "size": FRAMES[frame],
        "drawn": form["areas"].value() or drawn_areas(camera.zones),
        "began": form["began"].value() or mask_version(camera),
        **confirmed(camera),
    }
    return render(request, "video/camera_mask.html", context, status=422 if form.errors else 200)


def _say_kept(request: HttpRequest, camera: Camera) -> None:
    """That it is hidden, where the relay holds it; else no more than is known."""
    if not confirmed(camera)["unsure"]:
        messages.success(request, _("Nobody sees what is hidden any more: whoever was looking has to look again."))
    else:
        messages.info(request, _("It is kept, and on its way to the relay."))
