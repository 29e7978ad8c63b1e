"""When a message is tried again, and when the alerter is taken for dead: rules, with the time given."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from beffroi.kernel.alerts.rules import LAST_ATTEMPT, LONGEST_PAUSE, Urgency, pause, silence

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
urgencies = some.sampled_from(Urgency)
attempts = some.integers(min_value=1, max_value=LAST_ATTEMPT - 1)


@given(urgencies, attempts, some.none() | some.floats(min_value=0, max_value=3600))
def test_a_pause_is_never_shorter_than_was_asked_nor_without_end(
    urgency: Urgency, attempt: int, asked: float | None
) -> None:
    waited = pause(urgency, attempt, asked)
    assert waited is not None
    assert timedelta(seconds=asked or 0) <= waited <= timedelta(seconds=max(LONGEST_PAUSE, asked or 0))


@given(urgencies, attempts)
def test_pauses_grow_and_what_is_immediate_waits_least(urgency: Urgency, attempt: int) -> None:
    first, then = pause(urgency, attempt, None), pause(urgency, attempt + 1, None)
    soonest = pause(Urgency.IMMEDIATE, attempt, None)
    assert first is not None
    assert soonest is not None
    assert soonest <= first
    assert then is None or first <= then


@pytest.mark.parametrize("urgency", Urgency)
def test_one_gives_up_in_the_end(urgency: Urgency) -> None:
    assert pause(urgency, LAST_ATTEMPT, None) is None


@pytest.mark.parametrize(
    ("beat", "oldest", "trouble"),
    [
        (None, None, ""),
        (3600, None, ""),
        (5, 59, ""),
        (5, 119, ""),
        (5, 121, "left-lying"),
        (61, 59, ""),
        (61, 61, "silent"),
        (None, 61, "silent"),
        (None, 30, ""),
    ],
)
def test_silence_counts_only_while_messages_wait(beat: int | None, oldest: int | None, trouble: str) -> None:
    def ago(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    assert silence(beat=ago(beat), oldest_due=ago(oldest), now=NOW) == trouble
