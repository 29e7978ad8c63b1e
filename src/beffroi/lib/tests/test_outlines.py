"""Outlines from files as towns send them, sound or not; no file makes it raise."""

import json
import math
import random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.lib.outlines import MOST_BYTES, MOST_POINTS, Fault, Feature, Outline, Unfit, read, stored
from beffroi.lib.sketches import coarsened, picture

SQUARE = [[2.87, 48.95], [2.89, 48.95], [2.89, 48.97], [2.87, 48.97], [2.87, 48.95]]
HOLE = [[2.878, 48.958], [2.882, 48.958], [2.882, 48.962], [2.878, 48.962], [2.878, 48.958]]
BOW = [[2.87, 48.95], [2.89, 48.97], [2.89, 48.95], [2.87, 48.97], [2.87, 48.95]]


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def taken(data: bytes) -> list[Feature]:
    found = read(data)
    assert not isinstance(found, Fault), found
    return found


def only(data: bytes) -> Outline:
    (found,) = taken(data)
    assert isinstance(found.outline, Outline), found.outline
    return found.outline


def reason(data: bytes) -> Unfit:
    found = read(data)
    if isinstance(found, Fault):
        return found.reason
    assert isinstance(found[0].outline, Fault)
    return found[0].outline.reason


def circle(points: int, radius: float = 0.02) -> list[list[float]]:
    turn = [2 * math.pi * at / points for at in range(points)]
    ring = [[2.88 + radius * math.cos(one), 48.96 + radius * math.sin(one)] for one in turn]
    return [*ring, ring[0]]


def test_a_surface_says_what_lies_inside_its_edge_included_and_its_hole_excluded() -> None:
    outline = only(json.dumps(polygon(SQUARE, HOLE)).encode())
    assert outline.contains(48.955, 2.875)
    assert outline.contains(48.95, 2.88), "the edge belongs to it"
    assert not outline.contains(48.96, 2.88), "the hole doesn't"
    assert not outline.contains(48.94, 2.88)
    assert not outline.contains(math.nan, 2.88)
    assert outline.bounds == (2.87, 48.95, 2.89, 48.97)


def test_its_area_is_that_of_the_ground() -> None:
    # 0.02° of latitude are 2.224 km, 0.02° of longitude 1.460 km there.
    assert only(json.dumps(polygon(SQUARE)).encode()).area == pytest.approx(3.247, rel=0.002)
    holed = only(json.dumps(polygon(SQUARE, HOLE)).encode())
    assert holed.area == pytest.approx(3.247 * 0.96, rel=0.002)


def test_several_surfaces_have_names_however_the_property_is_written() -> None:
    found = taken(
        collection(
            feature(polygon(SQUARE), NOM="  Centre\u0000-ville "),
            feature(polygon(SQUARE), name="Beauval"),
            feature(polygon(SQUARE), code=12),
            feature(polygon(BOW), nom="De travers"),
            feature({"type": "Point", "coordinates": [2.88, 48.96]}, nom="Mairie"),
        )
    )
    assert [one.name for one in found] == ["Centre -ville", "Beauval", "", "De travers", "Mairie"]
    assert [one.outline.reason for one in found if isinstance(one.outline, Fault)] == [Unfit.CROSSED, Unfit.EMPTY]


def test_where_an_edge_crosses_itself_is_said() -> None:
    (found,) = taken(collection(feature(polygon(BOW))))
    assert isinstance(found.outline, Fault)
    assert found.outline.near is not None
    assert (found.outline.near.latitude, found.outline.near.longitude) == pytest.approx((48.96, 2.88))


def test_metres_of_lambert_93_are_read_as_such() -> None:
    ring = [[690000, 6872000], [692000, 6872000], [692000, 6874000], [690000, 6874000]]
    outline = only(collection(feature(polygon(ring))))
    assert outline.contains(48.96, 2.88)
    assert outline.area == pytest.approx(4.0, rel=0.01)


