"""What the supervisor runs: a part, and the service behind it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from beffroi.adapters.process import child

LOOK_EVERY = 0.05


class Service(Protocol):
    """How one part comes up. `prepare` and `await_ready` may last, and run beside the supervisor's loop; `spawn` may not,
    and runs in it. Each may raise; the text of what it raises is shown to people.
    """

    def prepare(self) -> None:
        """All that comes before the process."""

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts the process; `output` is the descriptor that takes what it says."""

    def await_ready(self) -> None:
        """Returns when the process does its work."""

    def attend(self) -> None:
        """Called again and again while the process runs, in the loop: what has changed that it should know?"""


@dataclass(frozen=True, slots=True)
class Part:
    """A named service and its place among the others.

    `needs`: parts that must have been ready once before this one starts. `once`: a task that ends (its exit 0 is
    success). `essential`: when it can't even start the first time, nothing makes sense without it. `stop_signals`: the
    gentle one first. Servers (`last`) are stopped after those that use them; `first` is what ends its work with all of
    them.
    """

    name: str
    service: Service
    needs: tuple[str, ...] = ()
    once: bool = False
    essential: bool = False
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    last: bool = False
    first: bool = False


def nothing_more() -> dict[str, str]:
    """No variable beside ours."""
    return {}


@dataclass(slots=True)
class Program:
    """One of our own commands (`beffroi web` …) as a service.

    `variables` is asked at each start, because a server that was started again may have another port. `address`,
    when given, is waited for. `kept` are descriptors of ours that it keeps, under the same numbers.
    """

    arguments: tuple[str, ...]
    variables: Callable[[], Mapping[str, str]] = nothing_more
    address: tuple[str, int] | None = None
    kept: Sequence[int] = ()

    def prepare(self) -> None:
        """Nothing to do."""

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts the command in an interpreter like ours."""
        environment = {
            **os.environ,
            **self.variables(),
            "PYTHONUNBUFFERED": "1",
            "PGAPPNAME": f"beffroi {self.arguments[0]}",
        }
        return child.spawn(
            [sys.executable, "-m", "beffroi", *self.arguments],
            at_our_death=signal.SIGKILL,
            environment=environment,  # also what is set to nothing: it hides what the file of settings says
            output=output,
            kept=self.kept,
        )

    def await_ready(self) -> None:
        """Waits for the port, if there is one. The supervisor gives up on us when the process ends."""
        while self.address is not None and not listens(self.address):
            time.sleep(LOOK_EVERY)

    def attend(self) -> None:
        """Nothing to do."""


def several(name: str, count: int) -> list[str]:
    """What parts that do the same are called: "web", "web 2", "web 3"."""
    return [name, *(f"{name} {number}" for number in range(2, count + 1))]


def listens(address: tuple[str, int]) -> bool:
    """Whether somebody answers at this address."""
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False
