"""Rules of video: what may be published, when an inhabitant is answered, how long an order holds."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from beffroi.systems.video.rules import (
    LEAST_COUNTED,
    MARKED_AFTER,
    first_whole,
    markable,
    merged,
    months_after,
    order_over,
    quarter_of,
    together,
)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(min_value=0, max_value=60)))
def test_nothing_small_is_published_or_found_by_subtraction(counts: dict[str, int]) -> None:
    shown, rest = merged(counts)
    assert all(count >= LEAST_COUNTED and counts[name] == count for name, count in shown.items())
    assert sum(shown.values()) + rest == sum(counts.values())
    joined = [count for name, count in counts.items() if count and name not in shown]
    small = [count for count in joined if count < LEAST_COUNTED]
    if small and shown:
        assert len(joined) > 1, "a single small count would be the rest itself"
        assert rest >= LEAST_COUNTED


def test_small_counts_join_the_smallest_large_one() -> None:
    assert merged({"a": 40, "b": 12, "c": 3}) == ({"a": 40}, 15)
    assert merged({"a": 40, "b": 12, "c": 6, "d": 5}) == ({"a": 40, "b": 12}, 11)
    assert merged({"a": 40, "b": 0}) == ({"a": 40}, 0)
    assert merged({"a": 4}) == ({}, 4)


def test_a_month_ends_the_same_day_or_the_last_one() -> None:
    assert months_after(datetime(2026, 1, 31, 10, tzinfo=UTC), 1) == datetime(2026, 2, 28, 10, tzinfo=UTC)
    assert months_after(datetime(2026, 11, 23, 9, tzinfo=UTC), 1) == datetime(2026, 12, 23, 9, tzinfo=UTC)
    assert months_after(datetime(2026, 11, 30, 9, tzinfo=UTC), 3) == datetime(2027, 2, 28, 9, tzinfo=UTC)


def test_an_order_holds_five_years() -> None:
    assert not order_over(date(2021, 11, 24), date(2026, 11, 23))
    assert order_over(date(2021, 11, 23), date(2026, 11, 23))
    assert order_over(date(2020, 2, 29), date(2025, 2, 28))
    assert not order_over(None, date(2026, 11, 23))


def test_quarters() -> None:
    assert [quarter_of(date(2026, month, 1)) for month in (1, 3, 4, 12)] == [(2026, 1), (2026, 1), (2026, 2), (2026, 4)]


def test_cameras_watched_together_are_watched_once() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    minute = [noon + timedelta(minutes=count) for count in range(10)]
    assert together([]) == timedelta()
    assert together([(minute[0], minute[4]), (minute[1], minute[2]), (minute[3], minute[6])]) == timedelta(minutes=6)
    assert together([(minute[8], minute[9]), (minute[0], minute[1])]) == timedelta(minutes=2)
    assert together([(minute[2], minute[1])]) == timedelta(), "a clock that went back counts for nothing"


def test_a_quarter_is_whole_or_it_is_not_told() -> None:
    assert first_whole(date(2026, 1, 1)) == (2026, 1)
    assert first_whole(date(2026, 1, 2)) == (2026, 2)
    assert first_whole(date(2025, 11, 23)) == (2026, 1)


def test_a_moment_is_marked_until_the_look_or_its_right_is_over() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    later = noon + timedelta(hours=1)
    assert markable(ended=None, over=later, now=noon)
    assert markable(ended=noon, over=later, now=noon + MARKED_AFTER)
    assert not markable(ended=noon, over=later, now=noon + MARKED_AFTER + timedelta(seconds=1))
    assert not markable(ended=None, over=noon, now=noon + MARKED_AFTER + timedelta(seconds=1)), (
        "nothing said of its end"
    )
