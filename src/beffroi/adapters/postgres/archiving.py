"""PostgreSQL's own log, handed over piece by piece: each segment that is full, or a minute old, is copied beside the data, where whoever
seals it takes it away. The server waits for nobody's disk or network: what it writes to is its own.

Whether a cluster does so is written beside its notes, not on a command line: whichever of our commands starts it, no segment is missed.
"""

import json
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from beffroi.adapters.postgres.errors import ClusterUnusableError

SPOOL: Final = "leaving"
BASE_ROLE: Final = "beffroi_base"
NOTED: Final = "archiving.json"
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Archiving:
    """`every`: after so many seconds a segment that is not full leaves too. `password`: of the role that may copy the whole cluster."""

    every: int
    password: str


def read(folder: Path) -> Archiving | None:
    """As it is written down in this folder (BEFFROI_HOME/postgres); None when the log is not kept. Raises ClusterUnusableError."""
    path = folder / NOTED
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return Archiving(int(known["every"]), str(known["password"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClusterUnusableError(f"{path} is damaged ({error}): delete it, and make a new base afterwards") from error


def settle(folder: Path, every: int | None) -> None:
    """From the next start on the log is kept, or, for None, is not."""
    path = folder / NOTED
    if every is None:
        path.unlink(missing_ok=True)
        return
    known = read(folder)
    if known is None or known.every != every:
        fresh = Archiving(every, known.password if known else secrets.token_urlsafe(24))
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(fresh), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


def options(cluster: Path, archiving: Archiving | None) -> dict[str, str]:
    """What the server is told. The copy is whole and on the disk before it has its name, keeps the moment of the last write, and takes
    no room for the zeros that end a segment which left early.
    """
    if archiving is None:
        return {"archive_mode": "off"}
    spool = shlex.quote(str(cluster / SPOOL)).replace("%", "%%")
    copied = f"cp -p --sparse=always %p {spool}/.%f && sync {spool}/.%f && mv {spool}/.%f {spool}/%f"
    return {
        "archive_mode": "on",
        "archive_command": f"cmp -s %p {spool}/%f || {{ {copied}; }}",
        "archive_timeout": str(archiving.every),
    }


def waiting(cluster: Path) -> Iterator[Path]:
    """What has left and nobody has taken yet, oldest first."""
    try:
        found = sorted((cluster / SPOOL).iterdir())
    except FileNotFoundError:
        return
    yield from (path for path in found if not path.name.startswith("."))


def room_taken(paths: list[Path]) -> int:
    """Bytes that these take on the disk."""
    return sum(path.stat().st_blocks * _BLOCK for path in paths)


def clear(cluster: Path) -> None:
    """Nothing waits any more: what is no longer kept is destroyed."""
    shutil.rmtree(cluster / SPOOL, ignore_errors=True)
