"""The console's pages: the screen itself, all it shows at one moment, the stream of what changes, the map's own tiles."""

from typing import Final, cast
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from beffroi.kernel.alerts.queries.alerts import described, live_alerts_of, visible_alerts
from beffroi.kernel.alerts.queries.outlook import outlook
from beffroi.kernel.alerts.queries.words import closing_words, closings
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.layers import described as layer_feature
from beffroi.persistence.layers import layers_of
from beffroi.persistence.live import read_since
from beffroi.persistence.things import box_of
from beffroi.web.console.answers import has_tiles, streamed, tiles_part
from beffroi.web.console.keys import KEYS
from beffroi.web.console.sight import Sight, has_console, look_again
from beffroi.web.console.state import state_of

# Stands for an alert's identifier in addresses that the page's script completes.
ANY: Final = UUID(int=0)
ANY_LAYER: Final = "any-layer"
A_FEW: Final = 5


@require_GET
def console(request: HttpRequest) -> HttpResponse:
    """The screen that operators keep open; its script fills it."""
    viewer = _operator(request)
    context = {
        "layers": layers_of(viewer),
        "tiles": reverse("console-tiles") if has_tiles() else "",
        "keys": KEYS,
        "closings": closings(),
        "addresses": {
            **{verb: reverse(f"api-1:{verb}", args=[ANY]) for verb in ("take", "release", "close", "shown")},
            "alert": reverse("console-alert", args=[ANY]),
            "thing": reverse("console-thing", args=[ANY_LAYER, ANY]),
            "around": reverse("console-around", args=[ANY_LAYER]),
        },
    }
    return render(request, "web/console.html", context)


@require_GET
def console_state(request: HttpRequest) -> HttpResponse:
    """Everything the screen shows, and the place from which the stream goes on: read before, so that nothing falls between."""
    viewer = _operator(request)
    place = read_since(None).place
    return JsonResponse({"since": str(place), **state_of(viewer, utc_now)})


@require_GET
def console_alert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the panel adds to an alert: what happens if nobody answers, what was done, who was told."""
    viewer = _operator(request)
    row = visible_alerts(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    context = {
        "alert": row,
        "said": described(viewer, [row])[row.pk],
        "outlook": outlook(viewer, row, utc_now()),
        "reason": closing_words(row.reason),
        "phone": row.authority.phone if row.authority_id in viewer.authorities() else "",
    }
    return render(request, "web/console_alert.html", context)


@require_GET
def console_thing(request: HttpRequest, layer: str, pk: UUID) -> HttpResponse:
    """What the panel adds to a thing of the map: what happens to it by itself, and its alerts that are not over."""
    viewer = _operator(request)
    found = next((one for one in layers_of(viewer) if one.code == layer), None)
    if found is None or not any(found.features(viewer, frozenset([pk]))):
        raise Hidden
    alerts = described(viewer, live_alerts_of(viewer, resource=pk)[:A_FEW])
    rule = found.rule(viewer, pk) if found.rule else None
    return render(request, "web/console_thing.html", {"rule": rule, "alerts": list(alerts.values())})


@require_GET
def console_around(request: HttpRequest, layer: str) -> HttpResponse:
    """What stands in a part of the map, of a layer of too many things to hold; nothing (204) for more than a few streets."""
    viewer = _operator(request)
    found = next((one for one in layers_of(viewer) if one.code == layer), None)
    if found is None or found.around is None:
        raise Hidden
    box = box_of(request.GET)
    if box is None:
        return HttpResponse(status=204)
    return JsonResponse({"things": [layer_feature(one) for one in found.around(viewer, box)]})


@require_GET
@cache_control(private=True, max_age=3600)
def console_tiles(request: HttpRequest) -> HttpResponse:
    """A part of the imported tiles (`Range`)."""
    _operator(request)
    return tiles_part(request)


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
def map_tiles(request: HttpRequest) -> HttpResponse:
    """The same for the map of any page: whoever says where something is needs no account."""
    return tiles_part(request)


@require_GET
def live(request: HttpRequest) -> HttpResponseBase:
    """The stream of what changes, from where the screen was (`Last-Event-ID`)."""
    session, person = cast("str", request.session.session_key), _operator(request).known_person

    def look() -> Sight | None:
        return look_again(session=session, person=person, as_of=utc_now())

    return streamed(request, person=person, look=look)


def _operator(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    if not has_console(viewer):
        raise Hidden
    return viewer
