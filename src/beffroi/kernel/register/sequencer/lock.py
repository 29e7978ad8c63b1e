"""One sequencer at a time: an advisory lock of the database, held by the very connection that numbers."""

import logging
import threading

from django.db import connection

log = logging.getLogger(__name__)

LOCK = 0x6265_6666_7265_6731  # "beffreg1"
_AGAIN = 1.0  # seconds between two tries


def try_lock() -> bool:
    """Take the lock for this connection's life; False when another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def wait_for_lock(stop: threading.Event) -> bool:
    """Take the lock as soon as it is free; False when told to stop first."""
    said = False
    while not stop.is_set():
        with connection.cursor() as cursor:
            cursor.execute("SET application_name = 'beffroi sequencer'")
        if try_lock():
            return True
        if not said:
            log.info("another sequencer is at work; this one waits")
            said = True
        stop.wait(_AGAIN)
    return False
