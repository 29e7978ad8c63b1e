"""Puts the viewer on the request; denies by default what no page declared public; keeps what was shown to somebody out of shared caches;
has files sent as they are read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import IO, TYPE_CHECKING, Final, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from beffroi.kernel.counter.pages.standing import stead_of
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import ViewedRequest
from beffroi.persistence.acts import acting_for
from beffroi.persistence.problems import problem_response
from beffroi.web.mandates import Standing, checked, in_hand, left, sealed, standing_of
from beffroi.web.offline import mark
from beffroi.web.viewers import viewer_for

if TYPE_CHECKING:
    from beffroi.kernel.counter.models import Mandate

API = "ninja"
# The camera reads stickers, the position says where a thing is: each once somebody presses. Nothing else of the device is asked for, but
# Bluetooth by a lock's page: not written here, since browsers without it complain of the word, it stays this site's own by default.
PERMISSIONS = "camera=(self), microphone=(), geolocation=(self), payment=(), usb=()"
PART: Final = 65_536
EVENTS: Final = "text/event-stream"


class FileMiddleware:
    """Files are read part by part as an asynchronous server sends them: WhiteNoise knows the other kind only, and Django would read what it
    gives to the end before the first byte leaves. What leaves for long, a screen's stream above all, holds no connection meanwhile.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with a file's content for the loop to ask for."""
        response = self.inner(request)
        if isinstance(response, FileResponse) and isinstance(request, ASGIRequest):
            response.streaming_content = _parts(response.file_to_stream)
        if response.streaming and isinstance(request, ASGIRequest):
            close_old_connections()
        return response


class StandingRequest(ViewedRequest):
    """A request whose session may act under a mandate."""

    standing: Standing | None


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
        api = request.resolver_match is not None and request.resolver_match.app_name == API
        instead = checked(request, view_func, api=api, as_of=utc_now())
        if instead is not None or api:
            return instead
        refused: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None and EVENTS in request.headers.get("Accept", ""):
            # A stream of events that is led to the log-in's page says only that it isn't one: its page must know what to do.
            return problem_response(401, "log-in-first", _("Log in first."))
        return refused

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Serve with the viewer attached."""
        person = request.user.pk if request.user.is_authenticated else None
        as_of = utc_now()
        viewed = cast("StandingRequest", request)
        viewed.standing = standing_of(request, as_of)
        mandate = in_hand(request)
        if mandate is None:
            viewed.viewer = cast("Viewer", SimpleLazyObject(lambda: viewer_for(person=person, as_of=as_of)))
            response = self.inner(request)
        else:
            response = self.respond_for(viewed, mandate, as_of)
        response["Permissions-Policy"] = PERMISSIONS
        mark(request, response)
        if person is not None and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def respond_for(self, request: StandingRequest, mandate: "Mandate", as_of: datetime) -> HttpResponse:
        """Serve the person's pages to the agent who acts for them; everything done is marked as done in their stead."""
        request.user = mandate.person
        request.viewer = cast(
            "Viewer",
            SimpleLazyObject(lambda: viewer_for(person=mandate.person_id, as_of=as_of, agent=mandate.agent_id)),
        )
        with acting_for(stead_of(mandate)):
            response = self.inner(request)
            left(request, mandate, as_of)
        return sealed(response)
