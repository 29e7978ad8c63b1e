"""What comes by plain HTTP: led to HTTPS at the door beside our own, warned everywhere else.

At BEFFROI_HTTP_PORT nothing is answered but what people need before they can speak HTTPS: the pages on trusting our own authority with what
they are drawn with, and a certificate authority's question whether the name is ours. Elsewhere a proxy or a developer stands before us,
and a redirection could turn in circles: the page says what is wrong instead.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import translation

from beffroi.web.hosts import host_of

OPEN: Final = ("/trust/", "/.well-known/acme-challenge/", "/static/", "/theme/", "/manifest.webmanifest")
SAFE: Final = ("GET", "HEAD")


class Moved(HttpResponsePermanentRedirect):
    """308: the method stays what it was."""

    status_code = 308


class PlainDoorMiddleware:
    """Leads to HTTPS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve what may be read in clear; refuse what was sent in clear, since it was read on the way."""
        if not at_plain_door(request) or request.path_info.startswith(OPEN):
            return self.inner(request)
        if request.method in SAFE:
            return Moved(secure_address(request))
        translation.activate(translation.get_language_from_request(request))
        return render(request, "web/sent_in_clear.html", {"address": secure_address(request, "/")}, status=403)


def at_plain_door(request: HttpRequest) -> bool:
    """Whether it came by BEFFROI_HTTP_PORT, in clear."""
    port: int | None = settings.BEFFROI_HTTP_PORT
    return port is not None and not request.is_secure() and request.get_port() == str(port)


def secure_address(request: HttpRequest, path: str | None = None) -> str:
    """The same page (or another) over HTTPS, under the name that was asked for."""
    port = urlsplit(settings.BEFFROI_PUBLIC_URL).port
    where = request.get_full_path() if path is None else path
    return f"https://{host_of(request)}{f':{port}' if port else ''}{where}"
