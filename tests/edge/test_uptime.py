"""The clock of a device goes on while its machine sleeps."""

import time

import pytest

from beffroi.edge.device.uptime import MachineUptime

NANOSECONDS = 1_000_000_000


def test_a_machine_that_slept_an_hour_has_run_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    awake, asleep = 0, 0
    clocks = {
        time.CLOCK_BOOTTIME: lambda: (awake + asleep) * NANOSECONDS,
        time.CLOCK_MONOTONIC: lambda: awake * NANOSECONDS,
    }
    monkeypatch.setattr(time, "clock_gettime_ns", lambda clock: clocks[clock]())
    monkeypatch.setattr(time, "monotonic_ns", clocks[time.CLOCK_MONOTONIC])
    uptime = MachineUptime()
    awake, asleep = 60, 3_600
    assert uptime() == 3_660_000
