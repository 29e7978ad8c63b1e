"""Where a mask's paint goes: over all of a zone, and hardly beyond it."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.edge.relay.masking.painting import DARK, INK, MARGIN, NO_COLOUR, PAPER, Paint, Plane, label, spoken
from beffroi.protocol.v1.mask import Mask, Zone

WIDE, HIGH = 64, 48
SCENE = 200


def painted(mask: Mask, width: int = WIDE, height: int = HIGH, time: int = 0) -> list[npt.NDArray[np.uint8]]:
    """The three planes of a light picture, each row longer than it shows, as decoders make them."""
    sizes = [(width, height), (width // 2, height // 2), (width // 2, height // 2)]
    kept = [bytearray([SCENE]) * ((wide + 16) * high) for wide, high in sizes]
    planes = [Plane(memoryview(data), wide + 16) for data, (wide, _) in zip(kept, sizes, strict=True)]
    Paint(mask, width, height).cover(planes, time)
    read = [
        np.frombuffer(data, np.uint8).reshape(high, wide + 16) for data, (wide, high) in zip(kept, sizes, strict=True)
    ]
    assert all((plane[:, wide:] == SCENE).all() for plane, (wide, _) in zip(read, sizes, strict=True))
    return [plane[:, :wide] for plane, (wide, _) in zip(read, sizes, strict=True)]


def winding(zone: Zone, x: float, y: float) -> int:
    """How often a border goes round a point: another way of finding out than the painter's."""
    points = [(px * WIDE / 1000, py * HIGH / 1000) for px, py in zone]
    turns = 0
    for (ax, ay), (bx, by) in pairwise([*points, points[0]]):
        side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
        if ay <= y < by and side > 0:
            turns += 1
        elif by <= y < ay and side < 0:
            turns -= 1
    return turns


points = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
zones = st.lists(points, min_size=3, max_size=16).map(tuple)


@settings(deadline=None, max_examples=150)
@given(st.lists(zones, min_size=1, max_size=3))
def test_every_point_that_a_border_goes_round_is_covered(found: list[Zone]) -> None:
    light, blue, red = painted(Mask(tuple(found)))
    for row in range(HIGH):
        for column in range(WIDE):
            if any(winding(zone, column + 0.5, row + 0.5) for zone in found):
                assert light[row, column] == DARK
                assert blue[row // 2, column // 2] == red[row // 2, column // 2] == NO_COLOUR


@settings(deadline=None, max_examples=50)
@given(zones)
def test_what_is_far_from_a_zone_is_left_as_it_was(zone: Zone) -> None:
    light, *_ = painted(Mask((zone,)))
    left, right = (limit(x for x, _ in zone) * WIDE / 1000 for limit in (min, max))
    top, bottom = (limit(y for _, y in zone) * HIGH / 1000 for limit in (min, max))
    rows, columns = np.nonzero(light == DARK)
    near = MARGIN + 1
    assert ((rows >= top - near) & (rows <= bottom + near)).all()
    assert ((columns >= left - near) & (columns <= right + near)).all()


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 999), st.sampled_from([48, 180, 200, 240, 250, 360, 480, 500, 720]))
def test_the_narrowest_slit_is_covered_in_a_picture_of_any_height(top: int, height: int) -> None:
    light, *_ = painted(Mask((((0, top), (1000, top), (1000, top + 1), (0, top + 1)),)), height=height)
    assert (light[top * height // 1000] == DARK).all()


def test_a_corner_that_a_zone_leaves_out_stays_seen() -> None:
    angle: Zone = ((0, 0), (1000, 0), (1000, 300), (300, 300), (300, 1000), (0, 1000))
    light, *_ = painted(Mask((angle,)))
    assert (light[: HIGH * 3 // 10] == DARK).all()
    assert (light[HIGH * 3 // 10 + MARGIN + 1 :, WIDE * 3 // 10 + MARGIN + 1 :] == SCENE).all()


def test_a_zone_of_the_whole_picture() -> None:
    light, blue, red = painted(Mask((((0, 0), (1000, 0), (1000, 1000), (0, 1000)),)))
    assert (light == DARK).all()
    assert (blue == NO_COLOUR).all()
    assert (red == NO_COLOUR).all()


def test_words_are_in_their_corner() -> None:
    light, blue, _ = painted(Mask(words="Hall"), 640, 360)
    corner = light[-22:, -150:]
    assert corner.min() == PAPER
    assert corner.max() > INK - 60
    assert (light[:-30] == SCENE).all()
    assert (blue[-8:, -40:] == NO_COLOUR).all()


def test_words_that_are_too_long_end_at_the_pictures_edge() -> None:
    assert label("W" * 120, 200, 360).size[0] <= 200
    light, *_ = painted(Mask(words="W" * 80), 32, 16)
    assert light.shape == (16, 32)


def test_accents_are_written() -> None:
    """The letters alone are the same; what stands above them isn't."""
    plain, accented = (
        label(text, 640, 720).tobytes() for text in ("Entree, facade, Noel, ou", "Entrée, façade, Noël, où")
    )
    assert len(plain) == len(accented)
    assert plain != accented


def test_the_time_is_said_in_one_way_everywhere() -> None:
    assert spoken(1_790_000_000) == "2026-09-21 14:13:20 UTC"
    assert spoken(0) == "--:--:-- UTC"
