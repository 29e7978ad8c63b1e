"""Programs of the edge and of the simulator as parts of the demonstration: they know nothing of this server but what they are given."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from beffroi.adapters.process import child
from beffroi.cli.parts import LOOK_EVERY, listens


@dataclass(slots=True)
class Outside:
    """`python -m MODULE ARGUMENTS` as a service: ready once it listens on that port of loopback."""

    module: str
    arguments: tuple[str, ...]
    port: int

    def prepare(self) -> None:
        """Nothing to do."""

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts it, without what the server's own processes are told."""
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DATABASE_"))}
        return child.spawn(
            [sys.executable, "-m", self.module, *self.arguments],
            environment={**quiet, "PYTHONUNBUFFERED": "1"},
            output=output,
        )

    def await_ready(self) -> None:
        """Waits for the port."""
        while not listens(("127.0.0.1", self.port)):
            time.sleep(LOOK_EVERY)

    def attend(self) -> None:
        """Nothing to do."""
