"""Whoever has the wheel, an empty folder and the pages for operators: types `beffroi`, writes settings, starts and stops the town."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from beffroi.adapters.process.places import free_port
from tests.cli.test_up import eventually
from tests.morning.visitor import Visitor

PATIENCE: Final = 600
NAME: Final = "beffroi.saint-cyr.example"
PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Officer:
    """`programs` is where the wheel was installed; `home` is what the service keeps; `ports` are those of HTTPS and of plain HTTP."""

    programs: Path
    home: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """As people type it."""
        return f"https://{NAME}:{self.ports[0]}"

    @property
    def said(self) -> Path:
        """What `up` said since it was last started."""
        return self.home.parent / "up.log"

    @property
    def settings(self) -> Path:
        return self.home / "settings.env"

    def types(self, *words: str | Path, given: str = "") -> "subprocess.CompletedProcess[str]":
        """One command; whatever it answers."""
        return subprocess.run(
            [self.programs / "beffroi", *words],
            env=self._variables(),
            cwd=self.home.parent,
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *words: str | Path, given: str = "") -> str:
        """One that must do well; what it said."""
        answer = self.types(*words, given=given)
        assert answer.returncode == 0, f"beffroi {' '.join(map(str, words))}:\n{answer.stdout}{answer.stderr}"
        return answer.stdout

    def sets(self, **settings: str | Path | int) -> None:
        """Lines of settings.env; what was said before of the same names is gone."""
        kept = [line for line in self.settings.read_text().splitlines() if line.partition("=")[0] not in settings]
        told = [f"{name}='{value}'" for name, value in settings.items()]
        self.settings.write_text("\n".join([*kept, *told]) + "\n")

    def launches(self) -> None:
        """`beffroi up`."""
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                [self.programs / "beffroi", "up"], env=self._variables(), cwd=self.home.parent, stdout=log, stderr=log
            )

    def awaits(self, visitor: Visitor) -> None:
        """Until it is well."""
        eventually(lambda: self.over or is_well(visitor), self.said.read_text)
        assert not self.over, self.said.read_text()

    def starts(self, visitor: Visitor) -> None:
        """`beffroi up`, until it is well."""
        self.launches()
        self.awaits(visitor)

    def stops(self) -> None:
        """As Ctrl-C or systemd does; nothing of it is left."""
        if self.process is not None:
            left = with_children(self.process.pid)
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(PATIENCE) == 0, self.said.read_text()
            self.process = None
            gone(left)

    def loses_everything(self) -> None:
        """Every process is killed at once, and the disk is gone."""
        assert self.process is not None
        doomed = with_children(self.process.pid)
        for process in doomed:
            with_nobody(process)
        self.process.wait(PATIENCE)
        self.process = None
        gone(doomed)
        shutil.rmtree(self.home)

    @property
    def over(self) -> bool:
        """It ended by itself, or was never begun."""
        return self.process is None or self.process.poll() is not None

    def _variables(self) -> dict[str, str]:
        return {"PATH": PATH, "LANG": "C.UTF-8", "BEFFROI_HOME": str(self.home)}


def is_well(visitor: Visitor) -> bool:
    """What `/healthz` says to a stranger; not yet there is not well."""
    try:
        return visitor.raw("GET", "/healthz")[0] == 200
    except OSError:
        return False


def with_children(process: int) -> list[int]:
    """It and all that it started, and these."""
    found = [process]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found.extend(int(child) for child in task.read_text().split() if int(child) not in found)
    return found


def with_nobody(process: int) -> None:
    """Killed, if it is there."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def gone(processes: list[int]) -> None:
    """None of them runs any more (a zombie runs nothing)."""
    eventually(lambda: not any(_runs(process) for process in processes), f"one of {processes} lives on")


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def ended(officer: Officer) -> Iterator[Officer]:
    """However the morning ends, nothing of it stays."""
    try:
        yield officer
    finally:
        if officer.process is not None:
            for process in with_children(officer.process.pid):
                with_nobody(process)
            officer.process.wait(PATIENCE)
