"""What a battery does to a running town: kills its processes, asks its database, and proves that its register holds.

The killed process is one that the test started (through the supervisor whose status file names it), ended by its number.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from beffroi.adapters.postgres import notes as cluster
from beffroi.adapters.process import status
from beffroi.simulator.life.crew import Planner, Technician
from tests.journeys.demonstration import Demonstration

BOB, THEO = "bob@fibre77.example", "theo@fibre77.example"
PATIENCE = 600.0
LOOK_EVERY = 0.2


def until(condition: Callable[[], bool], what: str, every: float = LOOK_EVERY) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(every)


def technician(demo: Demonstration) -> Technician:
    """Théo, to whom Bob gives what he asks for: a code for his phone, an order for each cabinet that he opens."""
    return Technician("Théo Marchand", demo.browser(THEO), Planner(demo.browser(BOB)), threading.Event().wait)


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


def assert_register_holds(demo: Demonstration, file: Path) -> None:
    exported = demo.command("register", "export", str(file))
    assert exported.returncode == 0, exported.stderr
    keys = [line for line in demo.command("register", "key").stdout.split() if line.count("+") >= 2]
    options = [option for key in keys for option in ("--key", key)]
    verified = demo.command(
        "register", "verify", str(file), *options, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere"
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
