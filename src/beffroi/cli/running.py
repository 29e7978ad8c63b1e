"""One part as the supervisor sees it: its state, its process, the work done for it beside the loop."""

import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from beffroi.adapters.process.status import PartStatus
from beffroi.cli.parts import Part


class Task:
    """Something that may last, run beside the loop; `error` is what it raised."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.error: Exception | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - the supervisor outlives whatever a part does
            self.error = error


@dataclass(slots=True)
class Running:
    """A part and what is known of it now."""

    part: Part
    state: str = "waiting"
    process: subprocess.Popen[bytes] | None = None
    task: Task | None = None
    failures: deque[float] = field(default_factory=deque)
    starts: int = 0
    ready_once: bool = False
    again_at: float = 0.0
    reason: str | None = None
    pipe: int | None = None
    unfinished: bytes = b""

    def status(self) -> PartStatus:
        """As the status file tells it."""
        pid = self.process.pid if self.process else None
        return PartStatus(self.part.name, self.state, pid, max(0, self.starts - 1), self.reason)


def how_it_ended(code: int) -> str:
    """ "ended with exit 3", "killed by SIGKILL"."""
    if code >= 0:
        return f"ended with exit {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
