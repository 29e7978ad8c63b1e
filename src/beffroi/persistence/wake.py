"""Waking a process: one NOTIFY when the transaction commits. It only wakes; what is to be done lies in rows."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
from django.db import connection, transaction

log = logging.getLogger(__name__)
LOOK_EVERY = 0.5
AGAIN_AFTER = 1.0


def wake(channel: str) -> None:
    """Have the processes that listen on this channel look at their rows, once this transaction has committed.

    NOTIFY is itself transactional and PostgreSQL merges equal ones, so it is simply said inside.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{channel} was woken outside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])


def listening_connection(channel: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own that hears a channel; an advisory lock taken on it dies with the process."""
    parameters = connection.get_connection_params()
    kept = {name: value for name, value in parameters.items() if name in {"host", "port", "user", "password", "dbname"}}
    heard: psycopg.Connection[tuple[object, ...]] = psycopg.connect(**kept, autocommit=True)
    heard.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
    return heard


class Listener:
    """Calls `ring` in a thread of its own when a channel is heard; a lost connection is made again."""

    def __init__(self, channel: str, *, ring: Callable[[], object]) -> None:
        self._channel = channel
        self._ring = ring
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listener {channel}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2 * LOOK_EVERY)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with listening_connection(self._channel) as heard:
                    self._ring()  # what was said while nobody listened
                    self._listen(heard)
            except psycopg.OperationalError as error:
                log.warning("can't listen on %s, trying again: %s", self._channel, type(error).__name__)
                self._stop.wait(AGAIN_AFTER)

    def _listen(self, heard: "psycopg.Connection[tuple[object, ...]]") -> None:
        while not self._stop.is_set():
            for _notice in heard.notifies(timeout=LOOK_EVERY, stop_after=1):
                self._ring()
