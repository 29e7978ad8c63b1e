"""What the worker does for contacts: what their events ask, and how they are."""

import threading

from beffroi.kernel.contacts.actions.health import sweep_contacts, sweep_lines
from beffroi.kernel.contacts.actions.hearing import CHANNEL
from beffroi.kernel.contacts.actions.tasks import claim_events, handle_event, note_fault, tell_left_open
from beffroi.kernel.deadlines.registry import Fired
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import each_claimed, repeated

__all__ = ["CHANNEL", "do_events", "on_left_open", "run_events", "sweep"]

# Without news from NOTIFY the table is looked at so often.
POLL = 1.0
SWEEP_EVERY = 10.0


def do_events(clock: Clock = utc_now) -> int:
    """Do what is due, a part at most; returns how many events were claimed."""
    claimed = claim_events(now=clock())
    each_claimed(
        "event of a contact",
        claimed,
        lambda event, attempt: handle_event(event=event, attempt=attempt, now=clock()),
        lambda event, attempt, fault: note_fault(event=event, attempt=attempt, fault=fault),
    )
    return len(claimed)


def sweep(clock: Clock = utc_now) -> int:
    """See once how all contacts and brokers are; returns how many changed."""
    return sweep_contacts(now=clock()) + sweep_lines(now=clock())


def on_left_open(fired: Fired) -> None:
    """A room's door has stood open for as long as was promised."""
    tell_left_open(authority=fired.authority, contact=fired.subject, since=fired.since, now=fired.fired_at)


def run_events(stop: threading.Event, woken: threading.Event | None = None, clock: Clock = utc_now) -> None:
    """Until told to stop: events as they come, and a sweep every few seconds. Several may."""
    swept = clock()

    def turn() -> float:
        nonlocal swept
        # One of each contact at a time: what it said next comes with the next part.
        if do_events(clock):
            return 0.0
        if (clock() - swept).total_seconds() >= SWEEP_EVERY:
            sweep(clock)
            swept = clock()
        return POLL

    repeated(turn, stop, woken)
