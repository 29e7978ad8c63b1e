"""The wall of a supervision centre: a paired screen, known by its key. The only addresses that know screens are these.

A screen proves that it holds its key (`nonce`, then `session`); what it may see is then read here, with a viewer that nobody stands
behind. Nothing here writes but that a screen asked, and was seen.
"""

import json
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.screens.actions import Refusal, ask_for_code, note_seen
from beffroi.kernel.screens.queries import screen_of_key, sight_of_screen
from beffroi.kernel.screens.rules import CODE_LASTS, SESSION_LASTS, shown_code
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden
from beffroi.persistence.live import read_since
from beffroi.persistence.problems import problem_response
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.possession import verify_possession
from beffroi.web.console.answers import has_tiles, streamed, tiles_part
from beffroi.web.console.sight import Sight, sight_of
from beffroi.web.console.state import state_of
from beffroi.web.templatetags.shell import qr

NONCE: Final = "wall_nonce"
SCREEN: Final = "wall_screen"
NONCE_BYTES: Final = 16
# A wall of screens behind one door asks a few times each.
ASKED: Final = "60/m/ip"
LONGEST_PROOF: Final = 4_096


@login_not_required
@require_GET
@never_cache
@ensure_csrf_cookie
def wall(request: HttpRequest) -> HttpResponse:
    """The screen: anybody's until it is paired, when it shows nothing but a code."""
    return render(request, "web/wall.html", {"tiles": reverse("wall-tiles") if has_tiles() else ""})


@login_not_required
@require_POST
def nonce(request: HttpRequest) -> HttpResponse:
    """What the screen's key is to sign, once."""
    if ratelimit.consume_or_429(request, action="wall", config={"wall": ASKED}) is not None:
        return _too_many()
    fresh = secrets.token_urlsafe(NONCE_BYTES)
    request.session[NONCE] = fresh
    return JsonResponse({"nonce": fresh, "audience": settings.BEFFROI_PUBLIC_URL})


@login_not_required
@require_POST
def session(request: HttpRequest) -> HttpResponse:
    """Five minutes of sight for the holder of a paired key; a code for any other, once it has proved that it is one."""
    asked = request.session.pop(NONCE, None)
    possession = verify_possession(_proof(request), audience=settings.BEFFROI_PUBLIC_URL, nonce=str(asked or ""))
    if asked is None or isinstance(possession, Refused):
        return problem_response(400, "no-proof", _("This screen could not prove that it holds its key."))
    now, key = utc_now(), possession.key.thumbprint
    row = screen_of_key(key, now=now) or ask_for_code(thumbprint=key, now=now)
    if isinstance(row, Refusal):
        return _too_many()
    if row.revoked_at is not None:
        return JsonResponse({"state": "removed"})
    if row.paired_at is None:
        link = f"{settings.BEFFROI_PUBLIC_URL}{reverse('screen-add')}?code={row.code}"
        drawing = qr(link, _("QR code that leads to the page where this screen is added"))
        until = row.asked_at + CODE_LASTS
        return JsonResponse(
            {
                "state": "waiting",
                "code": shown_code(row.code),
                "qr": drawing,
                "seconds": int((until - now).total_seconds()),
            }
        )
    if not note_seen(screen=row, now=now):
        return JsonResponse({"state": "removed"})
    request.session[SCREEN] = str(row.pk)
    return JsonResponse(
        {
            "state": "paired",
            "name": row.name,
            "authority": row.authority.name if row.authority else "",
            "seconds": int(SESSION_LASTS.total_seconds()),
        }
    )


@login_not_required
@require_GET
@never_cache
def wall_state(request: HttpRequest) -> HttpResponse:
    """Everything that the wall shows, and the place from which its stream goes on."""
    _screen, sight = _paired(request)
    place = read_since(None).place
    return JsonResponse({"since": str(place), **state_of(sight.viewer, utc_now)})


@login_not_required
@require_GET
def wall_live(request: HttpRequest) -> HttpResponseBase:
    """The stream of what changes, until the screen is removed or proves nothing any more."""
    screen, _sight = _paired(request)
    return streamed(request, person=screen, look=lambda: _sight_of(screen, utc_now()))


@login_not_required
@require_GET
@cache_control(private=True, max_age=3600)
def wall_tiles(request: HttpRequest) -> HttpResponse:
    """A part of the imported tiles (`Range`)."""
    _paired(request)
    return tiles_part(request)


def _paired(request: HttpRequest) -> tuple[UUID, Sight]:
    """The screen whose session this is, and what it may see now. Everybody else finds no such page."""
    kept = request.session.get(SCREEN)
    sight = _sight_of(UUID(kept), utc_now()) if isinstance(kept, str) else None
    if sight is None:
        raise Hidden
    return UUID(kept), sight


def _sight_of(screen: UUID, now: datetime) -> Sight | None:
    viewer = sight_of_screen(screen, now=now)
    return None if viewer is None else sight_of(viewer)


def _proof(request: HttpRequest) -> str:
    if request.content_type == "multipart/form-data" or len(request.body) > LONGEST_PROOF:
        return ""
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    proof = said.get("proof") if isinstance(said, dict) else None
    return proof if isinstance(proof, str) else ""


def _too_many() -> HttpResponse:
    return problem_response(429, "too-many-asks", _("Too many screens ask at once: wait a minute."))
