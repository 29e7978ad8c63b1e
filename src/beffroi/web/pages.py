"""Pages of the shell itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from beffroi.kernel.territory.queries import authority_colour
from beffroi.persistence.access import viewer_of
from beffroi.persistence.places import places_of
from beffroi.web.colours import shades


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody arrives."""
    viewer = viewer_of(request)
    places = [] if viewer.anonymous else [(place, reverse(place.route)) for place in places_of(viewer)]
    return render(request, "web/home.html", {"places": places})


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
