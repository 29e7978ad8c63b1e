"""What is said of the database's log: that it is kept, since when it isn't, that one can't go back."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from beffroi.adapters.archive import noted_logs
from beffroi.adapters.archive.noted_logs import NotedLog
from beffroi.adapters.postgres import archiving
from beffroi.kernel.townhall.queries.kept_log import look
from beffroi.persistence.checkup import State

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
HOUR, DAY = 3600, 86_400
GOOD = NotedLog(kept_at=AT - 60, kept="000000010000000000000007", base_at=AT - 3 * DAY, base="2026-11-20T030000Z")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "postgres").mkdir()
    archiving.settle(tmp_path / "postgres", 60)
    asked(tmp_path, NOW - timedelta(days=10))
    return tmp_path


def asked(home: Path, moment: datetime) -> None:
    os.utime(home / "postgres" / archiving.NOTED, (moment.timestamp(), moment.timestamp()))


def found(home: Path, known: NotedLog) -> dict[str, State]:
    noted_logs.write(home, known)
    return {finding.code: finding.state for finding in look(home, NOW)}


def test_a_log_that_is_kept_is_well_and_where_it_is_not_asked_for_nothing_is_said(home: Path) -> None:
    assert found(home, GOOD) == {"backup.log": State.WELL}
    archiving.settle(home / "postgres", None)
    assert found(home, GOOD) == {}


@pytest.mark.parametrize(
    "known",
    [GOOD.failing("the disk is full", AT - HOUR), replace(GOOD, waiting=3, oldest_at=AT - HOUR)],
    ids=["it fails", "nobody comes"],
)
def test_what_waits_for_long_is_told_and_a_share_that_starts_again_is_not(home: Path, known: NotedLog) -> None:
    assert found(home, known)["backup.log"] is State.WARNING
    soon = replace(known, failed_at=known.failed_at and AT - 60, oldest_at=known.oldest_at and AT - 60)
    assert found(home, soon)["backup.log"] is State.WELL


def test_a_gap_is_told_until_there_is_a_new_base(home: Path) -> None:
    broken = replace(GOOD, broken_at=AT - HOUR)
    assert found(home, broken)["backup.log-broken"] is State.WARNING
    assert found(home, broken.based("2026-11-23T080000Z", AT - 60)) == {"backup.log": State.WELL}


def test_a_log_without_a_base_or_with_an_old_one_is_told(home: Path) -> None:
    assert found(home, replace(GOOD, base_at=0, base="")) == {"backup.log-base": State.WARNING}
    assert found(home, replace(GOOD, base_at=AT - 10 * DAY))["backup.log-base"] is State.WARNING
    asked(home, NOW - timedelta(hours=3))
    assert found(home, NotedLog()) == {}, "the first base comes with the nightly backup"
