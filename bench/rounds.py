"""Rounds: the solver's way through the places of a town beside the nearest neighbour's, and the CPU that it costs.

``python -m bench rounds``. Towns are drawn from seeds and the solver stops after so many turns: the lengths are the same on any machine.
"""

import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Sequence

from beffroi.lib.positions import Position
from beffroi.lib.rounds import DETOUR, MOST_PLACES, order
from bench.register import Line

USUAL = 50  # places of a day
TOWNS = 10
GREATEST_RATIO = 0.9
DEPOT = Position(48.9603, 2.8788)


def town(count: int, seed: int) -> list[Position]:
    """Places around a centre, most of them within three kilometres."""
    chance = random.Random(seed)  # noqa: S311 - the same town each time
    return [Position(48.96 + chance.gauss(0, 0.012), 2.88 + chance.gauss(0, 0.018)) for _place in range(count)]


def by_nearest(places: Sequence[Position]) -> float:
    """Metres, always to the nearest that is left, and home."""
    stops, left = [DEPOT], list(places)
    while left:
        stops.append(min(left, key=stops[-1].metres_to))
        left.remove(stops[-1])
    return DETOUR * sum(one.metres_to(other) for one, other in itertools.pairwise([*stops, DEPOT]))


def measure(count: int) -> tuple[list[float], list[float]]:
    """Of each town: length against the nearest neighbour's, and seconds of CPU."""
    order(DEPOT, town(5, 0), DEPOT, 0)  # the solver is read into memory
    ratios, seconds = [], []
    for seed in range(TOWNS):
        places = town(count, seed)
        start = time.process_time()
        found = order(DEPOT, places, DEPOT, seed)
        seconds.append(time.process_time() - start)
        ratios.append(found.metres / by_nearest(places))
    return ratios, seconds


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    lines = [Line("machine's load", os.getloadavg()[0], "", f"of {os.cpu_count()} cores")]
    for count in (USUAL, MOST_PLACES):
        ratios, seconds = measure(count)
        mean = statistics.fmean(ratios)
        beside = f"of the nearest neighbour's length, mean of {TOWNS} towns; at most {GREATEST_RATIO}"
        lines += [
            Line(f"{count} places, length", mean, "", beside, mean <= GREATEST_RATIO),
            Line(
                f"{count} places, CPU",
                statistics.median(seconds) * 1000,
                "ms",
                f"at most {max(seconds) * 1000:.0f} in these",
            ),
        ]
    print("rounds")
    for line in lines:
        verdict = {None: "", True: "kept", False: "PASSED"}[line.kept]
        print(f"{line.name:20}{line.figure:10.3f} {line.unit:3} {line.beside:75}{verdict}")
    sys.exit(0 if all(line.kept is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
