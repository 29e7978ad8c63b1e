"""The poster of a site, in French whoever prints it."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_GET

from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.video.queries import cameras
from beffroi.systems.video.queries.poster import poster
from beffroi.systems.video.queries.public import offers

SIZES: Final = ("a4", "a3")


@require_GET
def site_poster(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is hung where cameras are, on one sheet of either size; its code leads to the site's public page."""
    viewer = viewer_of(request)
    site = cameras.site(viewer, pk)
    if site is None or not offers(site.authority_id):
        raise Hidden
    with override("fr"):
        said = poster(site, as_of=viewer.as_of)
    size = request.GET.get("size", SIZES[0])
    context = {"site": site, "poster": said, "size": size if size in SIZES else SIZES[0], "sizes": SIZES}
    return render(request, "video/poster.html", context)
