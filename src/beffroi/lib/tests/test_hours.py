"""Open time and calendar time: the law of the clock, French days off, and both nights on which the clocks change."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.hours import (
    A_DAY,
    MIDNIGHT,
    PARIS,
    Closed,
    Span,
    Week,
    after,
    between,
    days_off,
    instant,
    parts,
    public_holidays,
)

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HOURS = (Span(time(9), time(12)), Span(time(14), time(17)))
OFFICE = Week((HOURS,) * 5 + ((),) * 2)
ALWAYS = Week(((Span(MIDNIGHT, MIDNIGHT),),) * 7)
FRENCH = days_off(subdivision="")

days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
walls = st.times()
moments = st.integers(0, 7 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
durations = st.integers(0, 200 * 3600).map(lambda seconds: timedelta(seconds=seconds))
shorter = st.integers(0, 40 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Quarters of an hour at which it opens and closes in turn; the last may be the end of the day."""
    quarters = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    edges = [time(quarter // 4 % 24, quarter % 4 * 15) for quarter in quarters]
    return tuple(Span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False))


weeks = st.builds(Week, st.tuples(*[spans()] * 7).filter(any), st.sampled_from([PARIS, ZoneInfo("America/Miquelon")]))
closings: st.SearchStrategy[Closed] = st.sampled_from(
    [FRENCH, days_off(subdivision="57"), days_off(subdivision="", others={SPRING, AUTUMN})]
)


def closed_never(_day: date) -> bool:
    return False


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 1, 15), time(8), "2026-01-15T07:00"),
        (date(2026, 7, 15), time(8), "2026-07-15T06:00"),
        (SPRING, time(1, 59), "2026-03-29T00:59"),
        (SPRING, time(2), "2026-03-29T01:00"),
        (SPRING, time(2, 30), "2026-03-29T01:00"),
        (SPRING, time(3), "2026-03-29T01:00"),
        (AUTUMN, time(2), "2026-10-25T00:00"),
        (AUTUMN, time(2, 30), "2026-10-25T00:30"),
        (AUTUMN, time(3), "2026-10-25T02:00"),
    ],
)
def test_what_a_clock_on_the_wall_shows(day: date, wall: time, expected: str) -> None:
    assert instant(day, wall, PARIS) == utc(expected)


@given(days, walls, walls)
def test_later_on_the_wall_is_never_earlier(day: date, one: time, other: time) -> None:
    first, second = sorted([one, other])
    assert instant(day, first, PARIS) <= instant(day, second, PARIS) <= instant(day + A_DAY, time(0), PARIS)


def test_some_places_have_more_public_holidays() -> None:
    good_friday = date(2026, 4, 3)
    at = utc("2026-04-03T10:00")
    assert good_friday not in public_holidays(at, at, subdivision="")
    assert good_friday in public_holidays(at, at, subdivision="57")
    assert days_off(subdivision="57")(good_friday)
    assert not FRENCH(good_friday)
    assert days_off(subdivision="", others={good_friday})(good_friday)


@given(moments, durations, weeks, closings)
def test_what_was_worked_is_what_lies_between(since: datetime, worked: timedelta, week: Week, closed: Closed) -> None:
    due = after(since, worked, week, closed)
    assert due >= since
    assert between(since, due, week, closed) == worked


@given(moments, shorter, weeks, closings)
def test_the_instant_found_is_the_first(since: datetime, later: timedelta, week: Week, closed: Closed) -> None:
    end = since + later
    found = after(since, between(since, end, week, closed), week, closed)
    assert found <= end
    # Nothing but closed time lies between the two.
    assert between(found, end, week, closed) == timedelta(0)


@given(moments, durations, durations, weeks, closings)
def test_more_work_is_done_later_and_in_two_goes_as_in_one(
    since: datetime, one: timedelta, other: timedelta, week: Week, closed: Closed
) -> None:
    first = after(since, one, week, closed)
    assert first <= after(since, one + other, week, closed)
    assert after(first, other, week, closed) == after(since, one + other, week, closed)


