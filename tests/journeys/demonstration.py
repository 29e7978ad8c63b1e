"""`beffroi demo` as a newcomer runs it, with fewer cabinets: every process of a town, locks and street included."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from beffroi.adapters.process.places import free_port
from beffroi.cli.demo.people import PASSWORD
from beffroi.simulator.browser import Browser
from beffroi.simulator.street.plan import Corner, Plan

PATIENCE: Final = 240.0
CABINETS: Final = 4
LOOK_EVERY: Final = 0.2


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
def demonstration(cabinets: int = CABINETS, *, lively: bool = False, **settings: str) -> Iterator[Demonstration]:
    """Started on free ports with these settings, ready, and stopped as by Ctrl-C; `lively` when people work in the other cabinets.

    Its folder is one that the servers' accounts can pass through.
    """
    home = Path(tempfile.mkdtemp(prefix="beffroi-demo-"))
    home.chmod(0o711)
    running = Demonstration(home, free_port(following=1), settings)
    said = home / "said.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "beffroi", "demo", "--cabinets", str(cabinets), *([] if lively else ["--still"])],
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
            shutil.rmtree(home, ignore_errors=True)


def _await_well(running: Demonstration, process: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while running.health().get("status") != "well":
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, f"{running.health()}\n{said.read_text()[-4000:]}"
        time.sleep(LOOK_EVERY)


def _variables(home: Path, port: int) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DATABASE_", "DJANGO_"))
    }
    return kept | {"BEFFROI_HOME": str(home), "BEFFROI_PORT": str(port)}
