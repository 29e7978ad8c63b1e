"""What the platform can't protect against: for those who run it, and for the elected officials who answer for having it."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import named
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.kernel.townhall.queries.limits import DECIDING, lines
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import viewer_of


def deciding(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities that the viewer runs or answers for."""
    return every_authority().filter(pk__in=viewer.authorities(*DECIDING))


@require_GET
def limit_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole list: one sheet on paper."""
    viewer = viewer_of(request)
    desk = named(deciding(viewer), slug)
    return render(request, "townhall/limits.html", {"desk": desk, "lines": lines(viewer)})
