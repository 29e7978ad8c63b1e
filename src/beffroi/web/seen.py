"""Notes when a session was last seen, so that its owner can tell one that lies somewhere from one in use: every few minutes, no more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse

from beffroi.kernel.accounts.actions import note_seen
from beffroi.lib.clock import utc_now

EVERY: Final = timedelta(minutes=5)
# Then it is forgotten which were noted: each is noted once more.
MOST: Final = 10_000


class SeenMiddleware:
    """What was noted, by this process; another one may note the same again."""

    # It writes: without this, Django under ASGI would call it in the loop.
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response
        self.noted: dict[str, datetime] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve, and note the session that asked."""
        key = request.session.session_key
        now = utc_now()
        if request.user.is_authenticated and key and now - self.noted.get(key, now - EVERY) >= EVERY:
            if len(self.noted) >= MOST:
                self.noted.clear()
            self.noted[key] = now
            note_seen(session=key, now=now)
        return self.inner(request)
