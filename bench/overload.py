"""More work than the machine has cores for, for as long as a block of code runs and never after it."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess

RUNNABLE_PER_CORE = 4
LONGEST_LOAD_S = 3600.0


def _spin(parent: int, longest: float) -> None:
    """Burn a core until the parent ends this process, or is gone itself, or for ``longest`` seconds."""
    end = time.monotonic() + longest
    while os.getppid() == parent and time.monotonic() < end:
        sum(range(10_000))


@contextmanager
def overload(cores: int) -> Iterator[None]:
    """Three spinning processes a core beside the one that works: four want each core."""
    context = multiprocessing.get_context("spawn")
    spinning: list[SpawnProcess] = [
        context.Process(target=_spin, args=(os.getpid(), LONGEST_LOAD_S), daemon=True)
        for _ in range(cores * (RUNNABLE_PER_CORE - 1))
    ]
    try:
        for process in spinning:
            process.start()
        yield
    finally:
        for process in spinning:
            if process.pid is not None:
                process.terminate()
                process.join()
