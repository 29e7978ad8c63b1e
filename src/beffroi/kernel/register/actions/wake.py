"""Waking the sequencer: NOTIFY makes commits queue for one lock, so a process sends it at most ten times a second.

Nothing is lost by the ones left out: after each piece of work the sequencer looks again before it sleeps, and it never
sleeps longer than half a second.
"""

import threading
import time
from collections.abc import Callable

from django.db import connection

CHANNEL = "beffroi_register"
_INTERVAL = 0.1


class Bell:
    """Rings at most once an interval, in this process."""

    def __init__(self, ring: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._ring = ring
        self._clock = clock
        self._lock = threading.Lock()
        self._last = float("-inf")

    def __call__(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._last < _INTERVAL:
                return
            self._last = now
        self._ring()


def _notify() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


wake_sequencer = Bell(_notify)
