"""The attack table: `pytest tests/attacks --attack-table` (or `make attacks`) prints what was tried and how it was refused."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.scene import ATTACK, Scene
from tests.edge.street import Lock
from tests.edge.town import Town

HEADINGS = ("attack", "what it mutates", "reason code", "refused?")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--attack-table", action="store_true", help="print the table of attacks and their reason codes")


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def lock(town: Town, tmp_path: Path) -> Iterator[Lock]:
    """A real lock process: time known, first revocation list there, clock driven by the test."""
    with Lock.build(town, tmp_path / "lock", "--clock", "body") as running:
        running.set_time()
        assert running.bring(revocation=town.revocations(1)) == {"revocation": "taken"}
        yield running


@pytest.fixture
def scene(town: Town, lock: Lock, record_property: Callable[[str, object], None]) -> Iterator[Scene]:
    """A technician at the lock. A test that ends without having attacked something that opens fails."""
    played = Scene(town, lock, lambda row: record_property(ATTACK, row))
    yield played
    assert played.rows, "nothing was attacked"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--attack-table", default=False):
        return
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [
        value
        for report in reports
        for name, value in report.user_properties
        if name == ATTACK and report.when == "call"
    ]
    table = [HEADINGS, *sorted(tuple(map(str, row)) for row in rows if isinstance(row, list | tuple))]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    terminalreporter.section("attacks")
    for row in table:
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    refused = sum(row[-1] == "yes" for row in table[1:])
    terminalreporter.write_line(
        f"{refused} of {len(table) - 1} refused, each a mutation of an exchange that opened in the same test"
    )
