"""When a backup is due: each night, once; a night that was missed is made up for, one that failed is tried again."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from beffroi.adapters.archive import noted
from beffroi.adapters.archive.noted import Noted
from beffroi.cli.backups.absence import absent_since, forget_absence, note_absence
from beffroi.cli.backups.nightly import Night, due, run_nightly
from beffroi.config.backups import read
from beffroi.config.values import SettingError

PARIS = ZoneInfo("Europe/Paris")
NIGHT = Night(time(3, 0), PARIS, timedelta(minutes=5))
STARTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEGINS = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)  # 03:05 in Paris
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def made(at: datetime) -> Noted:
    return replace(Noted(), at=int(at.timestamp()))


def at(now: datetime, known: Noted = Noted(), started: datetime = STARTED) -> bool:  # noqa: B008 - it is frozen
    return due(NIGHT, known, now=now, started=started)


def test_the_first_waits_for_its_night() -> None:
    assert not at(STARTED)
    assert not at(BEGINS - MINUTE)
    assert at(BEGINS)
    assert not at(BEGINS + HOUR, made(BEGINS + MINUTE))
    assert at(BEGINS + timedelta(days=1), made(BEGINS + MINUTE))


def test_a_night_that_was_missed_is_made_up_for_once_the_town_has_settled() -> None:
    known, started = made(BEGINS - timedelta(days=2)), BEGINS + 5 * HOUR
    assert not at(started, known, started)
    assert not at(started + 9 * MINUTE, known, started)
    assert at(started + 10 * MINUTE, known, started)


def test_one_that_failed_is_tried_again_each_hour_and_one_by_hand_counts() -> None:
    failed = made(BEGINS - timedelta(days=1)).after_failure(reason="full", at=BEGINS + MINUTE)
    assert not at(BEGINS + 30 * MINUTE, failed)
    assert at(BEGINS + 62 * MINUTE, failed)
    by_hand = failed.after_success(name="x", folder=Path("/x"), at=BEGINS + 40 * MINUTE, length=1, seconds=1)
    assert not at(BEGINS + 62 * MINUTE, by_hand)
    assert by_hand.failed is None


@pytest.mark.parametrize("day", [datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 10, 31, tzinfo=UTC)])
def test_it_comes_once_on_the_two_odd_nights_of_the_year(day: datetime) -> None:
    """At 02:30 a clock that goes forward has no such time, and one that goes back has it twice."""
    night = Night(time(2, 30), PARIS)
    known, count = made(day - 12 * HOUR), 0
    for minute in range(0, 25 * 60, 5):
        now = day - HOUR + minute * MINUTE
        if due(night, known, now=now, started=STARTED):
            known, count = made(now), count + 1
    assert count == 1


def test_the_loop_makes_one_and_is_told_by_what_is_noted(tmp_path: Path) -> None:
    stop, calls = threading.Event(), 0

    def make(_stop: threading.Event) -> None:
        nonlocal calls
        calls += 1
        noted.write(tmp_path, made(BEGINS + MINUTE))
        stop.set()

    moments = iter([STARTED, BEGINS + MINUTE])
    run_nightly(stop, NIGHT, tmp_path, lambda: next(moments), make)
    assert calls == 1
    assert not due(NIGHT, noted.read(tmp_path), now=BEGINS + HOUR, started=STARTED)


def test_settings_say_when_and_a_demonstration_makes_none() -> None:
    def given(**values: str) -> object:
        return read(lambda name: values.get(name, ""), demo=False)

    assert read(lambda _: "", demo=True).at is None
    assert read(lambda _: "", demo=False).at == time(3, 0)
    for name, value in (
        ("BEFFROI_BACKUP_AT", "25:00"),
        ("BEFFROI_BACKUP_AT", "3h"),
        ("BEFFROI_BACKUP_KEEP", "7"),
        ("BEFFROI_BACKUP_RECIPIENTS", "somebody"),
        ("BEFFROI_WAL_EVERY", "5"),
        ("BEFFROI_WAL_EVERY", "2 min"),
    ):
        with pytest.raises(SettingError, match=name):
            given(**{name: value})


def test_an_absence_is_noted_once_and_one_that_cannot_be_read_is_long(tmp_path: Path) -> None:
    assert absent_since(tmp_path) is None
    note_absence(tmp_path, since=BEGINS)
    assert absent_since(tmp_path) == BEGINS
    (tmp_path / "restored.json").write_text("{")
    assert absent_since(tmp_path) == datetime.fromtimestamp(0, UTC)
    forget_absence(tmp_path)
    assert absent_since(tmp_path) is None
