"""What a form sends acts once, however often it is sent; and when its sender is no longer logged in, it is neither done nor lost.

A page that is drawn has a CSRF token written as no other page has it: the same token with the same content, sent to the same address by the
same session, is the same press of a button. The second waits for the first and goes where it went. What was kept of it lasts as long as a
double press does, in the session.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from beffroi.lib.clock import utc_now

# A double press, or a browser that sends again what it had no answer to.
DOUBLE: Final = timedelta(minutes=2)
KEPT: Final = 20
SENT: Final = "sent"
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105 - a field's name
SECRET: Final = ("password", "credential", "secret")
# Names and bytes; more is not copied into a page.
MOST: Final = 60_000

Fields = list[tuple[str, str]]


class SendingMiddleware:
    """Stands between the session and whoever asks for a log-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, once."""
        if request.method == "POST" and request.user.is_authenticated and request.POST.get(TOKEN):
            return self._once(request)
        response = self.inner(request)
        return (
            _not_lost(request, response)
            if not request.user.is_authenticated and _asks_log_in(request, response)
            else response
        )

    def _once(self, request: HttpRequest) -> HttpResponse:
        press = _press(request)
        with _alone(press):
            now = utc_now().timestamp()
            gone = _sent(_stands(request.session), now).get(press)
            if gone is not None:
                return HttpResponseRedirect(gone[0])
            response = self.inner(request)
            if response.status_code == 302 and request.user.is_authenticated:  # noqa: PLR2004 - done, go on
                _note(request, press, response["Location"], now)
            return response


def _press(request: HttpRequest) -> str:
    """What makes two presses of a button one."""
    fields = sorted((name, value) for name, values in request.POST.lists() for value in values)
    files = sorted((name, str(file.name), file.size) for name, several in request.FILES.lists() for file in several)
    return hashlib.sha256(repr((request.session.session_key, request.path, fields, files)).encode()).hexdigest()


def _stands(session: SessionBase) -> SessionBase:
    """The session as it stands now: other requests may have written it since this one began."""
    return type(session)(session.session_key)


def _sent(session: SessionBase, now: float) -> Mapping[str, tuple[str, float]]:
    """What it sent lately."""
    since = now - DOUBLE.total_seconds()
    return {press: (where, at) for press, (where, at) in session.get(SENT, {}).items() if at >= since}


def _note(request: HttpRequest, press: str, where: str, now: float) -> None:
    """Keep where a press went. What another request did to the session meanwhile stays (a mandate that began, a log-out), unless the page
    itself wrote to it.
    """
    stands = _stands(request.session)
    recent = {**_sent(stands, now), press: (where, now)}
    if stands.is_empty():
        return  # ended meanwhile: nothing of it comes back
    if not request.session.modified:
        request.session = stands
    request.session[SENT] = dict(list(recent.items())[-KEPT:])
    request.session.save()


@contextmanager
def _alone(press: str) -> Iterator[None]:
    """One at a time, whichever process or thread serves it."""
    key = int(press[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _asks_log_in(request: HttpRequest, response: HttpResponse) -> bool:
    """A page that is anybody's asks for none, even when it leads back to the log-in: a language was chosen there."""
    if request.resolver_match is not None and not getattr(request.resolver_match.func, "login_required", True):
        return False
    return response.status_code == 302 and urlsplit(response["Location"]).path == settings.LOGIN_URL  # noqa: PLR2004 - as above


def _not_lost(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A part of a page leads the whole page to the log-in; what was sent comes back on a page of its own, and nowhere else."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = _log_in(request, request.headers.get("HX-Current-URL", ""))
        return answer
    if request.method != "POST":
        return response
    log_in, typed = _log_in(request, request.headers.get("Referer", "")), _typed(request)
    if not typed:
        messages.warning(request, _("You were no longer logged in: nothing was done. Do it again."))
        return HttpResponseRedirect(log_in)
    context = {"typed": typed, "files": bool(request.FILES), "log_in": log_in}
    return render(request, "web/resend.html", context, status=401)


def _typed(request: HttpRequest) -> Fields:
    """What can be sent again from a page: nothing where a secret was typed, nor where there is too much."""
    fields = [(name, value) for name, values in request.POST.lists() if name != TOKEN for value in values]
    if (
        any(word in name for name, _ in fields for word in SECRET)
        or sum(len(name) + len(value) for name, value in fields) > MOST
    ):
        return []
    return fields


def _log_in(request: HttpRequest, page: str) -> str:
    """The log-in that leads back to the page where one was."""
    known = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    there = urlsplit(page) if known else urlsplit("/")
    back = there.path + (f"?{there.query}" if there.query else "")
    return f"{settings.LOGIN_URL}?{urlencode({'next': back})}"
