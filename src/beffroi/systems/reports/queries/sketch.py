"""A round drawn to scale: its places and the line through them, north up, as numbers for an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

from beffroi.lib.positions import Position

WIDTH: Final = 480
HEIGHT: Final = 360
MARGIN: Final = 30
METRES_A_DEGREE: Final = 111_320.0
SCALES: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of the drawing, with what is written in it."""

    x: int
    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing: where it begins, its marks, the line through all of them, a bar so many metres long."""

    start: Mark
    marks: tuple[Mark, ...]
    line: str
    bar: int
    metres: int


def sketch(start: Position, places: Sequence[tuple[str, Position]], *, returns: bool) -> Sketch:
    """`places`: what is written at each, in the order in which they are visited."""
    every = [start, *(place for _label, place in places)]
    narrow = cos(radians(start.latitude))
    east = [place.longitude * narrow * METRES_A_DEGREE for place in every]
    north = [place.latitude * METRES_A_DEGREE for place in every]
    wide, high = max(east) - min(east), max(north) - min(north)
    # Never so near that one street fills the page.
    each = max(wide / (WIDTH - 2 * MARGIN), high / (HEIGHT - 2 * MARGIN), 0.2)
    left, top = (max(east) + min(east)) / 2, (max(north) + min(north)) / 2

    def mark(index: int, label: str) -> Mark:
        return Mark(
            round(WIDTH / 2 + (east[index] - left) / each), round(HEIGHT / 2 - (north[index] - top) / each), label
        )

    marks = tuple(mark(index + 1, label) for index, (label, _place) in enumerate(places))
    home = mark(0, "")
    points = [home, *marks, *([home] if returns and marks else [])]
    metres = max((one for one in SCALES if one / each <= WIDTH / 4), default=SCALES[0])
    return Sketch(home, marks, " ".join(f"{one.x},{one.y}" for one in points), round(metres / each), metres)
