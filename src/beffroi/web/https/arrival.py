"""What arrives here of a request that was sent to our public address: asked by ourselves (`beffroi doctor --through`, the check of an
installation), so that a proxy that passes something on wrongly is found before a person is.

Nobody else is answered: a question bears a mark signed by this installation a moment ago.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from functools import wraps
from typing import Final

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from beffroi.persistence.access import Hidden

MARK: Final = "X-Beffroi-Arrival"
SALT: Final = "beffroi.arrival"
GOOD_FOR: Final = 120  # seconds
PART: Final = 65_536
# How long a stream waits to be told that its beginning arrived: a proxy that holds it back gives it whole only then.
PATIENCE: Final = 8.0
LOOK_EVERY: Final = 0.1
FIRST, HEARD, HELD = b"first\n", b"heard\n", b"held\n"

Page = Callable[[HttpRequest], HttpResponseBase]


def mark_of(question: str) -> str:
    """What a question of ours bears."""
    return TimestampSigner(salt=SALT).sign(question)


def _asked(request: HttpRequest) -> str:
    """Which question it is; raises Hidden when it isn't ours."""
    try:
        return TimestampSigner(salt=SALT).unsign(request.headers.get(MARK, ""), max_age=GOOD_FOR)
    except BadSignature as error:
        raise Hidden from error


def ours(page: Page) -> Page:
    """Answers our own questions alone."""

    @wraps(page)
    def answered(request: HttpRequest) -> HttpResponseBase:
        _asked(request)
        return page(request)

    answer: Page = csrf_exempt(login_not_required(never_cache(require_POST(answered))))
    return answer


@ours
def arrival(request: HttpRequest) -> JsonResponse:
    """How it arrived: its name, its scheme, from where, what a proxy said of that, how much of its body."""
    octets = 0
    while part := request.read(PART):
        octets += len(part)
    return JsonResponse(
        {
            "host": request.META.get("HTTP_HOST", ""),
            "scheme": request.scheme,
            "client": request.META.get("REMOTE_ADDR", ""),
            "forwarded_for": request.headers.get("X-Forwarded-For"),
            "forwarded_proto": request.headers.get("X-Forwarded-Proto"),
            "octets": octets,
        }
    )


@ours
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """A first line, then, once it was heard, another: what holds answers back until they are whole never hears it in time."""
    # As a screen's stream is sent: what a proxy does to this one it does to those.
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_lines(_asked(request)), content_type="text/event-stream", headers=headers)


@ours
def heard(request: HttpRequest) -> HttpResponse:
    """The first line arrived."""
    cache.set(_key(_asked(request)), "1", GOOD_FOR)
    return HttpResponse(status=204)


async def _lines(question: str) -> AsyncGenerator[bytes, None]:
    yield FIRST
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if await sync_to_async(_was_heard)(question):
            yield HEARD
            return
        await asyncio.sleep(LOOK_EVERY)
    yield HELD


def _was_heard(question: str) -> bool:
    try:
        return cache.get(_key(question)) is not None
    finally:
        connections.close_all()  # a thread of its own, which may be needed no more


def _key(question: str) -> str:
    return f"arrival:{question}"
