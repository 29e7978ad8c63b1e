"""kill -9 of every process of a town, one after the other, while a technician opens cabinets: every admitted opening has exactly one entry.

The killed process is one that this test started (through the supervisor whose status file names it), ended by its number.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from beffroi.adapters.postgres import notes as cluster
from beffroi.adapters.process import status
from beffroi.simulator.hands import NobodyThereError, put
from beffroi.simulator.life.crew import TROUBLES, ForgedError, Planner, Technician
from tests.journeys.demonstration import Demonstration, demonstration

BOB, THEO = "bob@fibre77.example", "theo@fibre77.example"
KILLED = ("web", "worker", "ingest", "sequencer", "minter", "lock-1", "broker", "database")
OPENINGS_BEFORE, OPENINGS_AFTER = 2, 3
PATIENCE = 240.0
LOOK_EVERY = 0.2


@pytest.fixture(scope="module")
def demo() -> Iterator[Demonstration]:
    with demonstration() as running:
        yield running


def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]  # a function without arguments
        assert time.monotonic() < deadline, what
        time.sleep(LOOK_EVERY)


def technician(demo: Demonstration) -> Technician:
    """Théo, to whom Bob gives what he asks for: a code for his phone, an order for each cabinet that he opens."""
    return Technician("Théo Marchand", demo.browser(THEO), Planner(demo.browser(BOB)), threading.Event().wait)


def open_some(theo: Technician, demo: Demonstration, admitted: set[str], count: int) -> int:
    """Openings at each of the street's cabinets in turn, and how many were admitted; what can't be opened is tried at the next one, as
    a person would.
    """
    before = len(admitted)
    corners = demo.corners()
    for number in range(count):
        try:
            admitted.add(theo.open(corners[number % len(corners)].stand))
        except ForgedError:
            raise
        except TROUBLES:
            continue
    return len(admitted) - before


@pytest.mark.xdist_group("demonstration")
def test_every_admitted_opening_has_exactly_one_entry(
    demo: Demonstration, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    theo, admitted = technician(demo), set[str]()
    until(lambda: open_some(theo, demo, admitted, 3) == 3, "the town does not open")
    for _round in range(request.config.getoption("--kill-rounds", default=1)):
        for part in KILLED:
            open_some(theo, demo, admitted, OPENINGS_BEFORE)
            kill(demo, part)
            open_some(theo, demo, admitted, OPENINGS_AFTER)
            until(lambda: demo.health().get("status") == "well", f"not well after {part} was killed")
    assert open_some(theo, demo, admitted, 3) == 3, "the town does not open any more"
    until(lambda: quiet(demo), "events are still on their way")
    assert_each_once(demo, admitted)
    assert_register_holds(demo, tmp_path / "export")


def kill(demo: Demonstration, part: str) -> None:
    """kill -9, by the number that the supervisor wrote; returns once that process is gone."""
    known = status.read(demo.home)
    assert known is not None
    pid = next(each.pid for each in known.parts if each.name == part)
    assert pid is not None, part
    os.kill(pid, signal.SIGKILL)

    def replaced() -> bool:
        now = status.read(demo.home)
        return now is not None and next(each for each in now.parts if each.name == part).pid != pid

    until(replaced, f"{part} is not started again")


def query(demo: Demonstration, text: str) -> list[tuple[object, ...]]:
    known = cluster.read(demo.home / "postgres" / "cluster.json")
    assert known is not None
    with psycopg.connect(known.connection().app_url) as connection:
        return connection.execute(text).fetchall()


def quiet(demo: Demonstration) -> bool:
    """Locks keep nothing more, no task waits, every entry is numbered."""
    try:
        if any(put(corner.body, "state").waiting for corner in demo.corners()):
            return False
    except NobodyThereError:
        return False
    tasks = query(demo, "SELECT count(*) FROM devices_sinktask")
    loose = query(
        demo,
        "SELECT count(*) FROM register_entry e WHERE NOT EXISTS (SELECT 1 FROM register_leaf l WHERE l.entry = e.id)",
    )
    return tasks == [(0,)] and loose == [(0,)]


def assert_each_once(demo: Demonstration, admitted: set[str]) -> None:
    uses = query(demo, "SELECT nonce, entry FROM cabinets_use WHERE admitted")
    nonces = [str(nonce) for nonce, _entry in uses]
    assert len(nonces) == len(set(nonces))
    assert admitted <= set(nonces), "an opening that the phone saw has no entry"
    signed = query(demo, "SELECT count(*) FROM devices_deviceevent WHERE kind = 'use-admitted'")
    entries = query(demo, "SELECT count(*) FROM register_entry WHERE kind = 'cabinet.opened'")
    assert signed == entries == [(len(uses),)]
    leaves = query(
        demo, "SELECT count(*) FROM register_leaf l JOIN cabinets_use u ON u.entry = l.entry WHERE u.admitted"
    )
    assert leaves == entries


def assert_register_holds(demo: Demonstration, file: Path) -> None:
    exported = demo.command("register", "export", str(file))
    assert exported.returncode == 0, exported.stderr
    keys = [line for line in demo.command("register", "key").stdout.split() if line.count("+") >= 2]
    options = [option for key in keys for option in ("--key", key)]
    verified = demo.command(
        "register", "verify", str(file), *options, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere"
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
