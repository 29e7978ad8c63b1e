"""Courses of cables: read from what lists write, made small, and where they are nearest."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.lines import MOST_POINTS, Course, Unfit, bounds, middle, nearest, read, written
from beffroi.lib.positions import Position

BENT = "LINESTRING Z (2.87 48.96 3, 2.88 48.96 4, 2.88 48.97 5)"
DEGREES = st.tuples(st.floats(2.8, 2.9), st.floats(48.9, 49.0))


def course(text: str) -> Course:
    found = read(text)
    assert not isinstance(found, Unfit), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        BENT,
        "multilinestring ((2.87 48.96, 2.88 48.96), (2.88 48.97, 2.88 48.96))",
        json.dumps({"type": "LineString", "coordinates": [[2.87, 48.96], [2.88, 48.96], [2.88, 48.97]]}),
    ],
)
def test_what_mapping_tools_write_is_read(text: str) -> None:
    found = course(text)
    assert sorted(found) == [(2.87, 48.96), (2.88, 48.96), (2.88, 48.97)]
    assert course(written(found)) == found
    assert bounds(found) == (2.87, 48.96, 2.88, 48.97)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Unfit.UNREADABLE),
        ("rue de la Paix", Unfit.UNREADABLE),
        ("POINT (2.87 48.96)", Unfit.UNREADABLE),
        ("LINESTRING (nan 1, 2 2)", Unfit.UNREADABLE),
        ("LINESTRING (2.87 48.96, 2.87 48.96)", Unfit.UNREADABLE),
        ('{"type": "LineString"}', Unfit.UNREADABLE),
        ("MULTILINESTRING ((2.87 48.96, 2.88 48.96), (2.9 48.96, 2.91 48.96))", Unfit.PARTS),
        ("LINESTRING (1 2, 3 4)", Unfit.OUTSIDE),
        ("LINESTRING (48.96 2.87, 48.97 2.87)", Unfit.SWAPPED),
    ],
)
def test_what_is_no_line_says_why(text: str, why: Unfit) -> None:
    assert read(text) is why


def test_metres_of_lambert_are_understood() -> None:
    found = course("LINESTRING (691000 6873500, 691100 6873600)")
    assert 2.8 < found[0][0] < 2.9
    assert 48.9 < found[0][1] < 49.0


def test_a_line_of_many_points_keeps_its_shape_with_fewer() -> None:
    points = [(2.8 + n / 20_000, 48.96 + 0.001 * math.sin(n / 40)) for n in range(700)]
    found = course("LINESTRING (" + ", ".join(f"{east:.6f} {north:.6f}" for east, north in points) + ")")
    assert len(found) <= MOST_POINTS
    for east, north in points:
        there = Position(north, east)
        assert nearest(found, there).metres_to(there) < 20


@given(st.lists(DEGREES, min_size=2, max_size=8), DEGREES)
def test_no_corner_is_nearer_than_the_nearest_point(
    points: list[tuple[float, float]], place: tuple[float, float]
) -> None:
    to = Position(place[1], place[0])
    found = nearest(tuple(points), to).metres_to(to)
    # The grid is eleven centimetres, and a town is taken for flat.
    assert all(found <= Position(north, east).metres_to(to) * 1.001 + 0.3 for east, north in points)


def test_its_middle_lies_half_way_along() -> None:
    assert middle(course(BENT)) == Position(48.96, 2.88)
