"""How the keeping of the database's log stands: BEFFROI_HOME/wal.json, 0600, replaced in one step. Needs no database to be read."""

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class NotedLog:
    """Moments in seconds since 1970, 0 for never. `kept_at`: when a piece was last sealed, `kept` its name. `failed_at` and `reason`:
    since when pieces can't be. `waiting`, `waiting_bytes`: what has left the server and is not sealed; `oldest_at`: of its first.
    `broken_at`: when a piece was lost, so that one can't go back past it before a new base. `base_at`, `base`: the newest, its backup.
    """

    kept_at: int = 0
    kept: str = ""
    failed_at: int = 0
    reason: str = ""
    waiting: int = 0
    waiting_bytes: int = 0
    oldest_at: int = 0
    broken_at: int = 0
    base_at: int = 0
    base: str = ""

    def failing(self, reason: str, at: int) -> "NotedLog":
        """It can't be sealed; the first moment stays."""
        return replace(self, failed_at=self.failed_at or at, reason=reason[:_LONGEST])

    def based(self, backup: str, at: int) -> "NotedLog":
        """A base was made: from it on one can go back."""
        return replace(self, base=backup, base_at=at)


def path_in(home: Path) -> Path:
    """Where it is written."""
    return home / "wal.json"


def read(home: Path) -> NotedLog:
    """What is noted; nothing where there is no file, or one that can't be read."""
    try:
        noted = NotedLog(**json.loads(path_in(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return NotedLog()
    fresh = NotedLog()
    fitting = all(type(getattr(noted, name)) is type(getattr(fresh, name)) for name in NotedLog.__slots__)
    return noted if fitting else fresh


def update(home: Path, change: Callable[[NotedLog], NotedLog]) -> None:
    """Replaces it in one step, by one process at a time: the worker notes pieces while a backup notes its base."""
    with (home / ".wal.noted.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(home)
        after = change(before)
        if after != before:
            write(home, after)


def write(home: Path, noted: NotedLog) -> None:
    """Replaces it in one step."""
    path = path_in(home)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(noted), file)
    unfinished.replace(path)
