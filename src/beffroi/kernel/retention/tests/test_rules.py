"""Dates of the law: property-based, and the days that people get wrong."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.retention.rules import (
    civil_day,
    cutoff,
    digest_of,
    first_kept,
    last_day,
    midnight,
    next_night,
    next_week,
)

PARIS = ZoneInfo("Europe/Paris")
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 400)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
    ],
)
def test_a_delay_ends_with_the_day_of_the_same_number_else_the_months_last(
    start: date, months: int, last: date
) -> None:
    assert last_day(start, months=months) == last


def test_a_year_from_29_february_is_over_on_1_march() -> None:
    assert first_kept(date(2025, 2, 28), months=12) == date(2024, 2, 28)
    assert first_kept(date(2025, 3, 1), months=12) == date(2024, 3, 1)


@given(start=DAYS, today=DAYS, months=MONTHS)
def test_what_is_past_its_time_is_what_the_delay_has_ended_for(start: date, today: date, months: int) -> None:
    assert (start < first_kept(today, months=months)) == (last_day(start, months=months) < today)


@given(start=DAYS, today=DAYS, days=st.integers(1, 4000))
def test_days_are_days(start: date, today: date, days: int) -> None:
    assert (start < first_kept(today, days=days)) == (today - start > timedelta(days=days))


@given(start=DAYS, months=MONTHS)
def test_a_longer_delay_never_ends_sooner(start: date, months: int) -> None:
    assert start < last_day(start, months=months) <= last_day(start, months=months + 1)


@given(moment=MOMENTS, now=MOMENTS, months=MONTHS)
def test_instants_go_by_their_civil_day_in_the_town(moment: datetime, now: datetime, months: int) -> None:
    ended = last_day(civil_day(moment), months=months) < civil_day(now)
    assert (moment < cutoff(now, months=months)) == ended


@given(now=MOMENTS)
def test_the_next_night_is_to_come_and_within_a_day_and_an_hour(now: datetime) -> None:
    night = next_night(now)
    assert timedelta(0) < night - now <= timedelta(hours=25)
    assert night.astimezone(PARIS).time() == time(3, 30)


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2026, 10, 25)])
def test_nights_of_a_clock_change_are_nights(day: date) -> None:
    before = datetime.combine(day, time(1, 30), tzinfo=PARIS)
    assert civil_day(next_night(before)) == day
    assert civil_day(next_night(next_night(before))) == day + timedelta(days=1)


@given(now=MOMENTS)
def test_a_week_is_seven_nights_whatever_the_clock_does(now: datetime) -> None:
    night = next_night(now)
    for _night in range(7):
        night = next_night(night)
    assert next_week(next_night(now)) == night


@given(day=DAYS)
def test_a_day_begins_at_its_midnight(day: date) -> None:
    assert civil_day(midnight(day)) == day
    assert civil_day(midnight(day) - timedelta(microseconds=1)) == day - timedelta(days=1)


@given(keys=st.lists(st.uuids(), unique=True))
def test_a_digest_is_of_the_things_whatever_their_order(keys: list[object]) -> None:
    names = [str(key) for key in keys]
    assert digest_of(names) == digest_of(reversed(names))
    assert digest_of(names) != digest_of([*names, "another"])
