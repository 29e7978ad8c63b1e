"""Taking away what leaves the database's log: each piece sealed to the roots, in the folder of BEFFROI_WAL_ARCHIVE, then destroyed here.

While that folder is away, pieces wait beside the data. They may not fill the town's own disk: past a bound they are destroyed, and what is
lost by it is said until a new base is made.
"""

import fcntl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from beffroi.adapters.archive import noted_logs
from beffroi.adapters.archive.errors import ArchiveError
from beffroi.adapters.archive.logs import LogFolder, Sign, room_left
from beffroi.adapters.archive.noted_logs import NotedLog
from beffroi.adapters.postgres import archiving
from beffroi.lib.clock import Clock
from beffroi.protocol.backup.wal import SEGMENT, following, is_piece

LOOK_EVERY: Final = 2.0  # seconds
MOST_WAITING: Final = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Sealing:
    """`cluster`: the folder of our own server; `target`: where pieces go; `recipients`: for whom, asked each time that something has left,
    since a first authority may come meanwhile; `most`: so many bytes may wait.
    """

    home: Path
    cluster: Path
    target: LogFolder
    recipients: Callable[[], Sequence[str]]
    sign: Sign
    most: int = MOST_WAITING

    def look(self, now: datetime) -> None:
        """Seal what waits; what can't be is noted, and waits."""
        before = noted_logs.read(self.home)
        here = list(archiving.waiting(self.cluster))
        noted = before
        try:
            if here:
                noted = self._sealed(here, before, now)
        except (ArchiveError, OSError) as error:
            noted = noted_logs.read(self.home).failing(str(error), int(now.timestamp()))
        noted = self._bounded(noted, now)
        if noted != before:
            self._note(noted)

    def _sealed(self, here: Sequence[Path], noted: NotedLog, now: datetime) -> NotedLog:
        to = self.recipients()
        if not to:  # no authority yet, so nobody to seal to
            return noted
        for path in here:
            if is_piece(path.name):
                self.target.keep(path, to, self.sign)
                noted = _after(noted, path.name, int(now.timestamp()))
                self._note(noted)
            path.unlink()
        return noted

    def _note(self, noted: NotedLog) -> None:
        """The base is a backup's to note, which may have ended meanwhile."""
        noted_logs.update(self.home, lambda known: replace(noted, base=known.base, base_at=known.base_at))

    def _bounded(self, noted: NotedLog, now: datetime) -> NotedLog:
        left = list(archiving.waiting(self.cluster))
        length = archiving.room_taken(left)
        if left and (length > self.most or length > room_left(self.cluster)):
            for path in left:
                path.unlink()
            return replace(noted, waiting=0, waiting_bytes=0, oldest_at=0, broken_at=int(now.timestamp()))
        oldest = int(left[0].stat().st_mtime) if left else 0
        return replace(noted, waiting=len(left), waiting_bytes=length, oldest_at=oldest)


def _after(noted: NotedLog, name: str, now: int) -> NotedLog:
    """One more is sealed; a segment between it and the one before may have been lost while nobody kept the log."""
    known = replace(noted, kept_at=now, failed_at=0, reason="")
    if SEGMENT.fullmatch(name) is None or name <= noted.kept:
        return known
    broken = bool(noted.kept) and name != following(noted.kept)
    return replace(known, kept=name, broken_at=now if broken else noted.broken_at)


def run_sealing(stop: threading.Event, sealing: Sealing, clock: Clock) -> None:
    """Until told to stop. Of several workers one seals; another takes over when it ends."""
    with (sealing.home / ".wal.lock").open("w") as lock:
        while not stop.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                stop.wait(LOOK_EVERY)
        while not stop.is_set():
            sealing.look(clock())
            stop.wait(LOOK_EVERY)
