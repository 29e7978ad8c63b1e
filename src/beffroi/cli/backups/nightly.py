"""When a backup is due, and having it made: by `beffroi backup` in a process of its own, so that a worker's promises don't wait for it."""

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from beffroi.adapters.archive import noted
from beffroi.adapters.archive.noted import Noted
from beffroi.lib.clock import Clock

LOOK_EVERY: Final = 30.0  # seconds
END_EVERY: Final = 0.5
# Not all towns of a département write to one share in the same minute.
SPREAD: Final = timedelta(minutes=30)
# A town that starts has other things to do first.
SETTLED: Final = timedelta(minutes=10)
AGAIN: Final = timedelta(hours=1)
PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Night:
    """When: the time of day in the town's zone, and how much later this process begins it."""

    at: time
    zone: ZoneInfo
    later: timedelta = timedelta()

    def last(self, now: datetime) -> datetime:
        """The last moment at which one was to begin."""
        there = now.astimezone(self.zone)
        moment = datetime.combine(there.date(), self.at, self.zone) + self.later
        if moment > now:
            moment = datetime.combine(there.date() - timedelta(days=1), self.at, self.zone) + self.later
        return moment


def due(night: Night, known: Noted, *, now: datetime, started: datetime) -> bool:
    """Whether one is to be made now. One that was missed is made up for once the installation has settled; one that failed is tried
    again each hour; the very first waits for its night.
    """
    last = night.last(now)
    if (known.made or started) >= last:
        return False
    if known.failed is not None and known.failed >= last:
        return now - known.failed >= AGAIN
    return last >= started or now - started >= SETTLED


def run_nightly(
    stop: threading.Event, night: Night, home: Path, clock: Clock, make: Callable[[threading.Event], None] | None = None
) -> None:
    """Until told to stop. Several workers may: the database's lock lets one of them make it, and what is noted tells the others."""
    started = clock()
    while not stop.is_set():
        if due(night, noted.read(home), now=clock(), started=started):
            (make or _make)(stop)
        stop.wait(LOOK_EVERY)


def _make(stop: threading.Event) -> None:
    """What it says goes where we say things."""
    process = subprocess.Popen([sys.executable, "-m", "beffroi", "backup", "--nightly"], stdin=subprocess.DEVNULL)
    while process.poll() is None:
        if stop.wait(END_EVERY):
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
