"""A test's own time, in which promises made in seconds are held to where several processes keep them together."""

import threading
from time import monotonic
from typing import Final, Self

STEP: Final = 0.01


class Steps:
    """A clock of this process's own, while the block lasts: it stands still while the machine has no time for us."""

    def __init__(self) -> None:
        self._taken: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._walk, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def between(self, first: float, last: float) -> float:
        """Seconds between two moments of `time.monotonic`."""
        return sum(first < each <= last for each in self._taken) * STEP

    def _walk(self) -> None:
        while not self._over.wait(STEP):
            self._taken.append(monotonic())
