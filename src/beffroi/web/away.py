"""When the database can't do what is asked: a page that says so at once, in whichever language, that asks nothing of it, and no stack.

What needs no database (files of the front end, the page for whoever is offline) is served as on any day.
"""

import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import psycopg
from django.db import InternalError, connections
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from beffroi.persistence.problems import problem_response
from beffroi.persistence.servers import connected
from beffroi.persistence.work import DATABASE_AWAY

API: Final = "/api/"
EVENTS: Final = "text/event-stream"
# Served whatever the database does.
ANYWAY: Final = ("/healthz", "/sw.js", "/offline/")
# It is asked so often, by one request for all, whether it is back.
LOOK_EVERY: Final = 1.0
AGAIN_IN: Final = "10"
CANT_WRITE: Final = (psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction)


class Known:
    """Whether the database is away, as this process last saw: nobody waits ten seconds for a connection that can't be had."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away = False
        self._looked = 0.0

    def lost(self) -> None:
        """A request found out; the next one looks again."""
        self._away = True

    def away(self) -> bool:
        """Asked of the database itself once a second at most, while it is away."""
        if not self._away:
            return False
        with self._lock:
            if self._monotonic() - self._looked >= LOOK_EVERY:
                self._looked = self._monotonic()
                self._away = not _answers()
            return self._away


def _answers() -> bool:
    try:
        with connected() as fresh:
            return fresh.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


KNOWN: Final = Known()


class AwayMiddleware:
    """Before whatever asks the database: while the database is away, what needs it is answered here."""

    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page's own answer, or that it can't be had."""
        if not request.path.startswith(ANYWAY) and KNOWN.away():
            return unavailable(request)
        return self.inner(request)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of what went wrong: the database's doing is told apart from ours."""
    fault = sys.exc_info()[1]
    if isinstance(fault, (*DATABASE_AWAY, InternalError)):
        if isinstance(fault.__cause__, CANT_WRITE):
            return unavailable(request, full=True)
        if isinstance(fault, DATABASE_AWAY):
            connections.close_all()
            KNOWN.lost()
            return unavailable(request)
    return server_error(request)


def _again(request: HttpRequest) -> str:
    """Where "Try again" leads: the same page, unless it was to write something."""
    return request.get_full_path() if request.method == "GET" else "/"


def unavailable(request: HttpRequest, *, full: bool = False) -> HttpResponse:
    """503, for a person or for a program; `full`: pages can be read, nothing can be kept."""
    if request.path.startswith(API):
        words = (
            _("Nothing can be kept just now: try again later.") if full else _("The service is away: try again later.")
        )
        response = problem_response(503, "cannot-write" if full else "database-away", words)
    elif EVENTS in request.headers.get("Accept", ""):
        response = HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain")
    else:
        response = HttpResponse(
            render_to_string("away.html", {"full": full, "again": _again(request)}),
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )
        patch_vary_headers(response, ["Accept-Language"])
    response["Retry-After"] = AGAIN_IN
    response["Cache-Control"] = "no-store"
    return response
