"""The page where an officer looks, and what its player asks and says; the manager's button."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.video.actions.calls import call_officers
from beffroi.systems.video.actions.interventions import answer_still
from beffroi.systems.video.actions.requests import end_request
from beffroi.systems.video.actions.viewings import mark_viewing
from beffroi.systems.video.forms.requests import CallForm
from beffroi.systems.video.models import Request
from beffroi.systems.video.pages.policy import with_images
from beffroi.systems.video.queries.requests import grant_of, manageable_sites, visible_requests
from beffroi.systems.video.queries.watching import choosing, facts, own_viewing, relays_of


@require_GET
def watch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One to four cameras of one's own request; `?camera=` says which."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    query = {"camera": [str(one) for one in _wanted(request)]}
    player = {
        "facts": _facts(viewer, row, request),
        "person": viewer.known_person,
        "state": reverse("video-watch-state", args=[pk], query=query),
        "still": reverse("video-watch-still", args=[pk], query=query),
        "end": reverse("video-watch-end", args=[pk], query=query),
        "again": reverse("video-ask", query={"earlier": str(pk)}),
        "viewings": reverse("video-viewings") + "use/",
    }
    grant = grant_of(viewer, row)
    context = {"row": row, "player": player, "choosing": choosing(grant, _wanted(request)) if grant else None}
    page = render(request, "video/watch.html", context)
    return with_images(request, page, relays_of(viewer, row, _wanted(request)))


@require_GET
def watch_state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How it stands now, for the page that is open."""
    viewer = viewer_of(request)
    return JsonResponse(_facts(viewer, _own(viewer, pk), request))


@require_POST
def watch_still(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Still intervening."""
    viewer = viewer_of(request)
    answer_still(request=_own(viewer, pk), by=viewer.known_person, now=utc_now())
    return JsonResponse(_facts(viewer, _own(viewer, pk), request))


@require_POST
def watch_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One key ends it."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    grant = grant_of(viewer, row)
    if grant is not None:
        end_request(request=row, grant=grant, by=viewer.known_person, now=utc_now())
    return JsonResponse(_facts(viewer, row, request))


@require_POST
def viewing_mark(request: HttpRequest, nonce: str, taken: str) -> HttpResponse:
    """A snapshot or a mark: written in the register before anything is shown of it, while the look lasts."""
    viewer = viewer_of(request)
    viewing = own_viewing(viewer, nonce)
    grant = grant_of(viewer, viewing.request) if viewing and viewing.request else None
    if viewing is None or grant is None or taken not in ("snapshot", "mark"):
        raise Hidden
    over = min(grant.closed_at or grant.ends, grant.ends)
    mark = mark_viewing(viewing=viewing, kind=taken, over=over, by=viewer.known_person, now=utc_now())
    if mark is None:
        return JsonResponse({"reason": "over"}, status=409)
    return JsonResponse({"entry": str(mark.entry)}, status=201)


@require_http_methods(["GET", "POST"])
def button(request: HttpRequest) -> HttpResponse:
    """The alert that a building's manager gives."""
    viewer = viewer_of(request)
    sites = list(manageable_sites(viewer))
    if not sites:
        raise Hidden
    form = CallForm(request.POST or None, sites=sites)
    if request.method == "POST" and form.is_valid():
        site, entrance = form.places[form.cleaned_data["where"]]
        call_officers(
            site=site,
            entrance=entrance,
            organisation=site.organisation_id,
            words=form.cleaned_data["words"],
            by=viewer.known_person,
            now=utc_now(),
        )
        messages.success(request, _("The officers are told. In danger, call 17 as well."))
        return redirect("video-button")
    return render(request, "video/button.html", {"form": form}, status=422 if form.errors else 200)


def _wanted(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.GET.getlist("camera"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _facts(viewer: Viewer, row: Request, request: HttpRequest) -> dict[str, object]:
    grant = grant_of(viewer, row)
    if grant is None:
        raise Hidden
    return dict(facts(row, grant, wanted=_wanted(request), now=utc_now()))


def _own(viewer: Viewer, pk: UUID) -> Request:
    row = visible_requests(viewer).filter(pk=pk, person=viewer.known_person).first()
    if row is None:
        raise Hidden
    return row
