"""The console's pages: the screen itself, what its map shows, and the stream of what changes."""

import contextlib
import functools
from collections.abc import AsyncIterator
from typing import cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.live import place_of
from beffroi.persistence.problems import problem_response
from beffroi.web.console.hub import HUB
from beffroi.web.console.sight import Sight, has_console, look_again
from beffroi.web.console.stream import Stream


@require_GET
def live(request: HttpRequest) -> HttpResponseBase:
    """The stream of what changes, from where the screen was (`Last-Event-ID`)."""
    viewer = viewer_of(request)
    if not has_console(viewer):
        raise Hidden
    if not HUB.room_for(viewer.known_person):
        return problem_response(503, "too-many-screens", _("Too many screens are open: close one, or wait a moment."))
    session, person = cast("str", request.session.session_key), viewer.known_person

    def look() -> Sight | None:
        return look_again(session=session, person=person, as_of=utc_now())

    # EventSource can't set the header when a script opens it anew: then the address says it.
    since = place_of(request.headers.get("Last-Event-ID", "") or request.GET.get("since", ""))
    events = functools.partial(Stream, person=person, look=look, since=since, language=get_language() or "fr")
    response = StreamingHttpResponse(_events(events), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy must pass each event on at once
    return response


async def _events(stream: "functools.partial[Stream]") -> AsyncIterator[bytes]:
    async with contextlib.aclosing(stream().events()) as found:
        async for event in found:
            yield event
