"""A supervisor over shell lines, as a program: `small_town.py HOME PART…`, a part being `name[,once][,essential][,needs=x]:line`."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from beffroi.adapters.process import child, status
from beffroi.adapters.process.status import PartStatus, Status
from beffroi.cli.output import ReadableLog
from beffroi.cli.parts import Part
from beffroi.cli.supervisor import Supervisor


class Line:
    """A shell line as a service; a line that begins with `fail ` can't even be prepared."""

    def __init__(self, line: str) -> None:
        self.line = line

    def prepare(self) -> None:
        if self.line.startswith("fail "):
            raise OSError(self.line.removeprefix("fail "))

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        return child.spawn(["/bin/sh", "-c", self.line], output=output)

    def await_ready(self) -> None:
        pass

    def attend(self) -> None:
        pass


def part(text: str) -> Part:
    head, _, line = text.partition(":")
    name, *marks = head.split(",")
    needs = tuple(mark.removeprefix("needs=") for mark in marks if mark.startswith("needs="))
    return Part(name, Line(line), needs=needs, once="once" in marks, essential="essential" in marks)


def main() -> int:
    home = Path(sys.argv[1])
    (home / "run").mkdir(parents=True)
    log = ReadableLog(sys.stdout, home / "log", width=8, wall=lambda: datetime.now(UTC))

    def publish(parts: tuple[PartStatus, ...]) -> None:
        status.write(home, Status(os.getpid(), time.time(), "none", parts))

    supervisor = Supervisor(
        [part(text) for text in sys.argv[2:]],
        say=log.say,
        publish=publish,
        ready=lambda: log.say("town", "ready"),
        down_pause=float(os.environ.get("DOWN_PAUSE", "3600")),
    )
    problem = supervisor.run()
    log.say("town", problem or "stopped")
    log.close()
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
