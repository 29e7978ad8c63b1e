"""Lambert-93 by IGN's own algorithm, and which numbers are a place at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.positions import Position, Unplaced, far_away, from_lambert93, placed


@pytest.mark.parametrize(
    ("easting", "northing", "latitude", "longitude"),
    [
        # By PROJ 9 (EPSG:2154 to EPSG:4326)
        (691212.6280483267, 6873345.07207386, 48.96, 2.88),
        (668832.5384, 6950138.7285, 49.64961098459618, 2.5686536326274663),
    ],
)
def test_metres_become_degrees(easting: float, northing: float, latitude: float, longitude: float) -> None:
    found = from_lambert93(easting, northing)
    assert (found.latitude, found.longitude) == pytest.approx((latitude, longitude), abs=1e-9)


def test_sizes_say_what_the_numbers_are() -> None:
    assert placed(48.96, 2.88) == Position(48.96, 2.88)
    assert isinstance(placed(6873345.07, 691212.63), Position)
    assert isinstance(placed(-20.9, 55.45), Position)  # Saint-Denis de La Réunion
    assert placed(2.88, 48.96) is Unplaced.SWAPPED
    assert placed(691212.63, 6873345.07) is Unplaced.SWAPPED
    assert placed(0, 0) is Unplaced.OUTSIDE


@given(st.floats(), st.floats())
def test_any_two_numbers_have_an_answer(north: float, east: float) -> None:
    assert isinstance(placed(north, east), (Position, Unplaced))


def test_one_wrong_figure_is_seen_and_a_wide_place_is_not() -> None:
    town = [Position(48.95 + step / 500, 2.88) for step in range(9)]
    assert far_away([*town, Position(47.95, 2.88)]) == [False] * 9 + [True]
    wide = [Position(48.2 + step / 10, 2.4 + step / 20) for step in range(9)]
    assert not any(far_away(wide))
    assert far_away([]) == []
