"""Maps as lists (GeoJSON, RFC 7946): a row for each feature, a column for each of its properties, then where it is: the two numbers of a
point, anything else as WKT.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from beffroi.adapters.spreadsheet.errors import NotASheet

if TYPE_CHECKING:
    import shapely
else:
    from beffroi.lib import geos as shapely

WKT: Final = "WKT"
WHERE: Final = ("Longitude", "Latitude", WKT)
DIGITS: Final = 7  # decimals of a degree: a centimetre
A_POINT: Final = 2


def is_features(content: bytes) -> bool:
    """Whether it looks like one: a list never begins with a brace."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def feature_rows(content: bytes, columns: int) -> Iterator[list[str]]:
    """The headings, then a row for each feature; raises NotASheet."""
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotASheet from error
    match document:
        case {"type": "FeatureCollection", "features": [*features]}:
            rows = [_read(one) for one in features]
        case _:
            raise NotASheet
    names = list(dict.fromkeys(name for properties, _where in rows for name in properties if name not in WHERE))
    names = names[: columns - len(WHERE)]
    yield [*names, *WHERE]
    for properties, where in rows:
        yield [*(properties.get(name, "") for name in names), *where]


def _no_number(_name: str) -> float:
    raise ValueError("no such number in JSON")


def _read(feature: object) -> tuple[Mapping[str, str], tuple[str, str, str]]:
    match feature:
        case {"type": "Feature", "geometry": geometry, **rest}:
            said = rest.get("properties")
        case _:
            raise NotASheet
    properties = said if isinstance(said, dict) else {}
    return {str(name): _text(value) for name, value in properties.items()}, _where(geometry)


def _text(value: object) -> str:
    """A value of one word or number; what holds others is no cell."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)


def _where(geometry: object) -> tuple[str, str, str]:
    match geometry:
        case None:
            return "", "", ""
        case {"type": "Point", "coordinates": [int() | float() as east, int() | float() as north, *_rest]}:
            return str(east), str(north), ""
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
        return "", "", shapely.to_wkt(shape, rounding_precision=DIGITS, output_dimension=A_POINT)
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise NotASheet from error
