"""Which message is news, whatever order they come in, and when a contact is late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.contacts.rules import (
    Condition,
    Frame,
    Turn,
    condition,
    held_up,
    lost_between,
    moment,
    patience,
    turn,
    weak_after,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENTS = st.none() | st.integers(-600, 600).map(lambda minutes: NOW + minutes * MINUTE)
FRAMES = st.builds(Frame, MOMENTS, st.none() | st.integers(0, 2**32 - 1), st.sampled_from(["", "a", "b"]))


@pytest.mark.parametrize(
    ("before", "this", "expected"),
    [
        (Frame(None, None, ""), Frame(NOW, 0, "a"), Turn.NEWER),
        (Frame(NOW, 7, "a"), Frame(NOW, 7, "a"), Turn.REPEATED),
        (Frame(NOW, 7, "a"), Frame(NOW, 7, "b"), Turn.REPEATED),  # two gateways, two deduplications
        (Frame(NOW, 7, "a"), Frame(NOW + MINUTE, 8, "b"), Turn.NEWER),
        (Frame(NOW, 7, "a"), Frame(NOW - MINUTE, 8, "b"), Turn.NEWER),  # a gateway whose clock is slow
        (Frame(NOW, 7, "a"), Frame(NOW - MINUTE, 6, "b"), Turn.OLDER),  # held up on its way
        (Frame(NOW, 7, "a"), Frame(NOW + MINUTE, 0, "b"), Turn.RESTARTED),  # joined while nobody listened
        (Frame(NOW, 7, "a"), Frame(None, 6, "b"), Turn.OLDER),  # replayed, and says no time
        (Frame(NOW, None, ""), Frame(NOW - MINUTE, None, ""), Turn.OLDER),  # Zigbee, by its last_seen
        (Frame(NOW, None, ""), Frame(None, None, ""), Turn.NEWER),
    ],
)
def test_a_message_has_its_turn(before: Frame, this: Frame, expected: Turn) -> None:
    assert turn(before, this) is expected


@given(FRAMES, FRAMES)
def test_what_was_taken_is_never_news_again(before: Frame, this: Frame) -> None:
    """Whatever was taken, the very same bytes again change nothing, wherever a network names or counts its messages."""
    if turn(before, this) in (Turn.NEWER, Turn.RESTARTED) and (this.message or this.counter is not None):
        assert turn(this, this) is Turn.REPEATED


@given(FRAMES, FRAMES)
def test_counters_alone_never_take_a_message_back(before: Frame, this: Frame) -> None:
    if before.counter is not None and this.counter is not None and this.counter <= before.counter and this.at is None:
        assert turn(before, this) in (Turn.REPEATED, Turn.OLDER)


@given(MOMENTS, MOMENTS)
def test_a_moment_is_never_ahead_of_us_nor_before_what_is_known(said: datetime | None, last: datetime | None) -> None:
    last = min(last, NOW) if last else None
    at = moment(said, arrived=NOW, last=last)
    assert at <= NOW
    assert last is None or at >= last


def test_what_was_lost_on_the_air_is_counted_within_one_session() -> None:
    assert lost_between(Frame(NOW, 7, ""), Frame(NOW, 10, "")) == 2
    assert lost_between(Frame(NOW, None, ""), Frame(NOW, 10, "")) == 0
    assert held_up(NOW - 6 * MINUTE, NOW)
    assert not held_up(NOW - 4 * MINUTE, NOW)


def test_a_contact_is_late_before_it_is_silent_by_its_own_beat() -> None:
    for beat in (timedelta(hours=1), timedelta(hours=24)):
        late, down = patience(beat)
        for silence, expected in (
            (beat, Condition.WELL),
            (late, Condition.LATE),
            (down - MINUTE, Condition.LATE),
            (down, Condition.DOWN),
        ):
            assert condition(silent_since=NOW - silence, beat=beat, cut=False, now=NOW) is expected
    assert condition(silent_since=NOW, beat=timedelta(hours=1), cut=True, now=NOW) is Condition.LATE


def test_a_cold_night_does_not_empty_a_battery_again_and_again() -> None:
    weak = False
    told = []
    for level in (40, 15, 17, 14, 20, 90):
        weak = weak_after(weak=weak, level=level, low=None)
        told.append(weak)
    assert told == [False, True, True, True, True, False]
    assert weak_after(weak=False, level=None, low=True)
    assert not weak_after(weak=True, level=None, low=False)
    assert weak_after(weak=True, level=None, low=None)
