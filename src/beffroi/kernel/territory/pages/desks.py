"""Whose desk a page is: addresses bear the authority's short name, and bare ones lead to the only desk that the viewer has."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.authorities import administered_authorities, visible_authorities
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of

Desks = Callable[[Viewer], QuerySet[Authority]]


def administered(viewer: Viewer, slug: str) -> Authority:
    """The authority of that short name, for its administrators."""
    return named(administered_authorities(viewer), slug)


def served(viewer: Viewer, slug: str) -> Authority:
    """The authority of that short name, for those who serve it."""
    return named(visible_authorities(viewer), slug)


def bare(route: str, desks: Desks = administered_authorities) -> Callable[[HttpRequest], HttpResponse]:
    """The page at a bare address: leads to the viewer's only desk, or lets them choose."""

    @require_GET
    def page(request: HttpRequest) -> HttpResponse:
        found = list(desks(viewer_of(request)))
        if not found:
            raise Hidden
        query = request.META.get("QUERY_STRING", "")
        asked = f"?{query}" if query else ""
        if len(found) == 1:
            return redirect(f"{reverse(route, kwargs={'slug': found[0].slug})}{asked}")
        return render(request, "territory/desks.html", {"route": route, "desks": found, "asked": asked})

    return page


def named(rows: QuerySet[Authority], slug: str) -> Authority:
    """The one of that short name among these, else no such page."""
    row = rows.filter(slug=slug).first()
    if row is None:
        raise Hidden
    return row
