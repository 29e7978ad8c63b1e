"""Rounds: every place once, never longer than without a plan, the shortest where one can look at all orders."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.lib.positions import Position
from beffroi.lib.rounds import DETOUR, METRES_A_MINUTE, MOST_PLACES, order

DEPOT, STATION = Position(48.9603, 2.8788), Position(48.9560, 2.8735)
# So many whole decimetres may be rounded away on the way.
ROUNDED = 2.0

positions = st.builds(Position, st.floats(48.90, 49.00), st.floats(2.80, 2.95))
ends = st.sampled_from([DEPOT, STATION, None])


def town(count: int, seed: int) -> list[Position]:
    chance = random.Random(seed)  # noqa: S311 - the same town each time
    return [Position(48.96 + chance.gauss(0, 0.012), 2.88 + chance.gauss(0, 0.018)) for _place in range(count)]


def length(start: Position, places: Sequence[Position], end: Position | None, chosen: Sequence[int]) -> float:
    stops = [start, *(places[index] for index in chosen), *([end] if end else [])]
    return DETOUR * sum(one.metres_to(other) for one, other in itertools.pairwise(stops))


def without_a_plan(start: Position, places: Sequence[Position]) -> list[int]:
    """Always to the nearest that is left."""
    at, left, chosen = start, set(range(len(places))), []
    while left:
        chosen.append(min(left, key=lambda index: at.metres_to(places[index])))
        at = places[chosen[-1]]
        left.remove(chosen[-1])
    return chosen


@settings(max_examples=40)
@given(st.lists(positions, max_size=30), ends, st.integers())
def test_every_place_once_and_no_longer_than_without_a_plan(
    places: list[Position], end: Position | None, seed: int
) -> None:
    found = order(DEPOT, places, end, seed)
    assert sorted(found.order) == list(range(len(places)))
    assert found.metres == pytest.approx(length(DEPOT, places, end, found.order))
    assert found.minutes == pytest.approx(found.metres / METRES_A_MINUTE)
    assert found.metres <= length(DEPOT, places, end, without_a_plan(DEPOT, places)) + 1e-6
    assert found == order(DEPOT, places, end, seed)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("end", [DEPOT, STATION, None])
def test_the_shortest_of_all_where_they_can_be_counted(count: int, end: Position | None) -> None:
    for seed in range(3):
        places = town(count, seed)
        shortest = min(length(DEPOT, places, end, chosen) for chosen in itertools.permutations(range(count)))
        assert order(DEPOT, places, end, seed).metres == pytest.approx(shortest, abs=ROUNDED)


def test_a_plan_is_worth_having() -> None:
    """Fifty places of a town: a tenth shorter at least than always going to the nearest."""
    for seed in range(3):
        places = town(50, seed)
        plain = length(DEPOT, places, DEPOT, without_a_plan(DEPOT, places))
        assert order(DEPOT, places, DEPOT, seed).metres < 0.9 * plain


def test_places_along_a_street_are_visited_along_it() -> None:
    street = [Position(48.96, 2.88 + step / 1000) for step in (5, 1, 9, 3, 7, 2, 8, 4, 6)]
    found = order(Position(48.96, 2.88), street, None, 1)
    assert found.order == (1, 5, 3, 7, 0, 8, 4, 6, 2)
    assert found.metres == pytest.approx(DETOUR * Position(48.96, 2.88).metres_to(street[2]))


def test_one_place_and_none() -> None:
    assert order(DEPOT, [], None, 1).metres == 0
    there = DETOUR * DEPOT.metres_to(STATION)
    assert order(DEPOT, [], STATION, 1).metres == pytest.approx(there)
    assert order(DEPOT, [STATION], None, 1).order == (0,)
    assert order(DEPOT, [STATION], DEPOT, 1).metres == pytest.approx(2 * there)


def test_places_at_the_same_door() -> None:
    found = order(DEPOT, [STATION, DEPOT, STATION, STATION, DEPOT, STATION], DEPOT, 1)
    stations = [index in {0, 2, 3, 5} for index in found.order]
    assert [there for there, _stops in itertools.groupby(stations)].count(True) == 1
    assert found.metres == pytest.approx(2 * DETOUR * DEPOT.metres_to(STATION))
    assert order(DEPOT, [DEPOT] * 6, DEPOT, 1).metres == 0


def test_two_hundred_places_and_no_more() -> None:
    places = town(MOST_PLACES, 1)
    assert sorted(order(DEPOT, places, DEPOT, 1).order) == list(range(MOST_PLACES))
    with pytest.raises(ValueError, match="200 at most"):
        order(DEPOT, [*places, STATION], DEPOT, 1)
