"""Making a data folder startable again after a hard stop.

After `kill -9` a cluster keeps its `postmaster.pid`, and its worker processes may live a moment longer. PostgreSQL
refuses to start when the number in that file is in use, even by a stranger (numbers are given again), or while an
orphan is attached. Removing the file while an orphan lives would corrupt the cluster, so we look for processes whose
working folder is the data folder: PostgreSQL's always is.
"""

import signal
from pathlib import Path

from beffroi.adapters.postgres.errors import ClusterInUseError
from beffroi.adapters.process import orphans

PID_FILE = "postmaster.pid"
STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


def repair(data: Path) -> None:
    """Ends orphans of an earlier run, then removes a stale `postmaster.pid`; ClusterInUseError when one won't end.

    Call it only while holding the launcher's lock: the processes found are then nobody's.
    """
    if not orphans.visible():
        return  # PostgreSQL's own check decides
    left = orphans.end(data, STEPS, head=lambda: _postmaster(data))
    if left:
        raise ClusterInUseError(f"processes {left} work in {data} and can't be stopped")
    (data / PID_FILE).unlink(missing_ok=True)


def _postmaster(data: Path) -> int | None:
    try:
        return int((data / PID_FILE).read_text(encoding="ascii").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
