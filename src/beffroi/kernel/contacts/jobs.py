"""What the worker does for contacts: what their events ask, and how they are; and the body of `beffroi bridge`."""

import logging
import threading

from django.db import connection

from beffroi.adapters.sensors.sources import Broker
from beffroi.kernel.contacts.actions.health import sweep_contacts, sweep_lines
from beffroi.kernel.contacts.actions.hearing import CHANNEL
from beffroi.kernel.contacts.actions.tasks import claim_events, handle_event, note_fault, tell_left_open
from beffroi.kernel.contacts.ingest import LOOK_EVERY, Ear
from beffroi.kernel.contacts.registry import observed
from beffroi.kernel.deadlines.registry import Fired
from beffroi.kernel.territory.queries.authorities import authority_named
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import each_claimed, repeated

__all__ = ["CHANNEL", "do_events", "on_left_open", "run_bridge", "run_events", "sweep"]

log = logging.getLogger(__name__)

# Without news from NOTIFY the table is looked at so often.
POLL = 1.0
SWEEP_EVERY = 10.0
# How many looks of the bridge until an authority that wasn't there is looked for again.
LOOKS_AN_AUTHORITY = 10


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


def run_bridge(stop: threading.Event) -> None:
    """Listen to every broker that the file names, until told to stop. What ends one ends all: the process starts whole again. One whose
    authority isn't there yet is listened to as soon as it is.
    """
    waiting = list(observed().brokers)
    threads: list[threading.Thread] = []
    looked = 0

    def turn() -> float:
        nonlocal looked
        if not all(thread.is_alive() for thread in threads):
            raise RuntimeError("a broker's listener ended")
        if waiting and looked % LOOKS_AN_AUTHORITY == 0:
            _begin(waiting, threads, stop, say=looked == 0)
        looked += 1
        return LOOK_EVERY

    repeated(turn, stop)
    for thread in threads:
        thread.join(timeout=2 * LOOK_EVERY)


def _begin(waiting: list[Broker], threads: list[threading.Thread], stop: threading.Event, *, say: bool) -> None:
    """Start listening where the authority is there."""
    for broker in list(waiting):
        authority = authority_named(broker.authority)
        if authority is None:
            if say:
                log.warning("%s waits: no authority here is called %s", broker.name, broker.authority)
            continue
        waiting.remove(broker)
        ear = Ear(broker, authority)
        threads.append(threading.Thread(target=ear.run, args=(stop,), name=broker.name, daemon=True))
        threads[-1].start()
    connection.close()
