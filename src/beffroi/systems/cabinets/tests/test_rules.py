"""What a lock's events say of its door."""

from hypothesis import given
from hypothesis import strategies as st

from beffroi.systems.cabinets.rules import Alarm, Door, Happening, Ladder, alarm_for, door_after, malicious

KINDS = ("boot", "opened", "closed", "forced", "battery", "use-admitted")


def after(*kinds: str) -> Door:
    door = Door.UNKNOWN
    for kind in kinds:
        door = door_after(before=door, kind=kind)
    return door


def test_a_lock_that_starts_is_closed_until_it_says_otherwise() -> None:
    assert after("boot") is Door.CLOSED
    assert after("boot", "forced") is Door.FORCED
    assert after("opened", "boot") is Door.OPEN


def test_a_forced_door_stays_so_until_it_is_closed() -> None:
    assert after("forced", "opened") is Door.FORCED
    assert after("forced", "closed", "opened") is Door.OPEN


@given(st.lists(st.sampled_from(KINDS)))
def test_whatever_came_before_closed_is_closed(kinds: list[str]) -> None:
    assert after(*kinds, "closed") is Door.CLOSED


@given(st.lists(st.sampled_from(KINDS)), st.sampled_from(("battery", "use-admitted")))
def test_what_does_not_speak_of_the_door_does_not_move_it(kinds: list[str], kind: str) -> None:
    assert after(*kinds, kind) is after(*kinds)


@given(st.sampled_from(Happening), st.sampled_from(Ladder))
def test_nobody_is_called_to_malice_for_what_is_none(happening: Happening, ladder: Ladder) -> None:
    called = alarm_for(happening=happening, ladder=ladder) is Alarm.FORCED
    assert called == (malicious(happening=happening, ladder=ladder) and ladder is not Ladder.OBSERVE)
