"""Pages of the shell itself."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from beffroi.kernel.accounts.actions import choose_language
from beffroi.kernel.territory.queries.authorities import authority_at, authority_colour, every_authority
from beffroi.lib.colours import shades
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.offline import kept_offline
from beffroi.persistence.places import OpenPlace, open_places
from beffroi.persistence.waiting import waiting_for
from beffroi.web.menu import placed, sections_of
from beffroi.web.shell import shown_authority

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority


@login_not_required
@require_safe
@for_another
@kept_offline
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody arrives: what waits for whoever is known here, an authority's own public page for others."""
    viewer = viewer_of(request)
    if viewer.anonymous:
        return _public(request, shown_authority(request))
    told = {
        "sections": sections_of(placed(viewer, request.path)),
        "waiting": waiting_for(viewer) if viewer.agent is None else [],
    }
    return render(request, "web/home.html", told)


@login_not_required
@require_safe
@kept_offline
def town(request: HttpRequest, slug: str) -> HttpResponse:
    """The public page of one authority, where an installation serves several."""
    authority = authority_at(slug)
    if authority is None:
        raise Hidden
    return _public(request, authority)


def _public(request: HttpRequest, authority: "Authority | None") -> HttpResponse:
    """What one can do here without a log-in, and how to do it by telephone or at the counter; which authority, where that isn't known."""
    several = list(every_authority()) if authority is None else []
    if several:
        return render(request, "web/towns.html", {"authorities": several})
    return render(request, "web/town.html", {"places": _open_to_all(authority), "authority": authority})


def _open_to_all(authority: "Authority | None") -> list[tuple[OpenPlace, str]]:
    """Places that are everybody's, with their addresses."""
    found = []
    for place in open_places():
        if place.offered is None:
            found.append((place, reverse(place.route)))
        elif authority is not None and place.offered(authority.pk):
            found.append((place, reverse(place.route, kwargs={"slug": authority.slug})))
    return found


@login_not_required
@for_another
def language(request: HttpRequest) -> HttpResponse:
    """The language of these pages; whoever is known reads it on their other devices too. An agent chooses for their own screen."""
    answer = set_language(request)
    viewer, code = viewer_of(request), request.POST.get("language", "")
    if viewer.person is not None and viewer.agent is None and code in dict(settings.LANGUAGES):
        choose_language(language=code, by=viewer.person)
    return answer


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """An authority's colour as a style sheet: the content policy allows no inline style."""
    colour = authority_colour(slug)
    rule = shades(colour).stylesheet if colour else ""
    return HttpResponse(rule, content_type="text/css; charset=utf-8")


@login_not_required
@require_safe
def login_help(request: HttpRequest) -> HttpResponse:
    """Who opens accounts and renews passwords: an administrator of one's organisation, in person or at the counter."""
    return render(request, "web/login_help.html")
