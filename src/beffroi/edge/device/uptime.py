"""Time since the device started, in milliseconds, from a clock that never jumps. A device never asks for the machine's date."""

import time
from typing import Protocol

MILLISECONDS = 1_000


class Uptime(Protocol):
    def __call__(self) -> int: ...


# A machine that slept has not stood still: a right that ended meanwhile is over when it wakes.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class MachineUptime:
    """The real one."""

    def __init__(self) -> None:
        self._start = time.clock_gettime_ns(_CLOCK)

    def __call__(self) -> int:
        return (time.clock_gettime_ns(_CLOCK) - self._start) // 1_000_000


class DrivenUptime:
    """For tests and demonstrations (`--clock body`, `--clock hands`): it stands still until it is moved."""

    def __init__(self) -> None:
        self._now = 0

    def __call__(self) -> int:
        return self._now

    def advance(self, seconds: int) -> None:
        self.pass_by(seconds * MILLISECONDS)

    def pass_by(self, milliseconds: int) -> None:
        self._now += milliseconds
