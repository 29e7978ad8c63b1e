"""One reader of changes for the whole process: one LISTEN connection, one place, however many screens are open."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol
from uuid import UUID

from django.db import connection

from beffroi.persistence.live import CHANNEL, Place, Reading, read_since
from beffroi.persistence.wake import Listener
from beffroi.persistence.work import DATABASE_AWAY

log = logging.getLogger(__name__)

# Without news from NOTIFY the table is looked at so often: an empty reading says that nothing has changed.
LOOK_EVERY: Final = 1.0
# However many acts there are, one look takes them all.
AT_MOST_EVERY: Final = 0.1
STARTED_WITHIN: Final = 10.0
# Screens that one process serves, and those of one person.
MOST: Final = 500
MOST_OF_ONE: Final = 10


class Subscriber(Protocol):
    """Who is told what is found, and for whom: the person whose screen it is."""

    person: UUID

    def take(self, reading: Reading) -> None:
        """Called in the hub's thread; must return at once."""


class HubDown(Exception):
    """The database does not answer: nobody can be told anything now."""


class Hub:
    """Reads while somebody is subscribed; stops with the last one."""

    def __init__(self, read: Callable[[Place | None], Reading] = read_since) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._subscribers: set[Subscriber] = set()
        self._run: _Run | None = None

    def room_for(self, person: UUID) -> bool:
        """Whether this process takes one more screen, of that person."""
        with self._lock:
            own = sum(subscriber.person == person for subscriber in self._subscribers)
            return len(self._subscribers) < MOST and own < MOST_OF_ONE

    def join(self, subscriber: Subscriber) -> None:
        """From its return, everything that commits is told to the subscriber. Raises HubDown; waits for the first reading."""
        with self._lock:
            self._subscribers.add(subscriber)
            if self._run is None or not self._run.alive:
                self._run = _Run(self._read, self._tell)
            run = self._run
        if not run.started.wait(STARTED_WITHIN):
            self.leave(subscriber)
            raise HubDown

    def leave(self, subscriber: Subscriber) -> None:
        """Tell them nothing more."""
        with self._lock:
            self._subscribers.discard(subscriber)
            if not self._subscribers and self._run is not None:
                self._run.stop()
                self._run = None

    def _tell(self, reading: Reading) -> None:
        with self._lock:
            subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            subscriber.take(reading)


class _Run:
    """One life of the hub's thread."""

    def __init__(self, read: Callable[[Place | None], Reading], tell: Callable[[Reading], None]) -> None:
        self._read = read
        self._tell = tell
        self._stop = threading.Event()
        self._woken = threading.Event()
        self.started = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="live hub", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Whoever still waits for the first reading has left: they are let go."""
        self._stop.set()
        self._woken.set()
        self.started.set()

    def _follow(self) -> None:
        with Listener(CHANNEL, ring=self._woken.set):
            place: Place | None = None
            told: frozenset[int] = frozenset()
            while not self._stop.is_set():
                self._woken.clear()
                try:
                    reading = self._read(place)
                except DATABASE_AWAY as error:
                    log.warning("the database is away, screens stand still: %s", type(error).__name__)
                    connection.close()
                else:
                    fresh = tuple(change for change in reading.changes if change.id not in told)
                    # What has committed above the oldest running transaction is found again next time.
                    told = frozenset(change.id for change in reading.changes if change.xid >= reading.place.xid)
                    place = reading.place
                    self.started.set()
                    self._tell(replace(reading, changes=fresh))
                self._stop.wait(AT_MOST_EVERY)
                self._woken.wait(LOOK_EVERY)
        connection.close()


HUB: Final = Hub()
