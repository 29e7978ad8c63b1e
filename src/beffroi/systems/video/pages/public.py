"""What inhabitants read of cameras, and what they ask about images of themselves."""

from typing import Final
from uuid import UUID, uuid4

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.systems.video.actions.access import ask_access
from beffroi.systems.video.forms.access import AccessForm
from beffroi.systems.video.models import Site
from beffroi.systems.video.queries.access import asked_with, token_of
from beffroi.systems.video.queries.public import filming, public_sites

# From one address of the network.
ASKED: Final = "5/10m/ip"


@login_not_required
@for_another
@require_GET
def cameras_public(request: HttpRequest, slug: str) -> HttpResponse:
    """Every site with its cameras: who is responsible, why, under which text."""
    authority = filming(slug)
    found = public_sites(authority.pk, as_of=viewer_of(request).as_of)
    return render(request, "video/public.html", {"authority": authority, "sites": found})


@login_not_required
@for_another
@require_GET
def site_public(request: HttpRequest, slug: str, site: UUID) -> HttpResponse:
    """One site, as the poster's address leads to it."""
    authority = filming(slug)
    found = public_sites(authority.pk, as_of=viewer_of(request).as_of, only=site)
    if not found:
        raise Hidden
    return render(request, "video/public.html", {"authority": authority, "sites": found, "only": found[0].site})


@login_not_required
@for_another
@require_http_methods(["GET", "POST"])
def access_ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask about images of oneself; the page that follows is one's own, by its link."""
    authority = filming(slug)
    sites = Site.objects.filter(authority=authority).order_by("name", "id")
    begins = {"site": request.GET.get("site", ""), "submission": uuid4()}
    form = AccessForm(request.POST or None, initial=begins, sites=sites)
    if request.method == "POST" and form.is_valid():
        slow: HttpResponse | None = ratelimit.consume_or_429(
            request, action="video-access", config={"video-access": ASKED}
        )
        if slow is not None:
            return slow
        row = ask_access(
            site=sites.get(pk=form.cleaned_data["site"]),
            wish=form.wish(),
            submission=form.sent(),
            by=viewer_of(request).agent,
            now=utc_now(),
        )
        return redirect("video-asked", token=token_of(row))
    context = {"authority": authority, "form": form}
    return render(request, "video/access_form.html", context, status=422 if form.errors else 200)


@login_not_required
@for_another
@require_GET
def access_asked(request: HttpRequest, token: str) -> HttpResponse:
    """What became of one's request."""
    row = asked_with(token)
    if row is None:
        raise Hidden
    address = f"{public_address(row.authority)}{reverse('video-asked', args=[token])}"
    context = {"row": row, "authority": row.authority, "share": address}
    response = render(request, "video/access_asked.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response
