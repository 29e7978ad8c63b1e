"""The order in which a team visits places: by PyVRP, a solver of rounds that starts from the nearest neighbours and does no worse.

No map of streets is asked: the way from one place to the next is taken for 1.3 times the great circle, as it is in most towns
(between 1.2 and 1.4), driven at 30 km/h. What is done at the places is not counted.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.lib.positions import Position

MOST_PLACES: Final = 200
DETOUR: Final = 1.3
METRES_A_MINUTE: Final = 500.0  # 30 km/h
FEW: Final = 3  # places of which all orders are looked at
# The solver stops after so many turns, or so many that found nothing better: its answer never hangs on the machine's speed.
TURNS, FRUITLESS = 2_000, 500
DECIMETRES: Final = 10  # it counts in whole numbers
SEEDS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Round:
    """Places by their index, in the order to visit them; metres of the whole way and minutes on the road."""

    order: tuple[int, ...]
    metres: float
    minutes: float


def order(start: Position, places: Sequence[Position], end: Position | None, seed: int) -> Round:
    """A short way from the start through every place once, and to the end; None ends at the last place.

    The same places and seed give the same order. ValueError for more than 200 places: a round is a day's work.
    """
    if len(places) > MOST_PLACES:
        raise ValueError(f"a round of {len(places)} places: {MOST_PLACES} at most")
    ways = _Ways(start, places, end)
    if len(places) <= FEW:
        best = min(itertools.permutations(range(len(places))), key=ways.metres)
    else:
        near = ways.nearest()
        # What is whole decimetres to the solver may be a hair longer than it thinks.
        best = min(near, _solved(ways, near, seed), key=ways.metres)
    metres = ways.metres(best)
    return Round(order=best, metres=metres, minutes=metres / METRES_A_MINUTE)


class _Ways:
    """How far it is from anywhere to anywhere."""

    def __init__(self, start: Position, places: Sequence[Position], end: Position | None) -> None:
        self.count = len(places)
        self.out = [DETOUR * start.metres_to(place) for place in places]
        self.home = [0.0 if end is None else DETOUR * place.metres_to(end) for place in places]
        self.nowhere = 0.0 if end is None else DETOUR * start.metres_to(end)
        self.among = [[DETOUR * one.metres_to(other) for other in places] for one in places]

    def metres(self, chosen: Sequence[int]) -> float:
        if not chosen:
            return self.nowhere
        legs = sum(self.among[one][other] for one, other in itertools.pairwise(chosen))
        return self.out[chosen[0]] + legs + self.home[chosen[-1]]

    def nearest(self) -> tuple[int, ...]:
        """Always to the nearest that is left: what somebody does without a plan."""
        left = set(range(self.count))
        found: list[int] = []
        while left:
            ways = self.among[found[-1]] if found else self.out
            found.append(min(left, key=lambda place: (ways[place], place)))
            left.remove(found[-1])
        return tuple(found)


def _solved(ways: _Ways, begin: tuple[int, ...], seed: int) -> tuple[int, ...]:
    # Thirty megabytes of memory that only who draws up a round should pay for.
    import pyvrp  # noqa: PLC0415 - as above
    from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement  # noqa: PLC0415 - as above

    model = pyvrp.Model()
    first, last, *stops = [model.add_location(0, 0) for _place in range(ways.count + 2)]
    model.add_vehicle_type(start_depot=model.add_depot(first), end_depot=model.add_depot(last))
    for place, stop in enumerate(stops):
        model.add_client(stop)
        model.add_edge(first, stop, _whole(ways.out[place]))
        model.add_edge(stop, last, _whole(ways.home[place]))
        for other, there in enumerate(stops):
            if other != place:
                model.add_edge(stop, there, _whole(ways.among[place][other]))
    data = model.data()
    found = pyvrp.solve(
        data,
        stop=MultipleCriteria([MaxIterations(TURNS), NoImprovement(FRUITLESS)]),
        seed=seed % SEEDS,
        collect_stats=False,
        initial_solution=pyvrp.Solution(data, [list(begin)]),
    )
    (route,) = found.best.routes()
    return tuple(visit.idx for visit in route if visit.is_client())


def _whole(metres: float) -> int:
    return round(metres * DECIMETRES)
