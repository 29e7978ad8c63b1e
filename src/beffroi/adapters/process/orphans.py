"""Processes that an earlier run of ours left in a folder of its own."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LOOK_EVERY = 0.05
Steps = Sequence[tuple[signal.Signals, float]]


def visible() -> bool:
    """Whether this system shows the working folders of processes (Linux does)."""
    return Path("/proc/self/cwd").exists()


def running_in(folder: Path) -> list[int]:
    """Processes whose working folder is this one (a zombie has none). Empty where there is no /proc.

    The folder itself, not its path: in another mount namespace (a container, a unit with folders of its own) the same path is
    another's.
    """
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return []
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.path.samestat((entry / "cwd").stat(), wanted):
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile, or isn't ours to look at
            continue
    return found


def end(
    folder: Path,
    steps: Steps,
    *,
    head: Callable[[], int | None] = lambda: None,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[int]:
    """Ends the processes that work in this folder, by each (signal, seconds to wait) in turn; gives those that live on.

    `head` names the one that ends the others when it is asked to; it alone is, until the last step.
    """
    for step, (number, patience) in enumerate(steps, start=1):
        orphans = running_in(folder)
        first = head()
        for pid in [first] if first in orphans and step < len(steps) else orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        until = now() + patience
        while running_in(folder) and now() < until:
            pause(LOOK_EVERY)
        if not running_in(folder):
            return []
    return running_in(folder)
