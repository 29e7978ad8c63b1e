"""The console's pages: the screen itself, all it shows at one moment, the stream of what changes, the map's own tiles."""

import contextlib
import functools
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.layers import layers_of
from beffroi.persistence.live import place_of, read_since
from beffroi.persistence.problems import problem_response
from beffroi.web.console.basemap import part_of, tiles_file
from beffroi.web.console.hub import HUB
from beffroi.web.console.sight import Sight, has_console, look_again
from beffroi.web.console.state import state_of
from beffroi.web.console.stream import Stream

# Stands for an alert's identifier in addresses that the page's script completes.
ANY: Final = UUID(int=0)


@require_GET
def console(request: HttpRequest) -> HttpResponse:
    """The screen that operators keep open; its script fills it."""
    viewer = _operator(request)
    context = {
        "layers": layers_of(viewer),
        "tiles": reverse("console-tiles") if _tiles().exists() else "",
        **{verb: reverse(f"api-1:{verb}", args=[ANY]) for verb in ("take", "release", "shown")},
    }
    return render(request, "web/console.html", context)


@require_GET
def console_state(request: HttpRequest) -> HttpResponse:
    """Everything the screen shows, and the place from which the stream goes on: read before, so that nothing falls between."""
    viewer = _operator(request)
    place = read_since(None).place
    return JsonResponse({"since": str(place), **state_of(viewer, utc_now)})


@require_GET
@cache_control(private=True, max_age=3600)
def console_tiles(request: HttpRequest) -> HttpResponse:
    """A part of the imported tiles (`Range`)."""
    _operator(request)
    try:
        part = part_of(_tiles(), request.headers.get("Range", ""))
    except FileNotFoundError as error:
        raise Http404 from error
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{_tiles().stat().st_size}"})
    response = HttpResponse(part.data, status=206, content_type="application/vnd.pmtiles")
    response["Content-Range"] = f"bytes {part.first}-{part.first + len(part.data) - 1}/{part.size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = part.tag
    return response


@require_GET
def live(request: HttpRequest) -> HttpResponseBase:
    """The stream of what changes, from where the screen was (`Last-Event-ID`)."""
    viewer = _operator(request)
    if not HUB.room_for(viewer.known_person):
        return problem_response(503, "too-many-screens", _("Too many screens are open: close one, or wait a moment."))
    session, person = cast("str", request.session.session_key), viewer.known_person

    def look() -> Sight | None:
        return look_again(session=session, person=person, as_of=utc_now())

    # EventSource can't set the header when a script opens it anew: then the address says it.
    since = place_of(request.headers.get("Last-Event-ID", "") or request.GET.get("since", ""))
    stream = functools.partial(Stream, person=person, look=look, since=since, language=get_language() or "fr")
    response = StreamingHttpResponse(_events(stream), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy must pass each event on at once
    return response


async def _events(stream: "functools.partial[Stream]") -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(stream().events()) as found:
        async for event in found:
            yield event


def _tiles() -> Path:
    return tiles_file(settings.BEFFROI_HOME)


def _operator(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    if not has_console(viewer):
        raise Hidden
    return viewer
