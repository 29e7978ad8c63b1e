"""A number for each request, by which a page of ours and the log speak of the same one; a line and a count when it is answered.

The line says the route, never what was typed in the address: no identifier of a person or a thing, no query.
"""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from beffroi.lib.logged import REQUEST
from beffroi.web.watching.counting import Counts

log = logging.getLogger("beffroi.request")

HEADER: Final = "X-Request-ID"
SERVER_FAULT: Final = 500
STATIC: Final = "/static/"
OWN: Final = "beffroi."


def new_number() -> str:
    """That of no other request of these weeks."""
    return secrets.token_hex(8)


class RequestMiddleware:
    """The first of all: what any other answers is told too."""

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponseBase],
        number: Callable[[], str] = new_number,
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.inner = get_response
        self.number = number
        self.seconds = seconds
        self.counts = Counts() if settings.BEFFROI_COUNTS_REQUESTS else None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and say so. What the asker calls the request is not believed."""
        number = self.number()
        token = REQUEST.set(number)
        began = self.seconds()
        try:
            response = self.inner(request)
            took = self.seconds() - began
            response.headers[HEADER] = number
            self._tell(request, response, took)
        finally:
            REQUEST.reset(token)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponseBase, took: float) -> None:
        match = request.resolver_match
        if self.counts is not None:
            self.counts.count(
                part=part_of(request), status=response.status_code, seconds=None if response.streaming else took
            )
        if settings.BEFFROI_LOGS_REQUESTS:
            log.log(
                logging.ERROR if response.status_code >= SERVER_FAULT else logging.INFO,
                "answered",
                extra={
                    "route": match.route if match else "",
                    "method": request.method if request.method in METHODS else "other",
                    "status": response.status_code,
                    "ms": round(took * 1000, 1),
                },
            )


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def part_of(request: HttpRequest) -> str:
    """Which part of the product answered: "cabinets", "api", "web", "accounts"; "static" for files, "none" for what is nowhere."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith(STATIC) else "none"
    if match.app_name:
        return "api"
    module = str(getattr(match.func, "__module__", ""))
    if not module.startswith(OWN):
        return "accounts"  # allauth's
    floor, name = module.removeprefix(OWN).split(".")[:2]
    return "web" if floor in ("web", "config") else name
