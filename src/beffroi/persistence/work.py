"""The shape of a worker's work: a turn, then another; and of a turn's, one claimed thing after the other.

What was claimed comes back by itself (claiming pushes it forward), so a turn that ends half-way loses nothing.
"""

import logging
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction

from beffroi.lib.handover import Handover, Outcome

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


async def attempted(what: str, attempt: int, sending: Awaitable[Handover]) -> Handover:
    """What became of one message on its way out; a fault of ours, which is said in the log, may go better the next time."""
    try:
        return await sending
    except Exception as fault:  # a supervisor loop: one poisoned message must not hold the others up
        log.exception("%s failed, attempt %d", what, attempt)
        return Handover(Outcome.AGAIN, type(fault).__name__)


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Whether this worker may be at it: a lock of its connection, which goes with it whatever ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [what])
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [what])


@contextmanager
def one_of(what: str, places: int, *, within: float) -> Iterator[bool]:
    """Whether one of so many places was to be had within so many seconds, whichever process asks; free again after the block."""
    with ExitStack() as held:
        names = [f"{what} {number}" for number in range(places)]
        if any(held.enter_context(alone(name)) for name in names):
            yield True
            return
        yield held.enter_context(_alone_within(secrets.choice(names), within))


@contextmanager
def _alone_within(what: str, within: float) -> Iterator[bool]:
    """As `alone`, for whoever can wait a little."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(within * 1000)}ms"])
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
    except OperationalError as fault:
        if not isinstance(fault.__cause__, psycopg.errors.LockNotAvailable):
            raise
        yield False
        return
    try:
        yield True
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [what])
