"""Sites, cameras and relays for the authority's people, and for a partner's what its conventions cover."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.devices.queries.devices import health
from beffroi.kernel.grants.queries.conventions import sees_several
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.kernel.territory.queries.organisations import visible_organisations
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.video.actions.sites import (
    add_camera,
    add_entrance,
    add_site,
    change_camera,
    change_site,
    set_service,
)
from beffroi.systems.video.errors import VideoError
from beffroi.systems.video.forms.sites import (
    CameraForm,
    EntranceForm,
    SearchForm,
    SiteForm,
    camera_initial,
    site_initial,
)
from beffroi.systems.video.models import Camera, Entrance, Site
from beffroi.systems.video.pages.confirming import confirmed
from beffroi.systems.video.queries import cameras
from beffroi.systems.video.queries.public import offers
from beffroi.systems.video.queries.requests import concerned_by_requests
from beffroi.systems.video.queries.words import law_of
from beffroi.systems.video.rules import order_over


@require_GET
def site_list(request: HttpRequest) -> HttpResponse:
    """Sites, found by name or address."""
    viewer = viewer_of(request)
    if not cameras.concerned(viewer):
        raise Hidden
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    context = {
        "page": page_of(request, cameras.counted_sites(viewer, text)),
        "form": form,
        "searching": bool(text),
        "several": sees_several(viewer),
        "may_add": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "video/sites.html", context)


@require_GET
def site_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One site: its entrances and cameras."""
    viewer = viewer_of(request)
    return _site_page(request, viewer, _site(viewer, pk), EntranceForm())


def _site_page(request: HttpRequest, viewer: Viewer, site: Site, form: EntranceForm, status: int = 200) -> HttpResponse:
    context = {
        "site": site,
        "groups": cameras.groups_of(viewer, site),
        "entrance_form": form,
        "form": form,
        "may_set": _may_set(viewer, site.authority_id),
        "has_poster": offers(site.authority_id),
    }
    return render(request, "video/site.html", context, status=status)


@require_http_methods(["GET", "POST"])
def site_add(request: HttpRequest) -> HttpResponse:
    """Write a site down."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    form = SiteForm(request.POST or None, authorities=authorities, organisations=visible_organisations(viewer))
    if request.method == "POST" and form.is_valid():
        try:
            site = add_site(authority=form.authority(), facts=form.facts(), by=viewer.person, now=utc_now())
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The site is written down. Add its entrances and cameras next."))
            return redirect("video-site", pk=site.pk)
    return render(request, "video/site_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def site_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct what is written of a site."""
    viewer = viewer_of(request)
    site = _settable(viewer, pk)
    form = SiteForm(
        request.POST or None,
        initial=site_initial(site),
        authorities=[(site.authority_id, site.authority.name)],
        organisations=visible_organisations(viewer),
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_site(site=site, facts=form.facts(), by=viewer.person, now=utc_now())
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The site is corrected."))
            return redirect("video-site", pk=pk)
    context = {"form": form, "site": site}
    return render(request, "video/site_form.html", context, status=422 if form.errors else 200)


@require_POST
def entrance_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name a part of a site."""
    viewer = viewer_of(request)
    site = _settable(viewer, pk)
    form = EntranceForm(request.POST)
    if form.is_valid():
        try:
            add_entrance(site=site, name=form.cleaned_data["entrance"], by=viewer.person, now=utc_now())
        except ValidationError as error:
            form.add_error("entrance", [str(one) for one in error.messages])
        else:
            messages.success(request, _("The entrance is added."))
            return redirect("video-site", pk=pk)
    return _site_page(request, viewer, site, form, status=422)


@require_http_methods(["GET", "POST"])
def camera_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a camera of a site down."""
    viewer = viewer_of(request)
    site = _settable(viewer, pk)
    form = CameraForm(request.POST or None, entrances=_entrances(site))
    if request.method == "POST" and form.is_valid():
        try:
            camera = add_camera(site=site, facts=form.facts(), by=viewer.person, now=utc_now())
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The camera is written down."))
            return redirect("video-camera", pk=camera.pk)
    context = {"form": form, "site": site}
    return render(request, "video/camera_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def camera_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct what is written of a camera."""
    viewer = viewer_of(request)
    camera = _settable_camera(viewer, pk)
    form = CameraForm(request.POST or None, initial=camera_initial(camera), entrances=_entrances(camera.site))
    if request.method == "POST" and form.is_valid():
        try:
            change_camera(camera=camera, facts=form.facts(), by=viewer.person, now=utc_now())
        except VideoError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The camera is corrected."))
            return redirect("video-camera", pk=pk)
    context = {"form": form, "site": camera.site, "camera": camera}
    return render(request, "video/camera_form.html", context, status=422 if form.errors else 200)


@require_GET
def camera_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One camera: its law, its relay, the routes to its image that are not ours."""
    viewer = viewer_of(request)
    camera = _camera(viewer, pk)
    device = camera.relay.device_id if camera.relay else None
    heard = health(viewer, authority=camera.authority_id, devices=[device]) if device else {}
    context = {
        "camera": camera,
        "law": law_of(camera),
        "order_over": order_over(camera.order_on, viewer.as_of.date()),
        "health": heard.get(device) if device else None,
        "may_set": _may_set(viewer, camera.authority_id),
        **confirmed(camera),
        "register": concerned_by_requests(viewer),
    }
    return render(request, "video/camera.html", context)


@require_POST
def camera_service(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a camera out of service, or put it back."""
    viewer = viewer_of(request)
    camera = _settable_camera(viewer, pk)
    working = request.POST.get("act") == "back"
    try:
        set_service(camera=camera, working=working, by=viewer.person, now=utc_now())
    except VideoError as error:
        messages.error(request, str(error.message))
        return redirect("video-camera", pk=pk)
    words = (
        _("The camera is back in service.") if working else _("The camera is out of service: nobody sees its image.")
    )
    messages.success(request, words)
    return redirect("video-camera", pk=pk)


def _may_set(viewer: Viewer, authority: UUID) -> bool:
    return authority in viewer.authorities(Role.ADMINISTRATOR)


def _entrances(site: Site) -> QuerySet[Entrance]:
    return Entrance.objects.filter(site=site).order_by("name", "id")


def _site(viewer: Viewer, pk: UUID) -> Site:
    row = cameras.site(viewer, pk)
    if row is None:
        raise Hidden
    return row


def _settable(viewer: Viewer, pk: UUID) -> Site:
    row = _site(viewer, pk)
    if not _may_set(viewer, row.authority_id):
        raise Hidden
    return row


def _camera(viewer: Viewer, pk: UUID) -> Camera:
    row = cameras.camera(viewer, pk)
    if row is None:
        raise Hidden
    return row


def _settable_camera(viewer: Viewer, pk: UUID) -> Camera:
    row = _camera(viewer, pk)
    if not _may_set(viewer, row.authority_id):
        raise Hidden
    return row
