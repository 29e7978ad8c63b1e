"""The clock: unheld, gone back, apart from the database's; each from what was seen, none from this machine's own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from beffroi.persistence import timekeeping
from beffroi.persistence.checkup import State
from beffroi.persistence.timekeeping import REMEMBERED, Watch, apart_from, gone_back, synchronised, unheld

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Steady:
    """Seconds since this machine was started."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_clock_that_goes_back_is_noticed_and_said_for_half_a_day() -> None:
    steady = Steady()
    watch = Watch(steady)
    assert watch.went_back(NOW) is None
    steady.at += 60
    assert watch.went_back(NOW + 58 * SECOND) is None, "as a time service does"
    steady.at += 60
    set_back = NOW - timedelta(hours=1)
    found = watch.went_back(set_back)
    assert found is not None
    assert found[0] == set_back
    assert found[1].total_seconds() == pytest.approx(3718)
    (finding,) = gone_back(found)
    assert finding.state is State.WARNING
    assert "3,718" in str(finding.seen) or "718" in str(finding.seen)
    steady.at += 3600
    assert watch.went_back(set_back + timedelta(hours=1)) == found
    steady.at += REMEMBERED.total_seconds()
    assert watch.went_back(set_back + timedelta(hours=1) + REMEMBERED) is None


def test_a_clock_put_forward_and_a_machine_that_slept_are_nothing() -> None:
    steady = Steady()
    watch = Watch(steady)
    watch.went_back(NOW)
    steady.at += 10
    assert watch.went_back(NOW + timedelta(hours=2)) is None
    steady.at += 8 * 3600
    assert watch.went_back(NOW + timedelta(hours=10)) is None


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, None), (4, None), (-6, State.WARNING), (60, State.WARNING), (-200, State.BAD)]
)
def test_two_clocks_that_differ(seconds: int, state: State | None) -> None:
    found = [finding.state for finding in apart_from(NOW + seconds * SECOND, NOW)]
    assert found == ([state] if state else [])
    assert list(apart_from(None, NOW)) == [], "the database's own check says that it is away"


def test_what_the_kernel_says() -> None:
    assert synchronised() in (True, False, None)
    assert [finding.code for finding in unheld(False)] == ["clock.unsynchronised"]
    assert list(unheld(True)) == list(unheld(None)) == []


@pytest.mark.django_db
def test_the_database_is_asked_what_time_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timekeeping.database_clock() is not None
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert timekeeping.database_clock() is None