@given(moments, moments, durations, weeks, closings)
def test_what_begins_later_ends_no_sooner(
    one: datetime, other: datetime, worked: timedelta, week: Week, closed: Closed
) -> None:
    first, second = sorted([one, other])
    assert after(first, worked, week, closed) <= after(second, worked, week, closed)


@given(st.lists(shorter, min_size=3, max_size=3), moments, weeks, closings)
def test_open_time_adds_up_in_any_order(
    offsets: Sequence[timedelta], since: datetime, week: Week, closed: Closed
) -> None:
    one, other, third = (since + offset for offset in offsets)
    whole = between(one, other, week, closed) + between(other, third, week, closed)
    assert whole == between(one, third, week, closed)
    assert abs(between(one, other, week, closed)) <= abs(other - one)


@given(moments, durations)
def test_what_never_closes_counts_as_the_calendar_does(since: datetime, worked: timedelta) -> None:
    assert after(since, worked, ALWAYS, closed_never) == since + worked
    assert between(since, since + worked, ALWAYS, closed_never) == worked


@pytest.mark.parametrize(
    ("since", "hours", "expected"),
    [
        ("2026-06-05T16:30", 1, "2026-06-08T09:30"),  # over a weekend
        # 48 hours are eight days of six: half an hour on Friday, seven days and five and a half hours more.
        ("2026-06-05T16:30", 48, "2026-06-17T16:30"),
        ("2026-07-13T16:30", 1, "2026-07-15T09:30"),  # 14 July, a Tuesday
        ("2026-04-30T16:30", 1, "2026-05-04T09:30"),  # 1 May, a Friday
        ("2026-04-03T16:30", 1, "2026-04-07T09:30"),  # Easter Monday
        ("2026-06-05T12:30", 3, "2026-06-05T17:00"),  # it ends as the doors close, not when they open again
        ("2026-06-05T12:30", 0, "2026-06-05T12:30"),
        ("2026-06-06T12:00", 1, "2026-06-08T10:00"),
        ("2026-06-05T11:00", 1, "2026-06-05T12:00"),
        ("2026-06-05T11:00", 2, "2026-06-05T15:00"),
        ("2026-03-27T16:00", 2, "2026-03-30T10:00"),  # the clocks change meanwhile
        ("2026-10-23T16:00", 2, "2026-10-26T10:00"),
    ],
)
def test_office_hours_by_hand(since: str, hours: int, expected: str) -> None:
    due = after(paris(since), timedelta(hours=hours), OFFICE, FRENCH)
    assert due == paris(expected)
    assert due.tzinfo is UTC
    assert between(paris(since), due, OFFICE, FRENCH) == timedelta(hours=hours)


def test_moselle_rests_on_good_friday_too() -> None:
    moselle = days_off(subdivision="57")
    assert after(paris("2026-04-02T16:30"), timedelta(hours=1), OFFICE, FRENCH) == paris("2026-04-03T09:30")
    assert after(paris("2026-04-02T16:30"), timedelta(hours=1), OFFICE, moselle) == paris("2026-04-07T09:30")


def test_a_night_team_works_23_hours_and_25() -> None:
    """The spring and the autumn day, from midnight to midnight on the wall."""
    for day, length in ((SPRING, 23), (AUTUMN, 25)):
        starts, ends = instant(day, MIDNIGHT, PARIS), instant(day + A_DAY, MIDNIGHT, PARIS)
        assert between(starts, ends, ALWAYS, FRENCH) == timedelta(hours=length)
        assert after(starts, timedelta(hours=length), ALWAYS, FRENCH) == ends
    night = Week(((Span(time(1), time(4)),),) * 7)
    assert after(paris("2026-03-29T00:00"), timedelta(hours=2), night, FRENCH) == utc("2026-03-29T02:00")
    assert after(paris("2026-03-29T00:00"), timedelta(hours=3), night, FRENCH) == utc("2026-03-30T00:00")
    assert after(paris("2026-10-25T00:00"), timedelta(hours=4), night, FRENCH) == utc("2026-10-25T03:00")


