"""Puts the viewer on the request; denies by default what no page declared public; keeps what was shown to somebody out of shared caches;
has files sent as they are read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import IO, Final, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import ViewedRequest
from beffroi.web.viewers import viewer_for

API = "ninja"
# The camera reads stickers; nothing else of the device is asked for.
PERMISSIONS = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
PART: Final = 65_536


class FileMiddleware:
    """Files are read part by part as an asynchronous server sends them: WhiteNoise knows the other kind only, and Django would read what it
    gives to the end before the first byte leaves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with a file's content for the loop to ask for."""
        response = self.inner(request)
        if isinstance(response, FileResponse) and isinstance(request, ASGIRequest):
            response.streaming_content = _parts(response.file_to_stream)
        return response


async def _parts(file: IO[bytes] | None) -> AsyncIterator[bytes]:
    while file is not None and (part := await asyncio.to_thread(file.read, PART)):
        yield part


class ViewerMiddleware(LoginRequiredMiddleware):
    """Default deny (a page is public only with `login_not_required`), and the viewer, built when first asked for."""

    # `respond` is synchronous: without this, Django under ASGI hands it coroutines.
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(self.respond)
        self.inner = get_response

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        """The API denies by itself, with a status that programs read; every other page asks for a log-in."""
        if request.resolver_match is not None and request.resolver_match.app_name == API:
            return None
        refused: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        return refused

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Serve with the viewer attached."""
        person = request.user.pk if request.user.is_authenticated else None
        as_of = utc_now()
        viewed = cast("ViewedRequest", request)
        viewed.viewer = cast("Viewer", SimpleLazyObject(lambda: viewer_for(person=person, as_of=as_of)))
        response = self.inner(request)
        response["Permissions-Policy"] = PERMISSIONS
        if person is not None and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response
