"""What the worker does for deadlines: fire what is due in batches, then run each handler in its own transaction."""

import logging
import threading
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from beffroi.kernel.deadlines.actions import (
    FIRED_AT_ONCE,
    begin_months,
    claim_fired,
    count_month,
    fire_due,
    handle_fired,
    note_deadline_fault,
)
from beffroi.kernel.deadlines.queries import authorities_uncounted, next_due
from beffroi.kernel.deadlines.registry import Fired
from beffroi.lib.clock import Clock, utc_now

log = logging.getLogger(__name__)

# A clock that is set is seen within this many seconds, whatever the next deadline.
LOOK_EVERY = 0.5
MONTHS_LOOKED_AT_EVERY = 3600


def on_month(fired: Fired) -> None:
    """The first of a month: count what was promised in the one before."""
    count_month(authority=fired.authority, at=fired.due_at, now=fired.fired_at)


def do_deadlines(clock: Clock = utc_now) -> int:
    """Fire all that is due and handle all that has fired; returns how many were handled. What is due meanwhile is fired first."""
    handled = 0
    while True:
        while fire_due(now=clock()) == FIRED_AT_ONCE:
            pass
        claimed = claim_fired(now=clock())
        if not claimed:
            return handled
        for deadline, attempt in claimed:
            try:
                handle_fired(deadline=deadline, attempt=attempt)
            except Exception as fault:  # a supervisor loop: one poisoned handler must not hold the others up
                if isinstance(fault, OperationalError | InterfaceError) and not connection.is_usable():
                    raise  # the database is away: what was claimed comes back by itself
                log.exception("deadline %s failed, attempt %d", deadline, attempt)
                note_deadline_fault(deadline=deadline, attempt=attempt, fault=type(fault).__name__)
        handled += len(claimed)


def _wait(now: datetime) -> float:
    """Seconds until the next one is due, at most LOOK_EVERY."""
    following = next_due()
    if following is None:
        return LOOK_EVERY
    return min(max((following - now).total_seconds(), 0.0), LOOK_EVERY)


def begin_all_months(now: datetime) -> None:
    """An authority that is new has its months counted."""
    for authority in authorities_uncounted():
        begin_months(authority=authority, now=now)


def run_deadlines(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop. A deadline that is set less than LOOK_EVERY before its time may fire that much late, no other."""
    months_at = None
    while not stop.is_set():
        try:
            now = clock()
            if months_at is None or abs((now - months_at).total_seconds()) >= MONTHS_LOOKED_AT_EVERY:
                begin_all_months(now)
                months_at = now
            do_deadlines(clock)
            seconds = _wait(clock())
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is away: %s", type(error).__name__)
            connection.close()
            seconds = LOOK_EVERY
        stop.wait(seconds)
