"""`beffroi up`: a whole installation from an empty folder, its health, what it survives, how it stops."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypedDict

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process import orphans, status
from beffroi.adapters.process.places import free_port
from tests import database, memory

PATIENCE = 600.0  # seconds; a slow machine is not a failing one


class PartOfHealth(TypedDict):
    """A part as /healthz tells it."""

    name: str
    state: str
    pid: int | None
    restarts: int


class Details(TypedDict):
    """What /healthz tells this machine; a stranger gets `status` only."""

    status: str
    database: dict[str, object]
    broker: dict[str, object]
    parts: list[PartOfHealth]
    findings: list[dict[str, object]]


def eventually(condition: Callable[[], bool], what: str | Callable[[], str], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"never: {what if isinstance(what, str) else what()}"
        time.sleep(0.1)


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Where a home may be; its database's account may pass through."""
    folder = memory.folder("beffroi-up-")
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_folder() as folder:
        yield folder


def variables(home: Path, **more: str) -> dict[str, str]:
    """This run's environment without its own town."""
    ours = ("BEFFROI_", "DATABASE_", "DJANGO_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return clean | {"BEFFROI_HOME": str(home), "BEFFROI_WEB_PROCESSES": "1"} | more


def beffroi(home: Path, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "beffroi", *arguments],
        env=variables(home, **more),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


ASKED = ("init", "--authority-name", "Ville de Saint-Cyr-l'École", "--admin-email", "maire@st-cyr.example")
TAKEN = ("--admin-password-stdin",)


class Settled(NamedTuple):
    """A home that `beffroi migrate`, then `beffroi init` made of an empty folder, and what they answered: to whoever asks what would be
    done, then has it done; to a weak password, and to a good one.
    """

    home: Path
    planned: subprocess.CompletedProcess[str]
    migrated: subprocess.CompletedProcess[str]
    weak: subprocess.CompletedProcess[str]
    first: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def settled() -> Iterator[Settled]:
    """Once: from nothing to the tables of this release is half a minute of processor."""
    with empty_folder() as folder:
        planned, migrated = beffroi(folder, "migrate", "--plan"), beffroi(folder, "migrate")
        weak = beffroi(folder, *ASKED, *TAKEN, given="mairie\n")
        first = beffroi(folder, *ASKED, *TAKEN, given="quatre mots pris au hasard\n")
        yield Settled(folder, planned, migrated, weak, first)


class Installation:
    """A `beffroi up` that runs."""

    def __init__(self, home: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.home, self.port, self.process = home, port, process

    def ask(self, **headers: str) -> tuple[int, Details]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(
                "GET", "/healthz", headers={name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def well(self) -> bool:
        try:
            return self.ask()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def unwell(self) -> str:
        """What it says of itself, for whoever waited in vain."""
        try:
            health: object = self.ask()[1]
        except (OSError, http.client.HTTPException) as silent:
            health = silent
        return f"it is well: {health!r}\n{self.said}"

    def part(self, name: str) -> PartOfHealth:
        return next(part for part in self.ask()[1]["parts"] if part["name"] == name)

    @property
    def said(self) -> str:
        return (self.home.parent / "said").read_text()


@contextmanager
def installation(home: Path, **more: str) -> Iterator[Installation]:
    port = free_port()
    with (home.parent / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "beffroi", "up"],
            env=variables(home, BEFFROI_PORT=str(port), **more),
            stdout=said,
            stderr=said,
        )
    with process:
        running = Installation(home, port, process)
        try:
            eventually(lambda: process.poll() is not None or running.well(), running.unwell)
            assert process.poll() is None, running.said
            yield running
        finally:
            process.terminate()
            process.wait(PATIENCE)


def lives(pid: int | None) -> bool:
    """Whether this process runs (a zombie doesn't)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_and_see_it_back(town: Installation, name: str) -> None:
    before = town.part(name)
    pid, restarts = before["pid"], before["restarts"] + 1
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not lives(pid), f"{name} ends")
    eventually(lambda: town.well() and town.part(name)["restarts"] == restarts, f"{name} works again")


def strangers_learn_only_whether_all_is_well(town: Installation) -> None:
    proxied = [
        {"X_Forwarded_For": "192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
        {"X_Real_IP": "192.0.2.7"},
        {"Via": "1.1 proxy"},
    ]
    for headers in (*proxied, {"Host": "phone.localhost"}):
        code, told = town.ask(**headers)
        assert (code, dict(told)) == (200, {"status": "well"})
    assert "parts" in town.ask(Host="localhost")[1]


def test_a_town_survives_kill_9_of_each_part_and_stops_whole(settled: Settled) -> None:
    home = settled.home
    with installation(home, BEFFROI_WEB_PROCESSES="2") as town:
        code, health = town.ask()
        assert (code, health["status"]) == (200, "well")
        assert health["database"]["roles"] == "apart"
        names = [part["name"] for part in health["parts"]]
        assert names[:3] == ["database", "broker", "migrate"]
        assert names[-2:] == ["web", "web 2"]
        strangers_learn_only_whether_all_is_well(town)

        again = beffroi(home, "up", BEFFROI_PORT=str(free_port()))
        assert (again.returncode, "already runs" in again.stderr) == (2, True)
        taken = beffroi(home.parent / "other", "up", BEFFROI_PORT=str(town.port))
        assert (taken.returncode, f"port {town.port}" in taken.stderr, "BEFFROI_PORT" in taken.stderr) == (
            2,
            True,
            True,
        )

        for name in names:
            if name != "migrate":
                kill_and_see_it_back(town, name)

        known = status.read(home)
        assert known is not None
        town.process.send_signal(signal.SIGINT)
        assert town.process.wait(PATIENCE) == 0
        assert not any(lives(part.pid) for part in known.parts)
        assert town.said.rstrip().endswith("stopped")
        assert not status.path_in(home).exists()


def test_a_supervisor_killed_hard_leaves_nothing_and_the_next_start_finds_everything(settled: Settled) -> None:
    home = settled.home
    with installation(home) as town:
        pids = [part["pid"] for part in town.ask()[1]["parts"]]
        town.process.kill()
        town.process.wait()
        eventually(lambda: not any(lives(pid) for pid in pids), "the parts end")
        eventually(lambda: not orphans.running_in(home / "postgres" / "data"), "the database ends")
    with installation(home) as town:
        assert town.ask()[1]["status"] == "well"


@pytest.mark.parametrize("apart", [True, False], ids=["two roles", "one role"])
def test_database_url_wins_and_one_role_is_said(home: Path, apart: bool, worker: str) -> None:
    with database.cloned(database.TEMPLATE, f"beffroi_up_{worker}") as roles:
        info = roles if apart else ConnectionInfo(roles.owner_url, roles.owner_url)
        with installation(home, DATABASE_URL=info.app_url, BEFFROI_DATABASE_OWNER_URL=info.owner_url) as town:
            health = town.ask()[1]
            assert "database" not in [part["name"] for part in health["parts"]]
            assert health["database"]["roles"] == ("apart" if apart else "one")
            assert ("database.roles" in [each["code"] for each in health["findings"]]) is not apart
    assert not (home / "postgres").exists()


def test_init_makes_authority_administrator_and_keys_once(settled: Settled) -> None:
    other = beffroi(settled.home, *ASKED[:-1], "adjoint@st-cyr.example")
    assert "--admin-password-stdin" in other.stderr
    assert (settled.weak.returncode, "refused: This password is too" in settled.weak.stderr) == (2, True)
    first = settled.first
    assert first.returncode == 0, first.stderr
    assert "its tables ready" in first.stderr, "what takes long says that it has begun"
    assert "maire@st-cyr.example is administrator" in first.stdout
    second = beffroi(settled.home, *ASKED)
    assert second.returncode == 0, second.stderr
    assert "The authority saint-cyr-l-ecole exists" in second.stdout
    assert "its password is left as it is" in second.stdout
    assert "Its keys exist" in second.stdout


def test_a_device_s_commission_that_fails_says_why_in_english_before_anything_is_done(settled: Settled) -> None:
    paper = settled.home / "request.json"
    paper.write_text("no request")
    asked = ("device", "commission", "--request", str(paper), "--name", "PM 77284/1", "--out")
    refused = beffroi(settled.home, *asked, str(settled.home / "document.json"))
    assert (refused.returncode, "request is refused" in refused.stderr) == (2, True)
    nowhere = beffroi(settled.home, *asked, str(settled.home / "nowhere" / "document.json"))
    assert (nowhere.returncode, "can't be written" in nowhere.stderr) == (2, True)


def test_migrate_says_what_it_would_do_and_then_that_nothing_is_left(settled: Settled) -> None:
    assert "would apply register.0001_initial" in settled.planned.stdout
    assert (settled.migrated.returncode, "`beffroi init`" in settled.migrated.stdout) == (0, True)
    again = beffroi(settled.home, "migrate")
    assert (again.returncode, "up to date" in again.stdout, "`beffroi init`" in again.stdout) == (0, True, False)
    assert beffroi(settled.home, "migrate", "--plan").stdout == "The tables are up to date.\n"
