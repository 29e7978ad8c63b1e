"""Where a place ends: surfaces read from GeoJSON files (RFC 7946), made sound and small, asked whether a point lies inside.

Files as French towns have them: degrees (WGS84) or metres of Lambert-93, one surface or several with their names.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from beffroi.lib.positions import Position, Unplaced, placed

if TYPE_CHECKING:
    import shapely
else:
    from beffroi.lib import geos as shapely

MOST_BYTES: Final = 8_000_000
MOST_READ: Final = 200_000  # points of a file
MOST_FEATURES: Final = 300
MOST_POINTS: Final = 5_000  # of a surface that is kept
LONGEST_NAME: Final = 160
NAMES: Final = ("nom", "name", "libelle")  # of the property that names a surface, in small letters
GRID: Final = 1e-6  # degrees: eleven centimetres
PLACES: Final = 6  # of decimals: the same
COARSEST: Final = 0.01  # degrees: a kilometre
REPAIRED: Final = 0.01  # how much of a surface a repair may change
RING: Final = 4  # positions of a triangle, its first one said twice
_EARTH_KM: Final = 6371.0088

Bounds = tuple[float, float, float, float]  # west, south, east, north, as RFC 7946 writes them


class Unfit(StrEnum):
    """Why a file, or a surface of it, isn't taken."""

    HEAVY = "heavy"  # more than 8 MB, 200,000 points or 300 surfaces
    UNREADABLE = "unreadable"  # no GeoJSON
    EMPTY = "empty"  # no surface: points, lines, or nothing
    OUTSIDE = "outside"  # not in France, or in no system that we know
    SWAPPED = "swapped"  # latitude before longitude
    CROSSED = "crossed"  # its edge crosses itself
    DETAILED = "detailed"  # more than 5,000 points are left when a kilometre is taken for nothing


@dataclass(frozen=True, slots=True)
class Fault:
    """Why, and near which point where one can be named."""

    reason: Unfit
    near: Position | None = None


