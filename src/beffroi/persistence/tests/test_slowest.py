"""The slowest statements, read back from the log as it is written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings

from beffroi.persistence.checkup import Finding, State
from beffroi.persistence.slowest import MANY, SHOWN, look

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def text(ago: timedelta, milliseconds: int, shape: str) -> str:
    return f"{(NOW - ago).isoformat(timespec='milliseconds')} web 2    WARNING beffroi.slow {milliseconds} ms: {shape}"


@pytest.fixture
def log(tmp_path: Path, settings: Settings) -> Path:
    settings.BEFFROI_HOME = tmp_path
    (tmp_path / "log").mkdir()
    return tmp_path / "log" / "beffroi.log"


def finding() -> Finding:
    (found,) = look(NOW)
    return found


def test_the_five_longest_of_the_day_are_said_once_each(log: Path) -> None:
    lines = [text(timedelta(hours=2), 600 + number, f"SELECT {number}") for number in range(SHOWN + 2)]
    lines += [text(timedelta(hours=2), 9000, "SELECT 6"), text(timedelta(days=2), 99_000, "SELECT old")]
    lines += ["beffroi.slow", '{"logger": "beffroi.slow"}', '{"beffroi.slow', "2026 WARNING beffroi.slow x ms: y"]
    lines += ['{"time": "2026-11-23T11:00:00.000Z", "logger": "beffroi.slow", "ms": 7000, "shape": "SELECT json"}']
    log.write_text("\n".join(lines), encoding="utf-8")
    found = finding()
    with translation.override("en"):
        told = str(found.seen)
    assert found.state is State.WELL
    assert told.startswith("The longest of the day: 9000 ms SELECT 6; 7000 ms SELECT json; 605 ms SELECT 5")
    assert told.count(" ms ") == SHOWN
    assert "old" not in told


def test_many_in_an_hour_are_a_warning(log: Path) -> None:
    line = text(timedelta(minutes=5), 700, "SELECT 1")
    log.write_text("\n".join([line] * MANY), encoding="utf-8")
    assert finding().state is State.WELL
    log.write_text("\n".join([line] * (MANY + 1)), encoding="utf-8")
    assert finding().state is State.WARNING
    assert finding().values == {"last_hour": MANY + 1}


def test_where_no_log_is_kept_nothing_is_said(log: Path) -> None:
    assert list(look(NOW)) == []
