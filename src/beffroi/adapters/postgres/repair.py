"""Making a data folder startable again after a hard stop.

After `kill -9` a cluster keeps its `postmaster.pid`, and its worker processes may live a moment longer. PostgreSQL
refuses to start when the number in that file is in use, even by a stranger (numbers are given again), or while an
orphan is attached. Removing the file while an orphan lives would corrupt the cluster, so we look for processes whose
working folder is the data folder: PostgreSQL's always is.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from beffroi.adapters.postgres.errors import ClusterInUseError

PID_FILE = "postmaster.pid"
ORPHAN_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
LOOK_EVERY = 0.05


def running_in(folder: Path) -> list[int]:
    """Processes whose working folder is this one (a zombie has none). Empty where there is no /proc."""
    wanted = str(folder.resolve())
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str((entry / "cwd").readlink()) == wanted:
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile, or isn't ours to look at
            continue
    return found


def _postmaster(folder: Path) -> int | None:
    try:
        return int((folder / PID_FILE).read_text(encoding="ascii").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _ends(folder: Path, patience: float, now: Callable[[], float], pause: Callable[[float], None]) -> bool:
    until = now() + patience
    while running_in(folder):
        if now() > until:
            return False
        pause(LOOK_EVERY)
    return True


def repair(
    folder: Path, *, now: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
) -> None:
    """Ends orphans of an earlier run, then removes a stale `postmaster.pid`; ClusterInUseError when one won't end.

    Call it only while holding the launcher's lock: the processes found are then nobody's.
    """
    if not Path("/proc/self/cwd").exists():
        return  # not Linux: PostgreSQL's own check decides
    for number, patience in ORPHAN_STEPS:
        orphans = running_in(folder)
        if not orphans:
            break
        head = _postmaster(folder)
        for pid in [head] if head in orphans and number != signal.SIGKILL else orphans:
            _send(pid, number)
        if _ends(folder, patience, now, pause):
            break
    if running_in(folder):
        raise ClusterInUseError(
            f"processes {running_in(folder)} still work in {folder} and can't be stopped: stop them, then start again"
        )
    (folder / PID_FILE).unlink(missing_ok=True)
