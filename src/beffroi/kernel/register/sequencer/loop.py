"""The sequencer's process: one connection that holds the lock, listens, numbers and reads; nothing outlives its loss."""

import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from beffroi.kernel.register.actions.sequencing import sequence
from beffroi.kernel.register.actions.wake import CHANNEL
from beffroi.kernel.register.queries import standing
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, signed_checkpoint
from beffroi.kernel.register.queries.standing import HeadState, check_extends, waiting
from beffroi.kernel.register.sequencer.hold import refuse_held
from beffroi.kernel.register.sequencer.lock import wait_for_lock
from beffroi.kernel.register.sequencer.publication import publish, publish_fresh
from beffroi.protocol.register.names import LogName

log = logging.getLogger(__name__)

_BATCH = 5000
_IDLE = 0.5  # seconds: the longest sleep when no wake-up call comes
_WRITERS = 8  # logs published side by side
_GATHER = 0.05  # seconds: acts that come together are numbered together
_AGAIN = 1.0  # seconds before another try after a lost connection


class Sequencer:
    """Numbers and publishes; `look` does one round, `run` goes on until told to stop."""

    def __init__(self, place: Shelf, keys: KeyRing, *, batch: int = _BATCH) -> None:
        self._place = place
        self._keys = keys
        self._batch = batch
        self._heads: dict[str, HeadState] = {}
        self._horizon = 0

    def begin(self) -> None:
        """Forget what was known, check every log against what was published, and publish what a crash left behind.

        Raises SequencerStopped, for a register that is held too.
        """
        self._horizon = 0
        refuse_held(self._place)
        known = standing.heads()
        for head in known:
            self._check(head.name, head)
        for name in self._place.names():
            if all(head.name != name for head in known):
                self._check(name, None)
        for head in known:
            if not head.closed:
                publish(head, self._place, self._keys)
        self._heads = {head.name.log: head for head in known if not head.closed}

    def look(self) -> int:
        """Number what waits and publish it; returns how many entries were found. Raises SequencerStopped."""
        found = waiting(horizon=self._horizon, limit=self._batch)
        if found.entries:
            origins = {log: LogName(log).origin(self._place.host) for log in found.entries}
            heads = sequence(entries=found.entries, origins=origins, expected=self._heads, check=self._check_head)
            self._heads.update(heads)
            self._publish({head: [body for _, body in found.entries[log]] for log, head in heads.items()})
        if found.complete:
            self._horizon = found.horizon
        return sum(len(entries) for entries in found.entries.values())

    def run(self, stop: threading.Event) -> None:
        """Wait for the lock, then work until `stop` is set; a lost connection starts all over. Raises SequencerStopped."""
        while not stop.is_set():
            try:
                self._serve(stop)
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                log.warning("database connection lost: %s", str(error).strip())
                stop.wait(_AGAIN)
            finally:
                with contextlib.suppress(DatabaseError, InterfaceError, psycopg.Error):
                    connection.close()

    def _serve(self, stop: threading.Event) -> None:
        if not wait_for_lock(stop):
            return
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self.begin()
        log.info("sequencer at work: %d logs", len(self._heads))
        while not stop.is_set():
            if self.look():
                stop.wait(_GATHER)
            else:
                _sleep()

    def _publish(self, fresh: Mapping[HeadState, Sequence[bytes]]) -> None:
        """Publish what was just numbered, logs side by side: most of the time goes into waiting for disks."""
        with ThreadPoolExecutor(min(_WRITERS, len(fresh))) as pool:
            done = list(pool.map(self._publish_fresh, fresh, fresh.values()))
        for head, published in zip(fresh, done, strict=True):
            if not published:
                publish(head, self._place, self._keys)

    def _publish_fresh(self, head: HeadState, bodies: Sequence[bytes]) -> bool:
        return publish_fresh(head, bodies, self._place, self._keys)

    def _check_head(self, head: HeadState) -> None:
        self._check(head.name, head)

    def _check(self, name: LogName, head: HeadState | None) -> None:
        archive = self._place.archive(name)
        check_extends(head, archive, signed_checkpoint(archive, self._keys.of(name.log)))


def _sleep() -> None:
    """Until somebody rings, or half a second."""
    raw = connection.connection
    if raw is None:
        raise psycopg.OperationalError("the connection is gone")
    for _ in raw.notifies(timeout=_IDLE, stop_after=1):
        break
