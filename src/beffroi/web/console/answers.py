"""What the console and the wall are both answered with: a part of the map's tiles, the stream of what changes."""

import contextlib
import functools
from collections.abc import AsyncGenerator, Callable
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from beffroi.persistence.live import place_of
from beffroi.persistence.problems import problem_response
from beffroi.web.console.basemap import part_of, tiles_file
from beffroi.web.console.hub import HUB
from beffroi.web.console.sight import Sight
from beffroi.web.console.stream import Stream


def has_tiles() -> bool:
    """Whether an administrator imported a base map."""
    return tiles_file(settings.BEFFROI_HOME).exists()


def tiles_part(request: HttpRequest) -> HttpResponse:
    """The part of the imported tiles that `Range` asks for; callers say who may."""
    place = tiles_file(settings.BEFFROI_HOME)
    try:
        part = part_of(place, request.headers.get("Range", ""))
    except FileNotFoundError as error:
        raise Http404 from error
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{place.stat().st_size}"})
    response = HttpResponse(part.data, status=206, content_type="application/vnd.pmtiles")
    response["Content-Range"] = f"bytes {part.first}-{part.first + len(part.data) - 1}/{part.size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = part.tag
    return response


def streamed(request: HttpRequest, *, person: UUID, look: Callable[[], Sight | None]) -> HttpResponseBase:
    """What changes, from where the screen was, for as long as `look` sees something; callers say who may."""
    if not HUB.room_for(person):
        return problem_response(503, "too-many-screens", _("Too many screens are open: close one, or wait a moment."))
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
