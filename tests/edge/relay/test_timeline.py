"""Frames lie end to end, whatever a camera says of its own time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.edge.relay.timeline import ADRIFT, LONGEST, WRAP, Moment, Timeline

FRAME = 3_600
SECOND = 90_000
STAMPS = st.integers(0, WRAP - 1)


def placed(timestamps: list[int], *, reorder: int = 0, every: float = 0.04) -> list[Moment]:
    """A camera that sends one frame each `every` seconds."""
    timeline = Timeline()
    timeline.reorder = reorder
    return [timeline.place(stamp % WRAP, index * every) for index, stamp in enumerate(timestamps)]


def end_to_end(moments: list[Moment]) -> bool:
    return all(after.decode == before.decode + before.duration for before, after in pairwise(moments))


@given(st.lists(st.tuples(STAMPS, st.floats(0, 5)), max_size=60), st.integers(0, 16))
def test_nothing_makes_a_hole_or_goes_back(arrivals: list[tuple[int, float]], reorder: int) -> None:
    timeline, now, moments = Timeline(), 0.0, []
    timeline.reorder = reorder
    for stamp, passed in arrivals:
        now += passed
        moments.append(timeline.place(stamp, now))
    assert end_to_end(moments)
    assert all(1 <= moment.duration <= 2 * LONGEST for moment in moments)


@given(st.lists(STAMPS, min_size=1, max_size=30), st.lists(STAMPS, min_size=1, max_size=30))
def test_a_camera_that_comes_back_goes_on(before: list[int], after: list[int]) -> None:
    timeline = Timeline()
    moments = [timeline.place(stamp, 0.0) for stamp in before]
    timeline.resume()
    moments += [timeline.place(stamp, 100.0) for stamp in after]
    assert end_to_end(moments)


def test_a_regular_camera_is_taken_at_its_word() -> None:
    moments = placed([1_000_000 + FRAME * index for index in range(100)])
    assert moments == [Moment(FRAME * index, FRAME, 0) for index in range(100)]


def test_a_clock_of_32_bits_goes_round() -> None:
    moments = placed([WRAP - 10 * FRAME + FRAME * index for index in range(20)])
    assert moments == [Moment(FRAME * index, FRAME, 0) for index in range(20)]


@pytest.mark.parametrize("jump", [3_600 * SECOND, -3_600 * SECOND, -20 * SECOND, 5 * SECOND, 1 << 31, -SECOND // 2])
def test_a_jump_isnt_seen(jump: int) -> None:
    moments = placed([WRAP // 2 + FRAME * index + (jump if index >= 10 else 0) for index in range(30)])
    assert moments == [Moment(FRAME * index, FRAME, 0) for index in range(30)]


def test_a_clock_that_stands_still_isnt_seen() -> None:
    assert placed([77] * 20) == [Moment(FRAME * index, FRAME, 0) for index in range(20)]


def test_a_pause_leaves_no_long_frame_behind() -> None:
    """The next frame is shown when it comes: it isn't put a pause later."""
    timeline = Timeline()
    moments = [timeline.place(FRAME * index, 0.04 * index) for index in range(10)]
    moments += [timeline.place(5 * SECOND + FRAME * index, 5 + 0.04 * index) for index in range(10)]
    assert end_to_end(moments)
    assert {moment.duration for moment in moments} == {FRAME}


def test_a_camera_that_slows_down_is_followed() -> None:
    """From 25 frames a second to one, as at night."""
    timeline = Timeline()
    for index in range(10):
        timeline.place(FRAME * index, 0.04 * index)
    moments = [timeline.place(SECOND * (index + 1), 1.0 * (index + 1)) for index in range(10)]
    assert moments[-1].duration == SECOND


@given(st.lists(st.integers(FRAME - 1_500, FRAME + 1_500), min_size=50, max_size=300))
def test_jitter_is_caught_up_with(deltas: list[int]) -> None:
    """However long it lasts, it isn't further from the camera's own time than half a second and a frame."""
    stamps = [sum(deltas[:index]) for index in range(len(deltas))]
    moments = placed(stamps)
    assert end_to_end(moments)
    assert abs(moments[-1].decode - stamps[-1]) <= ADRIFT + 2 * FRAME


def test_every_fourth_frame_missing_is_caught_up_with() -> None:
    stamps = [FRAME * index for index in range(1_000) if index % 4 != 3]
    moments = placed(stamps, every=0.16 / 3)
    assert end_to_end(moments)
    assert abs(moments[-1].decode - stamps[-1]) <= ADRIFT


def test_pictures_out_of_order_are_shown_in_order() -> None:
    """I P b b P b b: decoded as they come, shown as they are numbered, none before it is decoded."""
    order = [0] + [position for group in range(20) for position in (group * 3 + 3, group * 3 + 1, group * 3 + 2)]
    moments = placed([SECOND + FRAME * position for position in order], reorder=1)
    assert end_to_end(moments)
    assert all(moment.offset >= 0 for moment in moments)
    shown = [moment.decode + moment.offset for moment in moments]
    assert [shown.index(each) for each in sorted(shown)] == [order.index(each) for each in sorted(order)]
    assert {after - before for before, after in pairwise(sorted(shown))} == {FRAME}


def test_a_length_that_a_camera_said_beforehand_is_believed() -> None:
    timeline = Timeline()
    timeline.resume(9_000)
    assert timeline.place(0, 0.0).duration == 9_000
