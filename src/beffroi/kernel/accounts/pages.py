"""Where one is logged in: seen, and ended one by one or all at once."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.accounts.actions import end_sessions
from beffroi.kernel.accounts.queries import open_sessions
from beffroi.lib.browsers import described
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of


@dataclass(frozen=True, slots=True)
class Place:
    """A session as its owner knows it: the browser in words, since when, seen when, from where."""

    pk: int
    words: str
    created_at: datetime
    last_seen_at: datetime
    ip: str
    here: bool


@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is logged in; with POST, everywhere else is ended."""
    viewer = viewer_of(request)
    if request.method == "POST":
        ended = end_sessions(
            person=viewer.known_person, by=viewer.person, now=utc_now(), but=request.session.session_key
        )
        words = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", ended)
        messages.success(request, words % {"count": ended})
        return redirect("usersessions_list")
    places = [
        Place(
            pk=row.pk,
            words=described(row.user_agent) or _("Unknown browser"),
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            ip=row.ip,
            here=row.session_key == request.session.session_key,
        )
        for row in open_sessions(viewer.known_person, viewer.as_of)
    ]
    here_first = sorted(places, key=lambda place: not place.here)
    return render(request, "accounts/sessions.html", {"sessions": here_first})


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions: nothing happens for anybody else's."""
    viewer = viewer_of(request)
    if end_sessions(
        person=viewer.known_person, by=viewer.person, now=utc_now(), only=pk, but=request.session.session_key
    ):
        messages.success(request, _("The session was ended."))
    return redirect("usersessions_list")
