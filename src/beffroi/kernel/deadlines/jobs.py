"""What the worker does for deadlines: fire what is due in batches, then run each handler in its own transaction."""

import threading
from datetime import datetime

from django.db import transaction

from beffroi.kernel.deadlines.actions import (
    FIRED_AT_ONCE,
    begin_series,
    claim_fired,
    count_month,
    fire_due,
    handle_fired,
    note_deadline_fault,
    put_off_missed,
)
from beffroi.kernel.deadlines.queries import next_due
from beffroi.kernel.deadlines.registry import Fired
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import each_claimed, repeated

# A clock that is set is seen within this many seconds, whatever the next deadline.
LOOK_EVERY = 0.5
# Deadlines that fall within this many seconds of one another are fired by one statement.
GATHER = 0.02
# An authority that is new has its series within this many seconds.
SERIES_LOOKED_AT_EVERY = 3600


def on_month(fired: Fired) -> None:
    """The first of a month: count what was promised in the one before."""
    count_month(authority=fired.authority, at=fired.due_at, now=fired.fired_at)


def fire(clock: Clock = utc_now) -> int:
    """Mark all that is due as fired; returns how many."""
    total = 0
    while True:
        fired = fire_due(now=clock())
        total += fired
        if fired < FIRED_AT_ONCE:
            return total


def handle(clock: Clock = utc_now) -> int:
    """Run the handlers of what has fired, each in its own transaction; returns how many were tried."""
    handled = 0
    while claimed := claim_fired(now=clock()):
        each_claimed(
            "deadline",
            claimed,
            lambda deadline, attempt: handle_fired(deadline=deadline, attempt=attempt),
            lambda deadline, attempt, fault: note_deadline_fault(deadline=deadline, attempt=attempt, fault=fault),
        )
        handled += len(claimed)
    return handled


def do_deadlines(clock: Clock = utc_now) -> int:
    """Fire all that is due, then handle all that has fired; returns how many were handled."""
    fire(clock)
    return handle(clock)


def return_from_absence(since: datetime, now: datetime) -> int:
    """After a restore, before anything fires: put off what fell due since the backup; returns how many."""
    with transaction.atomic(durable=True):
        return put_off_missed(since=since, now=now, by=None)


def _wait(now: datetime) -> float:
    """Seconds until the next one is due: at least what gathers a burst, at most LOOK_EVERY."""
    following = next_due()
    if following is None:
        return LOOK_EVERY
    return min(max((following - now).total_seconds(), GATHER), LOOK_EVERY)


def run_firing(stop: threading.Event, fired: threading.Event, clock: Clock = utc_now) -> None:
    """Fire what is due until told to stop, and wake whoever handles in this process; at start and now and then, begin series.

    A thread of its own: long handlers never hold a due time up. A deadline that is set less than LOOK_EVERY before its time may
    fire that much late, no other.
    """
    begun_at: datetime | None = None

    def turn() -> float:
        nonlocal begun_at
        now = clock()
        if begun_at is None or abs((now - begun_at).total_seconds()) >= SERIES_LOOKED_AT_EVERY:
            begin_series(now=now)
            begun_at = now
        if fire(clock):
            fired.set()
        return _wait(clock())

    repeated(turn, stop)


def run_handling(stop: threading.Event, fired: threading.Event, clock: Clock = utc_now) -> None:
    """Run handlers until told to stop: as soon as something fires here, and soon when it fired elsewhere or is to be tried again."""

    def turn() -> float:
        handle(clock)
        return LOOK_EVERY

    repeated(turn, stop, fired)
