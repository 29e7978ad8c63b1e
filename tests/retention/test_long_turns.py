"""What retention does takes as long as it takes: the promises that the same worker keeps don't wait for it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from tests.retention.town import OpenedOnce

RULE = "cabinets.uses"
WAITING = """
SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""


def until(done: Callable[[], bool], what: str) -> None:
    pause, limit = threading.Event(), time.monotonic() + 120
    while not done():
        assert time.monotonic() < limit, what
        pause.wait(0.02)


def state(subject: UUID) -> str:
    return str(Deadline.objects.values_list("state", flat=True).get(subject=subject))


def test_a_rule_that_waits_for_its_turn_holds_no_alarm_up(
    opened_once: OpenedOnce, own_database: ConnectionInfo
) -> None:
    authority = opened_once.use.authority_id
    erasure, door = uuid4(), uuid4()

    def due_now(kind: str, subject: UUID, **data: str) -> None:
        set_deadline(
            kind=kind, authority=authority, subject=subject, since=opened_once.at, promise=timedelta(0), data=data
        )

    given = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    with (
        psycopg.connect(own_database.owner_url, autocommit=True) as other,
        subprocess.Popen(
            [sys.executable, "-m", "beffroi", "worker"],
            env={**given, "DATABASE_URL": own_database.app_url, "BEFFROI_PROCESS": ""},
        ) as worker,
    ):
        turn = [f"retention:{RULE}:{authority}"]
        try:
            other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", turn)
            due_now("retention.erasure", erasure, rule=RULE)
            until(lambda: other.execute(WAITING).fetchone() is not None, "the rule waits for its turn")
            due_now("cabinets.open", door)
            until(lambda: state(door) == DeadlineState.DONE, "the door's time is looked at meanwhile")
            assert state(erasure) == DeadlineState.FIRED
            other.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", turn)
            until(lambda: state(erasure) == DeadlineState.DONE, "the rule has its turn")
        finally:
            worker.terminate()
            worker.wait()
