"""Who is on duty when, and when somebody may be disturbed: pure rules, through both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.alerts.rules import (
    HOLIDAY,
    Duty,
    Gap,
    Quiet,
    Slot,
    Swap,
    gaps,
    on_duty,
    pattern,
    present,
    quiet_until,
    swapped,
)
from beffroi.lib.hours import public_holidays

PARIS = ZoneInfo("Europe/Paris")
ANNE, BASILE, CHLOE = uuid4(), uuid4(), uuid4()
FIRST = date(2020, 1, 1)
NO_DAYS: frozenset[date] = frozenset()

walls = st.times()
moments = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def all_week(person: UUID, starts: time, ends: time) -> list[Slot]:
    return [Slot(person, day, starts, ends, FIRST) for day in range(7)]


@given(moments, st.lists(walls, min_size=1, max_size=5, unique=True))
def test_a_day_and_night_roster_has_no_gap_in_any_season(since: datetime, hours: list[time]) -> None:
    """Whoever follows one another at the same hour on the wall leaves nobody out, and nobody twice."""
    hours.sort()
    slots = [
        Slot(uuid4(), day, starts, ends, FIRST)
        for day in range(7)
        for starts, ends in zip(hours, [*hours[1:], hours[0]], strict=True)
    ]
    until = since + timedelta(days=14)
    duties = pattern(slots, holidays=None, since=since, until=until, zone=PARIS)
    assert gaps(None, duties, since=since, until=until) == []
    for at in (since, since + timedelta(days=3, hours=7)):
        assert len(on_duty(duties, at)) == 1


def test_a_night_lasts_an_hour_less_and_an_hour_more() -> None:
    slots = all_week(ANNE, time(20), time(8))
    spring = pattern(slots, holidays=None, since=utc("2026-03-28T19:00"), until=utc("2026-03-28T20:00"), zone=PARIS)
    autumn = pattern(slots, holidays=None, since=utc("2026-10-24T18:00"), until=utc("2026-10-24T19:00"), zone=PARIS)
    assert [duty.ends - duty.starts for duty in spring] == [timedelta(hours=11)]
    assert [duty.ends - duty.starts for duty in autumn] == [timedelta(hours=13)]


def test_a_public_holiday_may_have_hours_of_its_own() -> None:
    slots = [*all_week(ANNE, time(8), time(20)), Slot(BASILE, HOLIDAY, time(10), time(12), FIRST)]
    since, until = utc("2026-07-13T22:00"), utc("2026-07-14T22:00")
    days_off = public_holidays(since, until, subdivision="")
    apart = pattern(slots, holidays=days_off, since=since, until=until, zone=PARIS)
    alike = pattern(slots, holidays=None, since=since, until=until, zone=PARIS)
    assert {duty.person for duty in apart} == {BASILE}
    assert {duty.person for duty in alike} == {ANNE}


def test_hours_hold_from_their_first_day_to_their_last() -> None:
    slots = [Slot(ANNE, day, time(8), time(20), date(2026, 6, 3), date(2026, 6, 4)) for day in range(7)]
    duties = pattern(slots, holidays=None, since=utc("2026-06-01T00:00"), until=utc("2026-06-08T00:00"), zone=PARIS)
    assert [duty.starts.day for duty in duties] == [3, 4]


def test_somebody_takes_somebodys_place_for_a_while() -> None:
    duty = Duty(ANNE, utc("2026-06-01T06:00"), utc("2026-06-01T18:00"))
    swap = Swap(utc("2026-06-01T10:00"), utc("2026-06-01T12:00"), ANNE, BASILE)
    found = swapped([duty], [swap])
    assert [(each.person, each.starts.hour, each.ends.hour) for each in found] == [
        (ANNE, 6, 10),
        (BASILE, 10, 12),
        (ANNE, 12, 18),
    ]


def test_the_second_exception_may_move_what_the_first_moved() -> None:
    duty = Duty(ANNE, utc("2026-06-01T06:00"), utc("2026-06-01T18:00"))
    whole = (utc("2026-06-01T00:00"), utc("2026-06-02T00:00"))
    found = swapped([duty], [Swap(*whole, ANNE, BASILE), Swap(*whole, BASILE, CHLOE)])
    assert [each.person for each in found] == [CHLOE]


def test_somebody_leaves_and_nobody_comes() -> None:
    since, until = utc("2026-06-01T00:00"), utc("2026-06-02T00:00")
    duties = pattern(all_week(ANNE, time(8), time(8)), holidays=None, since=since, until=until, zone=PARIS)
    away = swapped(duties, [Swap(utc("2026-06-01T10:00"), utc("2026-06-01T12:00"), ANNE, None)])
    assert gaps(None, away, since=since, until=until) == [Gap(utc("2026-06-01T10:00"), utc("2026-06-01T12:00"))]


def test_a_roster_of_some_hours_owes_those_hours_only() -> None:
    since, until = utc("2026-06-01T00:00"), utc("2026-06-03T00:00")
    promised = pattern(all_week(ANNE, time(8), time(18)), holidays=None, since=since, until=until, zone=PARIS)
    assert gaps(promised, promised, since=since, until=until) == []
    left = present(promised, {ANNE: [(utc("2026-01-01T00:00"), utc("2026-06-02T12:00"))]})
    assert gaps(promised, left, since=since, until=until) == [Gap(utc("2026-06-02T12:00"), utc("2026-06-02T16:00"))]


spans = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 60)).map(
        lambda pair: Duty(
            ANNE,
            utc("2026-06-01T00:00") + timedelta(hours=pair[0]),
            utc("2026-06-01T00:00") + timedelta(hours=sum(pair)),
        )
    ),
    max_size=20,
)


@given(spans)
def test_gaps_and_duties_fill_the_time_and_never_meet(duties: list[Duty]) -> None:
    since, until = utc("2026-06-01T00:00"), utc("2026-06-15T00:00")
    found = gaps(None, duties, since=since, until=until)
    hour = since
    while hour < until:
        covered = bool(on_duty(duties, hour))
        missing = any(gap.starts <= hour < gap.ends for gap in found)
        assert covered != missing
        hour += timedelta(hours=1)


NIGHT = Quiet(time(21), time(7))


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (NIGHT, "2026-06-03T20:30", "2026-06-04T05:00"),
        (NIGHT, "2026-06-04T03:00", "2026-06-04T05:00"),
        (NIGHT, "2026-06-04T10:00", None),
        (NIGHT, "2026-03-28T22:00", "2026-03-29T05:00"),
        (Quiet(None, None), "2026-06-04T03:00", None),
        (Quiet(None, None, days_off=True), "2026-06-06T10:00", "2026-06-07T22:00"),
        # Friday night, the week-end, Sunday night: one stretch.
        (Quiet(time(21), time(7), days_off=True), "2026-06-05T20:00", "2026-06-08T05:00"),
        (Quiet(time(8), time(8)), "2026-06-04T10:00", None),
    ],
)
def test_quiet_hours_end(quiet: Quiet, at: str, expected: str | None) -> None:
    found = quiet_until(quiet, at=utc(at), holidays=NO_DAYS, zone=PARIS)
    assert found == (utc(expected) if expected else None)


@given(moments, walls, walls, st.booleans())
def test_the_end_of_quiet_hours_is_not_quiet(at: datetime, starts: time, ends: time, days_off: bool) -> None:
    quiet = Quiet(starts, ends, days_off)
    until = quiet_until(quiet, at=at, holidays=NO_DAYS, zone=PARIS)
    if until is not None:
        assert until > at
        assert quiet_until(quiet, at=until, holidays=NO_DAYS, zone=PARIS) is None
