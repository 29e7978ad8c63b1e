"""Where a run keeps what it throws away: in memory, where there is enough. A database is a thousand small files, and the journal of a disk
costs more to copy and drop them than all that a test asks of them.

What a run that was killed left is removed by the next.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

SHARED: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ENOUGH: Final = 3 << 30  # bytes: a few towns and their databases
OURS: Final = re.compile(r"beffroi-[a-z]+-(?P<process>\d+)-\w+")
AVAILABLE: Final = re.compile(r"^MemAvailable: +(\d+) kB", re.MULTILINE)


def folder(prefix: str) -> Path:
    """A new one, through which the servers' accounts can pass; whoever asks removes it."""
    roomy = _roomy()
    if roomy:
        _sweep()
    made = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=SHARED if roomy else None))
    made.chmod(0o711)
    return made


def _roomy() -> bool:
    """Whether there is memory to keep files in, from which programs may run too (some containers' is 64 MB, or runs none)."""
    try:
        available = AVAILABLE.search(Path("/proc/meminfo").read_text(encoding="ascii"))
        return (
            available is not None
            and min(shutil.disk_usage(SHARED).free, int(available[1]) << 10) > ENOUGH
            and not os.statvfs(SHARED).f_flag & os.ST_NOEXEC
        )
    except OSError:
        return False


def _sweep() -> None:
    """Removes the folders of processes that are gone."""
    for path in SHARED.iterdir():
        named = OURS.fullmatch(path.name)
        if named and not Path("/proc", named["process"]).exists():
            shutil.rmtree(path, ignore_errors=True)
