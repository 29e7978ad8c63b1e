"""The shape of a worker's work: a turn, then another; and of a turn's, one claimed thing after the other.

What was claimed comes back by itself (claiming pushes it forward), so a turn that ends half-way loses nothing.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
T = TypeVar("T")

DATABASE_AWAY: Final = (OperationalError, InterfaceError)
# The database that is away is tried again so often, in seconds.
AGAIN_AFTER: Final = 1.0


def repeated(turn: Callable[[], float], stop: threading.Event, woken: threading.Event | None = None) -> None:
    """Until told to stop: a turn, which returns the seconds until the next one; `woken` ends that wait early.

    The database being away ends a turn, not the loop: it is tried again on another connection. Anything else goes through.
    """
    while not stop.is_set():
        if woken is not None:
            woken.clear()
        try:
            seconds = turn()
        except DATABASE_AWAY as error:
            log.warning("the database is away: %s", type(error).__name__)
            connection.close()
            seconds = AGAIN_AFTER
        (woken or stop).wait(seconds)


def each_claimed(
    what: str,
    claimed: Iterable[tuple[T, int]],
    handle: Callable[[T, int], object],
    note_fault: Callable[[T, int, str], object],
) -> None:
    """Handle each (thing, attempt) that was claimed, in a transaction of its own; `what` they are is for the log.

    A fault of one is noted, by its kind only, and holds the others up no more; the database being away is raised.
    """
    for thing, attempt in claimed:
        try:
            handle(thing, attempt)
        except Exception as fault:  # a supervisor loop: one poisoned thing must not hold the others up
            if isinstance(fault, DATABASE_AWAY) and not connection.is_usable():
                raise
            log.exception("%s %s failed, attempt %d", what, thing, attempt)
            note_fault(thing, attempt, type(fault).__name__)
