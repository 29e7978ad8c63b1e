"""`beffroi demo` as a newcomer runs it, with fewer cabinets: every process of a town, locks and street included."""

import atexit
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from beffroi.adapters.mqtt import notes as broker
from beffroi.adapters.process.places import claim_port, free_port
from beffroi.cli.demo.people import PASSWORD
from beffroi.simulator.browser import Browser
from beffroi.simulator.street.plan import Corner, Plan
from tests import memory
from tests.database import migrate
from tests.seed import sow

PATIENCE: Final = 600.0
CABINETS: Final = 4
LOOK_EVERY: Final = 0.2
FOUNDED: Final = 12  # cabinets of the town that is founded once a run
# Ports of the town that is founded once a run: its copies need them again, so nobody else is given them while this worker lives.
FOUNDED_AT: Final[list[socket.socket]] = []
# What simulated cameras film, drawn by one run for the next.
CLIPS: Final = Path(__file__).parents[2] / "build" / "clips"
FEW: Final = 100  # people to be told, where it isn't about their being two thousand


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running demonstration: where it answers, where it keeps everything."""

    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def town(self) -> str:
        """The desk's address."""
        return f"http://localhost:{self.port}"

    @property
    def phone(self) -> str:
        """The phone's address: another secure context, other cookies."""
        return f"http://phone.localhost:{self.port}"

    def face(self, name: str) -> str:
        """Another face of the same browser, with cookies of its own: police, member."""
        return f"http://{name}.localhost:{self.port}"

    @property
    def street(self) -> str:
        """The guided page."""
        return f"http://localhost:{self.port + 1}"

    def plan(self) -> Plan:
        """What the street knows of it."""
        return Plan.read(self.home / "demo" / "street.json")

    def corners(self) -> tuple[Corner, ...]:
        """The three cabinets of the street."""
        return self.plan().corners

    def browser(self, email: str) -> Browser:
        """Somebody at the town's pages, without a real browser."""
        return Browser(self.town, email, PASSWORD)

    def command(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """`beffroi ARGUMENTS`, beside the running town."""
        return subprocess.run(
            [sys.executable, "-m", "beffroi", *arguments],
            env=_variables(self.home, self.port) | self.settings | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def health(self) -> dict[str, object]:
        """What /healthz says to this machine, whatever its status; empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.town}/healthz", timeout=30) as answer:  # noqa: S310 - loopback
                text = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
        except OSError:
            return {}
        said: dict[str, object] = json.loads(text)
        return said


@contextlib.contextmanager
def demonstration(
    cabinets: int = CABINETS, *, lively: bool = False, mobilised: int = FEW, **settings: str
) -> Iterator[Demonstration]:
    """Started from empty tables on free ports with these settings, ready, and stopped as by Ctrl-C; `lively` when people work in the other
    cabinets.
    """
    with _folder() as home:
        sow(home, migrate)
        _film(home)
        with _running(home, cabinets, "--mobilised", str(mobilised), lively=lively, **settings) as found:
            yield found


@contextlib.contextmanager
def resumed(**settings: str) -> Iterator[Demonstration]:
    """A copy of a town of twelve cabinets that was founded once in this run: for whoever tries something else than a first start.

    One at a time: its locks know their broker's port, so two copies of it can't run beside one another.
    """
    run = Path(os.environ["BEFFROI_HOME"])
    with (run / "founding").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "founded").exists():
            with _folder() as first:
                sow(first, migrate)
                _film(first)
                with _running(first, FOUNDED):
                    pass
                shutil.rmtree(run / "founded.part", ignore_errors=True)
                _copy(first, run / "founded.part")
                (run / "founded.part").rename(run / "founded")
                _hold_ports(run / "founded")
        with _folder() as home:
            home.rmdir()
            _copy(run / "founded", home)
            with _running(home, FOUNDED, lively=False, **settings) as found:
                yield found


def _hold_ports(home: Path) -> None:
    known = broker.read(home)
    assert known is not None
    claims = (claim_port(port) for port in (known.port, known.server_port, known.tls_port) if port)
    FOUNDED_AT.extend(claim for claim in claims if claim is not None)
    for claim in FOUNDED_AT:
        atexit.register(claim.close)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """One that the servers' accounts can pass through."""
    home = memory.folder("beffroi-demo-")
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _film(home: Path) -> None:
    """The simulated cameras' pictures, which a demonstration draws at its first start, are those that other tests drew."""
    CLIPS.mkdir(parents=True, exist_ok=True)
    (home / "demo").mkdir()
    (home / "demo" / "clips").symlink_to(CLIPS)


def _copy(home: Path, to: Path) -> None:
    """Owners and rights too: the database's files are its account's."""
    subprocess.run(["cp", "-a", str(home), str(to)], check=True)


@contextlib.contextmanager
def _running(
    home: Path, cabinets: int, *options: str, lively: bool = False, **settings: str
) -> Iterator[Demonstration]:
    running = Demonstration(home, free_port(following=1), settings)
    still = () if lively else ("--still",)
    said = home / "said.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "beffroi", "demo", "--cabinets", str(cabinets), *still, *options],
            env=_variables(home, running.port) | settings,
            stdout=log,
            stderr=log,
        )
    try:
        _await_well(running, process, said)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _await_well(running: Demonstration, process: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while running.health().get("status") != "well":
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, f"{running.health()}\n{_told(said)[-8000:]}"
        time.sleep(LOOK_EVERY)


def _told(said: Path) -> str:
    """What its parts said, without the answer to each of our own questions."""
    return "".join(line for line in said.read_text().splitlines(keepends=True) if "/healthz" not in line)


def _variables(home: Path, port: int) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DATABASE_", "DJANGO_"))
    }
    return kept | {"BEFFROI_HOME": str(home), "BEFFROI_PORT": str(port)}
