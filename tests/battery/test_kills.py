"""kill -9 of every process of a town, one after the other, while a technician opens cabinets: every admitted opening has exactly one entry.

The killed process is one that this test started (through the supervisor whose status file names it), ended by its number.
"""

import json
import os
import re
import signal
import socket
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from beffroi.adapters.postgres import notes as cluster
from beffroi.adapters.process import status
from tests.battery.people import Member, Technician, Unanswered, arrive
from tests.journeys.demonstration import Demonstration, demonstration

KILLED = ("web", "worker", "ingest", "sequencer", "minter", "lock-1", "broker", "database")
OPENINGS_BEFORE, OPENINGS_AFTER = 2, 3
PATIENCE = 240.0
LOOK_EVERY = 0.2
CODE = r'<span class="plate large">([0-9A-Z]{5}-[0-9A-Z]{5})</span>'


@pytest.fixture(scope="module")
def demo() -> Iterator[Demonstration]:
    with demonstration() as running:
        yield running


def touch(port: int) -> dict[str, object] | None:
    """A hand on the handle; None while the lock's process is away."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line, line.makefile("rw") as stream:
            stream.write('{"do": "touch"}\n')
            stream.flush()
            said: dict[str, object] = json.loads(stream.readline())
            return said
    except (OSError, ValueError):
        return None


def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]  # a function without arguments
        assert time.monotonic() < deadline, what
        time.sleep(LOOK_EVERY)


def bodies(demo: Demonstration) -> dict[str, int]:
    found: dict[str, int] = json.loads((demo.home / "demo" / "bodies.json").read_text())
    return found


def gates(demo: Demonstration) -> dict[str, str]:
    """Each of the three locks' identifiers, as the metal says."""
    return {name: str((touch(port) or {})["device"]) for name, port in bodies(demo).items() if name != "locks"}


def prepared(demo: Demonstration) -> Technician:
    """Bob gives Théo a code and an order for each of the three cabinets."""

    bob, theo = arrive(demo.town, "bob@fibre77.example"), Technician(arrive(demo.town, "theo@fibre77.example"))
    page = bob.ask("/team/")[1]
    card = page[page.index("Théo Marchand") :]
    found = re.search(r"/team/[0-9a-f-]{36}/code/", card)
    assert found
    code = re.search(CODE, posted(bob, found[0], "/team/"))
    assert code
    theo.enrol(code[1])
    form = bob.ask("/orders/add/")[1]
    technician = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Théo Marchand', form)
    purpose = re.search(r'<option value="([0-9a-f-]{36}:[a-z]+)"', form)
    starts, ends = re.findall(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d)"', form)[:2]
    assert technician
    assert purpose
    for reference in (corner["reference"] for corner in demo.corners()):
        cabinet = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{reference}', form)
        assert cabinet
        bob.send(
            "/orders/add/",
            cabinet=cabinet[1],
            technician=technician[1],
            purpose=purpose[1],
            starts=starts,
            ends=ends,
            reference="",
        )
    return theo


def posted(member: Member, path: str, page: str) -> str:
    """A form of one button, on another page."""

    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', member.ask(page)[1])
    assert token
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode()
    return member.ask(path, body, Referer=member.address + page)[1]


def open_some(theo: Technician, demo: Demonstration, locks: dict[str, str], admitted: set[str], count: int) -> None:
    """Openings at each lock in turn; what can't be asked is tried at the next one, as a person would."""
    ports = bodies(demo)
    names = sorted(locks)
    for number in range(count):
        name = names[number % len(names)]
        touch(ports[name])
        try:
            nonce = theo.open(locks[name], int(time.time()))
        except Unanswered:
            continue
        if nonce is not None:
            admitted.add(nonce)


@pytest.mark.xdist_group("demonstration")
def test_every_admitted_opening_has_exactly_one_entry(
    demo: Demonstration, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    theo, locks = prepared(demo), gates(demo)
    until(lambda: all(theo.rights(gate)[2] for gate in locks.values()), "the orders are not on the phone")
    admitted: set[str] = set()
    open_some(theo, demo, locks, admitted, 3)
    assert len(admitted) == 3
    for _round in range(request.config.getoption("--kill-rounds", default=1)):
        for part in KILLED:
            open_some(theo, demo, locks, admitted, OPENINGS_BEFORE)
            kill(demo, part)
            open_some(theo, demo, locks, admitted, OPENINGS_AFTER)
            until(lambda: demo.health().get("status") == "well", f"not well after {part} was killed")
    before = len(admitted)
    open_some(theo, demo, locks, admitted, 3)
    assert len(admitted) == before + 3, "the town does not open any more"
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
    for name, port in bodies(demo).items():
        if name != "locks" and (touch(port) or {}).get("waiting") != 0:
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