@dataclass(frozen=True)
class Outline:
    """A sound surface of at most 5,000 points, in degrees on a grid of 11 cm; made by `read` and `stored`."""

    shape: "shapely.MultiPolygon"

    @cached_property
    def coordinates(self) -> list[list[list[list[float]]]]:
        """As a MultiPolygon of RFC 7946: outer rings anticlockwise, six decimals."""
        return [
            [
                [[round(x, PLACES), round(y, PLACES)] for x, y in ring.coords]
                for ring in (part.exterior, *part.interiors)
            ]
            for part in (shapely.orient_polygons(one) for one in self.shape.geoms)
        ]

    @property
    def geometry(self) -> dict[str, object]:
        """GeoJSON."""
        return {"type": "MultiPolygon", "coordinates": self.coordinates}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its coordinates, in hexadecimal: the same surface has the same."""
        return hashlib.sha256(json.dumps(self.coordinates, separators=(",", ":")).encode()).hexdigest()

    @property
    def points(self) -> int:
        """How many positions it is drawn with."""
        return int(shapely.get_num_coordinates(self.shape))

    @property
    def bounds(self) -> Bounds:
        """The box around it."""
        west, south, east, north = self.shape.bounds
        return round(west, PLACES), round(south, PLACES), round(east, PLACES), round(north, PLACES)

    @cached_property
    def area(self) -> float:
        """Square kilometres, on a sphere."""
        return sum(
            _surface(part.exterior.coords) - sum(_surface(hole.coords) for hole in part.interiors)
            for part in self.shape.geoms
        )

    def contains(self, latitude: float, longitude: float) -> bool:
        """Whether that point lies inside or on the edge; not what is no number."""
        if not (math.isfinite(latitude) and math.isfinite(longitude)):
            return False
        return bool(shapely.intersects_xy(self.shape, longitude, latitude))


@dataclass(frozen=True, slots=True)
class Feature:
    """A surface of a file: its name, empty when it has none."""

    name: str
    outline: Outline | Fault


def read(data: bytes) -> list[Feature] | Fault:
    """The surfaces of a GeoJSON file, in its order; each says by itself what is wrong with it. Never raises."""
    if len(data) > MOST_BYTES:
        return Fault(Unfit.HEAVY)
    try:
        document: object = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Fault(Unfit.UNREADABLE)
    found = list(_features(document))
    if not found:
        return Fault(Unfit.EMPTY if isinstance(document, dict) and "type" in document else Unfit.UNREADABLE)
    if len(found) > MOST_FEATURES or sum(_count(geometry) for _name, geometry in found) > MOST_READ:
        return Fault(Unfit.HEAVY)
    return [Feature(name, _outline(geometry)) for name, geometry in found]


def stored(coordinates: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Outline:
    """What `Outline.coordinates` gave, made ready for many questions."""
    shape = shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in coordinates])
    shapely.prepare(shape)
    return Outline(shape)


def _no_number(_name: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")


def _features(document: object) -> Iterator[tuple[str, object]]:
    """Name and geometry of each feature; a bare geometry is one without a name."""
    if not isinstance(document, dict):
        return
    match document.get("type"):
        case "FeatureCollection":
            listed = document.get("features")
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict) and one.get("type") == "Feature":
                    yield _name(one.get("properties")), one.get("geometry")
        case "Feature":
            yield _name(document.get("properties")), document.get("geometry")
        case "Polygon" | "MultiPolygon":
            yield "", document


def _name(properties: object) -> str:
    if not isinstance(properties, dict):
        return ""
    said = {str(key).lower(): value for key, value in properties.items() if isinstance(value, str)}
    name = next((said[key] for key in NAMES if key in said), "")
    clean = "".join(letter if letter.isprintable() else " " for letter in name)  # no surrogate, no NUL
    return " ".join(clean.split())[:LONGEST_NAME]


def _count(part: object) -> int:
    """How many numbers' lists stand at the bottom; without recursion, since depth is the sender's to choose."""
    waiting, count = [part.get("coordinates") if isinstance(part, dict) else None], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            if one and not isinstance(one[0], list):
                count += 1
            else:
                waiting.extend(one)
    return count


def _outline(geometry: object) -> Outline | Fault:
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return Fault(Unfit.EMPTY)
    listed = geometry.get("coordinates")
    parts = [listed] if geometry["type"] == "Polygon" else listed
    if not isinstance(parts, list):
        return Fault(Unfit.UNREADABLE)
    polygons = []
    for part in parts:
        rings = [_ring(ring) for ring in part] if isinstance(part, list) and part else [Fault(Unfit.EMPTY)]
        wrong = next((ring for ring in rings if isinstance(ring, Fault)), None)
        if wrong is not None:
            return wrong
        polygons.append([ring for ring in rings if not isinstance(ring, Fault)])
    try:
        return _sound([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])
    except (shapely.errors.ShapelyError, ValueError):
        return Fault(Unfit.UNREADABLE)


def _ring(ring: object) -> list[tuple[float, float]] | Fault:
    """Longitudes and latitudes, whichever system the file is in; closed where the file forgot to."""
    if not isinstance(ring, list):
        return Fault(Unfit.UNREADABLE)
    found: list[tuple[float, float]] = []
    for position in ring:
        match position:
            case [int() | float() as east, int() | float() as north, *_rest]:
                where = placed(*_numbers(north, east))
            case _:
                return Fault(Unfit.UNREADABLE)
        if isinstance(where, Unplaced):
            return Fault(Unfit.SWAPPED if where is Unplaced.SWAPPED else Unfit.OUTSIDE)
        found.append((where.longitude, where.latitude))
    if found and found[0] != found[-1]:
        found.append(found[0])
    return found if len(found) >= RING else Fault(Unfit.EMPTY)


def _numbers(north: float, east: float) -> tuple[float, float]:
    """As floats; a whole number beyond them is nowhere."""
    try:
        return float(north), float(east)
    except OverflowError:
        return math.inf, math.inf


def _sound(polygons: "list[shapely.Polygon]") -> Outline | Fault:
    """Edges that don't cross, on the grid, few points enough."""
    whole = shapely.MultiPolygon(polygons)
    if not whole.is_valid:
        mended = shapely.make_valid(whole, method="structure", keep_collapsed=False)
        # Rings that touch are mended without a change of surface; edges that cross aren't.
        if mended.is_empty or abs(mended.area - whole.area) > REPAIRED * mended.area:
            return Fault(Unfit.CROSSED, _near(whole))
    else:
        mended = whole
    shape = surfaces(shapely.set_precision(mended, GRID))
    step = GRID
    fewer = shape
    while fewer is not None and shapely.get_num_coordinates(fewer) > MOST_POINTS:
        step *= 2
        if step > COARSEST:
            return Fault(Unfit.DETAILED)
        fewer = surfaces(shapely.simplify(shape, step, preserve_topology=True))
    return Fault(Unfit.EMPTY) if fewer is None else stored(Outline(fewer).coordinates)


def _near(shape: "shapely.MultiPolygon") -> Position | None:
    """Where GEOS says that it is wrong: `Self-intersection[2.88 48.96]`."""
    words = shapely.is_valid_reason(shape).partition("[")[2].rstrip("]").split()
    try:
        return Position(float(words[1]), float(words[0]))
    except (ValueError, IndexError):
        return None


def surfaces(shape: "shapely.Geometry | None") -> "shapely.MultiPolygon | None":
    """The parts that have a surface; None when there is none."""
    found = [part for part in polygons(shape) if part.area > 0]
    return shapely.MultiPolygon(found) if found else None


def polygons(shape: "shapely.Geometry | None") -> "list[shapely.Polygon]":
    if shape is None:
        return []
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and not part.is_empty]


def _surface(ring: "Sequence[Sequence[float]] | shapely.coords.CoordinateSequence") -> float:
    """Of a ring on the sphere, without a sign (Chamberlain and Duquette, JPL 07-03)."""
    total = 0.0
    for (west, south, *_z), (east, north, *_t) in itertools.pairwise(ring):
        total += math.radians(east - west) * (2 + math.sin(math.radians(south)) + math.sin(math.radians(north)))
    return abs(total) * _EARTH_KM**2 / 2