def test_an_hour_that_the_clocks_jump_over_is_worth_nothing() -> None:
    jumped = Week(((Span(time(2), time(3)),),) * 7)
    since, until = paris("2026-03-28T12:00"), paris("2026-03-29T12:00")
    assert between(since, until, jumped, FRENCH) == timedelta(0)


def test_a_share_may_be_written_in_large_numbers() -> None:
    since, due = paris("2026-06-05T15:00"), paris("2026-06-08T12:00")
    nearly = Fraction(10**12 - 1, 10**12)
    assert parts(since, due, OFFICE, FRENCH, [nearly]) == [due - timedelta.resolution]
    assert parts(since, due, None, FRENCH, [nearly]) == [due - timedelta.resolution]


def test_what_is_late_counts_backwards() -> None:
    now, due = paris("2026-06-08T10:00"), paris("2026-06-05T16:30")
    assert between(now, due, OFFICE, FRENCH) == timedelta(hours=-1.5)


def test_half_and_three_quarters() -> None:
    since, due = paris("2026-06-05T15:00"), paris("2026-06-08T12:00")  # two hours, then three
    assert parts(since, due, None, FRENCH) == [since + (due - since) / 2, since + (due - since) * 3 / 4]
    assert parts(since, due, OFFICE, FRENCH) == [paris("2026-06-08T09:30"), paris("2026-06-08T10:45")]
    assert parts(since, due, OFFICE, FRENCH, [Fraction(2, 5)]) == [paris("2026-06-05T17:00")]


@given(moments, shorter, weeks, closings, st.lists(st.fractions(0, 1), max_size=3))
def test_shares_lie_in_order_within_the_promise(
    since: datetime, later: timedelta, week: Week, closed: Closed, shares: list[Fraction]
) -> None:
    found = parts(since, since + later, week, closed, sorted(shares))
    assert found == sorted(found)
    assert all(since <= moment <= since + later for moment in found)


def test_nothing_is_awaited_for_ever() -> None:
    with pytest.raises(ValueError, match="without any opening"):
        Week(((),) * 7)
    with pytest.raises(ValueError, match="seven days"):
        Week((HOURS,) * 5)
    with pytest.raises(ValueError, match="ten years"):
        after(paris("2026-06-05T16:30"), timedelta(hours=1), OFFICE, lambda _day: True)
    with pytest.raises(ValueError, match="no time"):
        after(paris("2026-06-05T16:30"), timedelta(hours=-1), OFFICE, FRENCH)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [(time(9), time(9)), (time(17), time(9)), (time(9, tzinfo=UTC), time(12)), (time(9), time(12, tzinfo=UTC))],
)
def test_a_span_has_a_beginning_and_an_end(opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match=r"zone|two spans"):
        Span(opens, closes)


@pytest.mark.parametrize(
    "wrong",
    [
        (Span(time(9), time(12)), Span(time(11), time(13))),
        (Span(time(14), time(17)), Span(time(9), time(12))),
        (Span(time(9), MIDNIGHT), Span(time(14), time(17))),
    ],
)
def test_spans_of_a_day_follow_one_another(wrong: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="overlap"):
        Week((wrong, *((),) * 6))


def test_a_share_lies_within_its_promise() -> None:
    since, due = paris("2026-06-05T15:00"), paris("2026-06-08T12:00")
    with pytest.raises(ValueError, match="share"):
        parts(since, due, OFFICE, FRENCH, [Fraction(3, 2)])
    with pytest.raises(ValueError, match="share"):
        parts(due, since, OFFICE, FRENCH)


def test_an_instant_has_a_zone() -> None:
    naive = utc("2026-06-05T15:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        after(naive, timedelta(hours=1), OFFICE, FRENCH)
