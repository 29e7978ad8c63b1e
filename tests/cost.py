"""What a test costs the processor: its own process, all that it started, and the database server. Time on a clock says little of a
machine that does other things too.

    .venv/bin/pytest -q -n0 --cost FILE PATH

writes a line for each test's phase and each fixture, dearest first, then one for each module: seconds of processor, seconds of clock,
phase, where. A fixture's are in its test's set-up too. Without other workers (-n0): the database server is nobody's child but the
first process's.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid, sysconf
from pathlib import Path
from typing import Final

import pytest

TICKS: Final = sysconf("SC_CLK_TCK")
STARTED: Final = 2  # where the fields after the program's name begin: state, parent ...
SPENT = slice(13 - STARTED, 17 - STARTED)  # utime, stime, and those of children that were waited for

Phases = dict[tuple[str, str], tuple[float, float]]


def spent() -> float:
    """Seconds of processor of this process and of everything below it, ended or running."""
    usages = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + sum(map(_of, _children(getpid())))


def _children(process: int) -> list[int]:
    return [
        int(child) for found in Path(f"/proc/{process}/task").glob("*/children") for child in found.read_text().split()
    ]


def _of(process: int) -> float:
    """What a process and everything below it spent; nothing when it ends at this moment."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[SPENT])) / TICKS + sum(map(_of, _children(process)))
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


class Cost:
    """Counts, and writes when the run is over."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.phases: Phases = {}

    @contextmanager
    def counted(self, phase: str, where: str) -> Iterator[None]:
        """Add what happens inside to that phase."""
        began, on_the_clock = spent(), time.monotonic()
        try:
            yield
        finally:
            processor, clock = self.phases.get((phase, where), (0.0, 0.0))
            self.phases[phase, where] = (processor + spent() - began, clock + time.monotonic() - on_the_clock)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        with self.counted("setup", item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with self.counted("call", item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        with self.counted("teardown", item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: "pytest.FixtureDef[object]", request: pytest.FixtureRequest
    ) -> Iterator[None]:
        with self.counted("fixture", f"{request.node.nodeid.partition('::')[0]} {fixturedef.argname}"):
            return (yield)

    def pytest_sessionfinish(self) -> None:
        modules: dict[tuple[str, str], tuple[float, float]] = {}
        for (phase, where), (processor, clock) in self.phases.items():
            if phase != "fixture":
                name = ("module", where.partition("::")[0])
                before = modules.get(name, (0.0, 0.0))
                modules[name] = (before[0] + processor, before[1] + clock)
        total = ("all", ""), tuple(map(sum, zip(*modules.values(), strict=True))) if modules else (0.0, 0.0)
        lines = [*_dearest(self.phases), *_dearest(modules), total]
        self.file.write_text(
            "".join(f"{found[0]:9.2f} {found[1]:9.2f} {phase:8} {where}\n" for (phase, where), found in lines)
        )


def _dearest(costs: Phases) -> list[tuple[tuple[str, str], tuple[float, float]]]:
    return sorted(costs.items(), key=lambda cost: cost[1], reverse=True)