def test_a_ring_that_touches_itself_is_mended() -> None:
    east = [[2.88, 48.96], [2.89, 48.95], [2.89, 48.97], [2.88, 48.96]]
    west = [[2.87, 48.97], [2.87, 48.95], [2.88, 48.96]]
    outline = only(collection(feature(polygon([*east, *west]))))
    assert outline.contains(48.96, 2.875)
    assert outline.contains(48.96, 2.885)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Unfit.UNREADABLE),
        (b"%PDF-1.7", Unfit.UNREADABLE),
        (b"\xff\xfe\x00", Unfit.UNREADABLE),
        (b"[1, 2]", Unfit.UNREADABLE),
        (b"[" * 200_000, Unfit.UNREADABLE),
        (b'{"type": NaN}', Unfit.UNREADABLE),
        (b'{"type": "Topology"}', Unfit.EMPTY),
        (collection(), Unfit.EMPTY),
        (b" " * (MOST_BYTES + 1), Unfit.HEAVY),
        (collection(*[feature(None)] * 301), Unfit.HEAVY),
        (collection(feature(polygon([[48.95, 2.87], [48.97, 2.87], [48.97, 2.89]]))), Unfit.SWAPPED),
        (collection(feature(polygon([[13.4, 52.5], [13.5, 52.5], [13.5, 52.6]]))), Unfit.OUTSIDE),
        (collection(feature(polygon([[10**400, 1], [1, 1], [1, 2]]))), Unfit.OUTSIDE),
        (collection(feature(polygon([[2.88, 48.96]]))), Unfit.EMPTY),
        (collection(feature(polygon(["a"]))), Unfit.UNREADABLE),
        (collection(feature({"type": "MultiPolygon", "coordinates": 3})), Unfit.UNREADABLE),
        (collection(feature(polygon([[2.88, 48.96], [2.881, 48.961], [2.882, 48.962]]))), Unfit.EMPTY),
    ],
)
def test_what_is_no_outline_says_why(data: bytes, why: Unfit) -> None:
    assert reason(data) is why


def test_a_surface_of_many_points_is_made_simpler_and_stays_sound_and_where_it_was() -> None:
    outline = only(collection(feature(polygon(circle(40_000)))))
    assert 100 < outline.points <= MOST_POINTS
    assert outline.shape.is_valid
    assert outline.area == pytest.approx(only(collection(feature(polygon(circle(4_000))))).area, rel=1e-3)


def test_what_is_stored_is_what_was_read() -> None:
    outline = only(json.dumps(polygon(SQUARE, HOLE)).encode())
    again = stored(json.loads(json.dumps(outline.coordinates)))
    assert again.digest == outline.digest
    assert again.geometry == outline.geometry
    exterior = outline.coordinates[0][0]
    assert shapely.LinearRing(exterior).is_ccw, "RFC 7946, 3.1.6"


def test_a_picture_holds_every_surface_in_its_frame() -> None:
    drawn = picture([only(collection(feature(polygon(SQUARE)))), only(collection(feature(polygon(circle(5_000)))))])
    assert len(drawn.paths) == 2
    assert drawn.width <= 360
    assert drawn.height <= 361
    assert all(path.startswith("M") and path.endswith("Z") for path in drawn.paths)
    assert len(drawn.paths[1]) < 2_000, "as many points as one can see"


def test_a_map_has_few_points_and_every_surface() -> None:
    drawn = [only(collection(feature(polygon(circle(3_000, radius))))) for radius in (0.05, 0.02, 0.00001)]
    few = coarsened(drawn, most=300, finest=1e-5)
    assert sum(one.points for one in few) <= 300
    assert len(few) == 3
    assert few[0].area == pytest.approx(drawn[0].area, rel=0.05)
    assert coarsened(drawn, most=10_000, finest=1e-5) == drawn, "left alone when there is room"


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["type", "coordinates"]), inner),
    max_leaves=20,
)
numbers = st.floats(40.0, 52.0) | st.floats(-6.0, 10.0) | st.integers() | st.floats()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.lists(numbers, max_size=3), max_size=8), max_size=3), values, st.text(max_size=200))
def test_no_file_makes_it_raise(rings: list[list[list[float]]], other: object, name: str) -> None:
    document = [
        feature(polygon(*rings), nom=name),
        feature({"type": "MultiPolygon", "coordinates": [rings]}),
        feature({"type": "Polygon", "coordinates": other}, name=name),
        other,
    ]
    for data in (json.dumps(document[0]).encode(), collection(*document), json.dumps(other).encode()):
        found = read(data)
        for one in [] if isinstance(found, Fault) else found:
            assert len(one.name) <= 160
            one.name.encode()
            if isinstance(one.outline, Outline):
                assert one.outline.shape.is_valid


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_a_file_that_was_damaged_is_a_fault_or_an_outline(seed: int, changes: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - damage, no secret
    data = bytearray(collection(feature(polygon(SQUARE, HOLE), nom="Centre")))
    for _change in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    read(bytes(data[: chance.randrange(len(data) + 1)]))
    read(bytes(data))
