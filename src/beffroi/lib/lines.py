"""Where a cable runs: a line read from what lists write (WKT, or GeoJSON's geometry), made sound and small; the point of it that is
nearest to a place.
"""

import itertools
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from beffroi.lib.positions import Position, Unplaced, placed

if TYPE_CHECKING:
    import shapely
else:
    from beffroi.lib import geos as shapely

# Longitude and latitude in degrees, as GeoJSON writes them; two points at least.
Course = tuple[tuple[float, float], ...]
Bounds = tuple[float, float, float, float]  # west, south, east, north

MOST_POINTS: Final = 500
LONGEST_TEXT: Final = 20_000
PLACES: Final = 6  # of decimals: eleven centimetres
COARSEST: Final = 0.0005  # degrees: some fifty metres
FINEST: Final = 2e-6
TWO: Final = 2


class Unfit(StrEnum):
    """Why a text is no line that we take."""

    UNREADABLE = "unreadable"  # neither WKT nor GeoJSON, or no line
    PARTS = "parts"  # several lines that don't meet
    OUTSIDE = "outside"  # not in France, or in no system that we know
    SWAPPED = "swapped"  # latitude before longitude
    DETAILED = "detailed"  # too many points even when fifty metres are taken for nothing


def read(text: str) -> Course | Unfit:
    """A line as a list writes it, in degrees or metres of Lambert-93: `LINESTRING (2.87 48.96, 2.88 48.96)`, or its GeoJSON."""
    bare = text.strip()
    # GEOS takes "nan" for a number, and says so aloud.
    if not bare or len(bare) > LONGEST_TEXT or "nan" in bare.lower():
        return Unfit.UNREADABLE
    try:
        shape = shapely.from_geojson(bare) if bare.startswith("{") else shapely.from_wkt(bare)
        if isinstance(shape, shapely.MultiLineString):
            shape = shapely.line_merge(shape)
            if isinstance(shape, shapely.MultiLineString):
                return Unfit.PARTS if len(shape.geoms) > 1 else Unfit.UNREADABLE
    except (shapely.errors.ShapelyError, ValueError):
        return Unfit.UNREADABLE
    return _sound(shape) if isinstance(shape, shapely.LineString) and not shape.is_empty else Unfit.UNREADABLE


def _sound(shape: "shapely.LineString") -> Course | Unfit:
    found: list[tuple[float, float]] = []
    for east, north in shapely.get_coordinates(shape).tolist():
        where = placed(north, east)
        if isinstance(where, Unplaced):
            return Unfit.SWAPPED if where is Unplaced.SWAPPED else Unfit.OUTSIDE
        found.append((where.longitude, where.latitude))
    step, course = FINEST, _rounded(found)
    while len(course) > MOST_POINTS and step <= COARSEST:
        course = _rounded(shapely.get_coordinates(shapely.simplify(shapely.LineString(found), step)).tolist())
        step *= 2
    if len(course) > MOST_POINTS:
        return Unfit.DETAILED
    return course if len(course) >= TWO else Unfit.UNREADABLE


def _rounded(points: Sequence[Sequence[float]]) -> Course:
    """On the grid, no point said twice in a row."""
    found = ((round(east, PLACES), round(north, PLACES)) for east, north in points)
    return tuple(point for point, _same in itertools.groupby(found))


def course_of(points: Sequence[Sequence[float]] | None) -> Course:
    """As it is kept; empty for a thing that is a point."""
    return tuple((point[0], point[1]) for point in points or ())


def written(course: Course) -> str:
    """As WKT, which `read` reads; empty for none."""
    return f"LINESTRING ({', '.join(f'{east} {north}' for east, north in course)})" if course else ""


def bounds(course: Course) -> Bounds:
    """The box that holds it."""
    east, north = zip(*course, strict=True)
    return min(east), min(north), max(east), max(north)


def nearest(course: Course, to: Position) -> Position:
    """The point of the line that is nearest to a place, as the crow flies."""
    narrow = math.cos(math.radians(to.latitude))
    flat = [((east - to.longitude) * narrow, north - to.latitude) for east, north in course]
    found = min((_foot(one, other) for one, other in itertools.pairwise(flat)), key=lambda point: math.hypot(*point))
    east = to.longitude + (found[0] / narrow if narrow else 0.0)
    return Position(round(to.latitude + found[1], PLACES), round(east, PLACES))


def _foot(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point of a straight piece that is nearest to the origin."""
    wide, high = other[0] - one[0], other[1] - one[1]
    long = wide * wide + high * high
    along = 0.0 if long == 0 else min(1.0, max(0.0, -(one[0] * wide + one[1] * high) / long))
    return one[0] + along * wide, one[1] + along * high


def middle(course: Course) -> Position:
    """Half of its way along."""
    point = shapely.line_interpolate_point(shapely.LineString(course), 0.5, normalized=True)
    return Position(round(point.y, PLACES), round(point.x, PLACES))
