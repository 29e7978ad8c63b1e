"""Deadlines: 5,000 that are due within one second, from their time to the commit that says they fired, and to their handler's end.

``python -m bench deadlines [--quick]``. A PostgreSQL of its own with nothing switched off, a real `beffroi worker`, and an observer
that asks every few milliseconds what has changed: it sees a commit after it is there, never before. The promise is that of a cabinet
left open whose occurrence is over, so that a handler's time is one durable transaction that looks and finds nothing to tell.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo

COUNT, QUICK = 5_000, 1_000
BEFORE = 3.0  # seconds between the last row written and the first that is due
LIMIT_MS = 200.0
LOOK_EVERY = 0.003
SELDOM = 0.25
OVERLAP = 0.5  # seconds for which a transaction may stay uncommitted after it took its time
PATIENCE = 120.0

_FILL = """
INSERT INTO deadlines_deadline (id, authority_id, kind, subject, since, due_at, data, state, attempts, fault)
SELECT gen_random_uuid(), %(authority)s, 'cabinets.open', gen_random_uuid(), now() - interval '30 minutes',
       to_timestamp(%(start)s) + n * interval '1 second' / %(count)s, '{}', 'waiting', 0, ''
FROM generate_series(0, %(count)s - 1) AS n
"""
# What changed since the last look; the overlap catches transactions that committed late.
_LOOK = """
SELECT id, extract(epoch FROM due_at)::float8, state FROM deadlines_deadline
WHERE kind = 'cabinets.open' AND state IN ('fired', 'done') AND ended_at >= to_timestamp(%(since)s)
"""


@dataclass
class Seen:
    """How late each was when it was first seen, in milliseconds."""

    lateness: dict[object, float] = field(default_factory=dict)

    def look(self, found: list[tuple[object, float]], now: float) -> None:
        """What an observation found."""
        for identifier, due in found:
            self.lateness.setdefault(identifier, (now - due) * 1000)

    def quantile(self, share: float) -> float:
        """The lateness that this share of them does not exceed."""
        ordered = sorted(self.lateness.values())
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def installation() -> Iterator[ConnectionInfo]:
    """A cluster with our tables, and an authority."""
    home = Path(tempfile.mkdtemp(prefix="beffroi-bench-"))
    home.chmod(0o711)
    cluster = Cluster(home)
    try:
        info = cluster.start()
        os.environ.update(BEFFROI_HOME=str(home), DATABASE_URL=info.app_url, BEFFROI_LOG_LEVEL="ERROR")
        beffroi("migrate", BEFFROI_DATABASE_OWNER_URL=info.owner_url)
        yield info
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def beffroi(*words: str, **variables: str) -> None:
    """A command of ours, which must do well."""
    command = [sys.executable, "-m", "beffroi", *words]
    subprocess.run(command, env={**os.environ, **variables}, check=True, stdout=subprocess.DEVNULL)


def observe(info: ConnectionInfo, *, start: float, count: int) -> tuple[Seen, Seen]:
    """Look until every one is handled: when each was seen fired, and done."""
    fired, done = Seen(), Seen()
    give_up = time.time() + PATIENCE
    with psycopg.connect(info.app_url, autocommit=True) as connection:
        while len(done.lateness) < count:
            # Looking at all that is done costs much: often while they fire, now and then afterwards.
            firing = len(fired.lateness) < count
            since = max(start, time.time() - OVERLAP) if firing else start
            found = connection.execute(_LOOK, {"since": since}).fetchall()
            now = time.time()
            fired.look([(identifier, due) for identifier, due, _ in found], now)
            done.look([(identifier, due) for identifier, due, state in found if state == "done"], now)
            if time.time() > give_up:
                raise SystemExit(f"{count - len(done.lateness)} of {count} were not handled within {PATIENCE:.0f} s")
            time.sleep(LOOK_EVERY if firing else SELDOM)
    return fired, done


def main() -> None:
    """Prints the table."""
    count = QUICK if "--quick" in sys.argv else COUNT
    with installation() as info:
        authority = "00000000-0000-4000-8000-000000000001"
        with psycopg.connect(info.owner_url, autocommit=True) as owner:
            owner.execute(
                "INSERT INTO territory_organisation (id, name, kind, created_at) VALUES (%s, 'Meaux', 'town-hall', now())",
                [authority],
            )
            owner.execute(
                "INSERT INTO territory_authority (id, slug, name, organisation_id, colour, created_at)"
                " VALUES (%s, 'meaux', 'Meaux', %s, '#1f5f8b', now())",
                [authority, authority],
            )
        with subprocess.Popen([sys.executable, "-m", "beffroi", "worker"]) as worker:
            try:
                await_worker(info)
                start = time.time() + BEFORE
                with psycopg.connect(info.owner_url, autocommit=True) as owner:
                    owner.execute(_FILL, {"authority": authority, "start": start, "count": count})
                fired, done = observe(info, start=start, count=count)
            finally:
                worker.terminate()
    verdict = "kept" if fired.quantile(0.95) <= LIMIT_MS else "MISSED"
    print(f"{count} deadlines due within one second, one worker; load {os.getloadavg()[0]:.1f}")
    print("| | p50 | p95 | p99 | most |\n|---|---|---|---|---|")
    for name, seen in (("due → seen fired, committed", fired), ("due → handler done", done)):
        figures = [seen.quantile(share) for share in (0.5, 0.95, 0.99, 1.0)]
        print(f"| {name} | " + " | ".join(f"{figure:.0f} ms" for figure in figures) + " |")
    span = max(done.lateness.values()) / 1000
    print(
        f"limit: fired p95 ≤ {LIMIT_MS:.0f} ms: {verdict}. Handlers: {count / max(span, 0.001):.0f}/s at least, ",
        end="",
    )
    print(f"mean lateness {statistics.fmean(done.lateness.values()):.0f} ms")


def await_worker(info: ConnectionInfo) -> None:
    """Until it has begun to count months, which is the first thing it does."""
    give_up = time.time() + PATIENCE
    with psycopg.connect(info.app_url, autocommit=True) as connection:
        while not connection.execute("SELECT 1 FROM deadlines_deadline WHERE kind = 'deadlines.month'").fetchone():
            if time.time() > give_up:
                raise SystemExit("the worker does not start")
            time.sleep(0.05)


if __name__ == "__main__":
    main()
