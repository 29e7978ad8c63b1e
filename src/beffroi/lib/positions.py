"""Where something stands, as French lists write it: degrees (WGS84, EPSG:4326) or metres of Lambert-93 (EPSG:2154)."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# IGN, NTG_71 "Projection cartographique conique conforme de Lambert" (2011): RGF93 on GRS80, which is WGS84 within a decimetre.
_N: Final = 0.7256077650532670
_C: Final = 11754255.426096
_XS: Final = 700_000.0
_YS: Final = 12655612.049876
_E: Final = 0.08181919104281579
_MERIDIAN: Final = math.radians(3.0)
_STEPS: Final = 12  # it settles within 1e-12 radian in six

# Lambert-93 is used in metropolitan France only: easting and northing lie far from one another, and from degrees.
_EASTINGS: Final = (0.0, 1_300_000.0)
_NORTHINGS: Final = (6_000_000.0, 7_200_000.0)
# Boxes around France's land, in degrees: metropolitan, then overseas: (south, west, north, east).
FRANCE: Final = (
    (41.2, -5.3, 51.2, 9.7),
    (14.3, -61.9, 18.2, -60.7),  # Martinique, Guadeloupe, Saint-Martin east of them
    (17.8, -63.3, 18.2, -62.7),  # Saint-Martin, Saint-Barthélemy
    (2.0, -54.7, 5.9, -51.5),  # Guyane
    (-21.5, 55.1, -20.8, 55.9),  # La Réunion
    (-13.1, 44.9, -12.5, 45.4),  # Mayotte
    (46.7, -56.5, 47.2, -56.1),  # Saint-Pierre-et-Miquelon
    (-28.0, -155.0, -7.0, -134.0),  # Polynésie française
    (-22.8, 158.0, -19.0, 172.1),  # Nouvelle-Calédonie
    (-14.5, -178.3, -13.1, -176.0),  # Wallis-et-Futuna
)
_EARTH: Final = 6_371_000.0


class Unplaced(StrEnum):
    """Why two numbers are no place of ours."""

    SWAPPED = "swapped"  # the one stands where the other should
    OUTSIDE = "outside"  # not in France, or in no system that we know


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS84."""

    latitude: float
    longitude: float

    def metres_to(self, other: "Position") -> float:
        """Along the ground."""
        south, north = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(east / 2) ** 2
        return 2 * _EARTH * math.asin(math.sqrt(min(half, 1.0)))


def from_lambert93(easting: float, northing: float) -> Position:
    """Degrees of a point given in metres (IGN's algorithms ALG0004 and ALG0002)."""
    radius = math.hypot(easting - _XS, northing - _YS)
    angle = math.atan2(easting - _XS, _YS - northing)
    isometric = -math.log(radius / _C) / _N
    latitude = 2 * math.atan(math.exp(isometric)) - math.pi / 2
    for _step in range(_STEPS):
        bent = _E * math.sin(latitude)
        latitude = 2 * math.atan(((1 + bent) / (1 - bent)) ** (_E / 2) * math.exp(isometric)) - math.pi / 2
    return Position(math.degrees(latitude), math.degrees(_MERIDIAN + angle / _N))


def placed(north: float, east: float) -> Position | Unplaced:
    """The place that a latitude and a longitude, or a northing and an easting, mean; their sizes say which of them they are."""
    if not (math.isfinite(north) and math.isfinite(east)):
        return Unplaced.OUTSIDE
    found = _degrees(north, east) or _metres(north, east)
    if found is not None:
        return found
    return Unplaced.SWAPPED if _degrees(east, north) or _metres(east, north) else Unplaced.OUTSIDE


def _degrees(north: float, east: float) -> Position | None:
    inside = any(s <= north <= n and w <= east <= e for s, w, n, e in FRANCE)
    return Position(north, east) if inside else None


def _metres(north: float, east: float) -> Position | None:
    if not (_NORTHINGS[0] <= north <= _NORTHINGS[1] and _EASTINGS[0] <= east <= _EASTINGS[1]):
        return None
    found = from_lambert93(east, north)
    return _degrees(found.latitude, found.longitude)


def far_away(positions: Sequence[Position], *, at_least: float = 20_000.0, times: float = 8.0) -> list[bool]:
    """Which of them stand far from all the others: beyond 20 km and eight times the usual distance from their middle.

    Half of the points would have to be wrong to move the middle: a single wrong figure is seen, a wide département is not.
    """
    if not positions:
        return []
    middle = Position(
        statistics.median(each.latitude for each in positions), statistics.median(each.longitude for each in positions)
    )
    distances = [each.metres_to(middle) for each in positions]
    bound = max(at_least, times * statistics.median(distances))
    return [distance > bound for distance in distances]
