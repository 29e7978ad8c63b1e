"""Where one is logged in: seen, and ended one by one or all at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.accounts.actions import end_sessions, hold_ways_in
from beffroi.kernel.accounts.queries import open_sessions
from beffroi.lib.browsers import described
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of


def one_at_a_time(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that changes how its owner logs in, in one transaction: what takes all of an account's ways in away comes before it, and then
    nothing is added, or after it, and takes that too.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            session = request.session.session_key
            if hold_ways_in(person=request.user.pk, session=session, now=utc_now()):
                return view(request, *args, **kwargs)
        logout(request)
        return redirect("account_login")

    return run


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
