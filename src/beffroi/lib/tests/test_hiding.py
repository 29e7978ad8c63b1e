"""What somebody covers is gone for good, and the rest stays as it was."""

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from beffroi.lib.hiding import ACROSS, MOST_AREAS, SMALLEST_BLOCK, Area, cover
from beffroi.lib.photographs import THUMB, Kind, Photograph, Unfit, examine, hide
from beffroi.lib.tests.cameras import exif, laid, street, written

SIZE = (640, 480)
CROWD = Image.merge("RGB", [Image.effect_noise(SIZE, 120) for _band in range(3)])
FRACTIONS = st.floats(0, 1)


def drawn(left: float, top: float, width: float, height: float) -> Area:
    """An area that is one."""
    area = Area.drawn(left, top, width, height)
    assert area is not None
    return area


def spread(picture: Image.Image) -> int:
    """How far its darkest and its lightest point are from one another."""
    levels = picture.tobytes()
    return max(levels) - min(levels)


@given(left=FRACTIONS, top=FRACTIONS, width=FRACTIONS, height=FRACTIONS)
@settings(deadline=None, max_examples=60)
def test_each_block_is_one_colour_and_all_else_is_untouched(
    left: float, top: float, width: float, height: float
) -> None:
    area = Area.drawn(left, top, width, height)
    if area is None:
        assert min(width, height, 1 - left, 1 - top) < 1e-15  # no more than what a number is rounded by
        return
    covered, box = cover(CROWD, [area]), area.box(SIZE)
    changed = ImageChops.difference(CROWD, covered).getbbox()
    assert changed is None or (
        box[0] <= changed[0] and box[1] <= changed[1] and changed[2] <= box[2] and changed[3] <= box[3]
    )
    across, down = box[2] - box[0], box[3] - box[1]
    block = max(SMALLEST_BLOCK, math.ceil(min(across, down) / ACROSS))
    counts = max(across // block, 1), max(down // block, 1)
    for column in range(counts[0]):
        for row in range(counts[1]):
            inside = (
                box[0] + math.ceil(column * across / counts[0]),
                box[1] + math.ceil(row * down / counts[1]),
                box[0] + (column + 1) * across // counts[0],
                box[1] + (row + 1) * down // counts[1],
            )
            if inside[0] < inside[2] and inside[1] < inside[3]:
                extremes = covered.crop(inside).getextrema()
                assert all(isinstance(band, tuple) and band[0] == band[1] for band in extremes)


@given(*(st.floats() for _each in range(4)))
def test_any_four_numbers_are_an_area_of_the_picture_or_none(
    left: float, top: float, width: float, height: float
) -> None:
    area = Area.drawn(left, top, width, height)
    if area is not None:
        assert 0 <= area.left < area.right <= 1
        assert 0 <= area.top < area.bottom <= 1


def test_two_pictures_that_differ_inside_only_become_the_same() -> None:
    """What is left of a face is its mean: no way back from two faces of one mean."""
    dots = Image.new("L", (2, 2), 0)
    dots.putpixel((0, 0), 255)
    dots.putpixel((1, 1), 255)
    first = Image.new("L", (96, 96))
    for at in range(0, 96, 2):
        for down in range(0, 96, 2):
            first.paste(dots, (at, down))
    one = Image.merge("RGB", [first] * 3)
    area = drawn(0, 0, 1, 1)
    assert ImageChops.difference(one, ImageChops.invert(one)).getbbox() is not None
    assert cover(one, [area]).tobytes() == cover(ImageChops.invert(one), [area]).tobytes()


def test_both_sizes_are_covered_and_the_rest_stays() -> None:
    data = written(CROWD, Kind.JPEG, quality=90)
    before, after = examine(data), hide(data, [drawn(0.5, 0.5, 0.25, 0.25)])
    assert isinstance(before, Photograph)
    assert isinstance(after, Photograph)
    for one, other, wide in ((before.full, after.full, 640), (before.thumb, after.thumb, THUMB)):
        first, second = (Image.open(io.BytesIO(each)).convert("L") for each in (one, other))
        assert second.width == wide
        box = (wide // 2 + 8, wide * 3 // 8 + 8, wide * 3 // 4 - 8, wide * 9 // 16 - 8)
        assert spread(first.crop(box)) > 150
        assert spread(second.crop(box)) < 60
        around = ImageChops.difference(first, second)
        around.paste(0, (box[0] - 32, box[1] - 32, box[2] + 32, box[3] + 32))
        assert spread(around) <= 8


@pytest.mark.parametrize("orientation", [1, 6])
def test_areas_are_those_of_the_upright_picture(orientation: int) -> None:
    data = written(laid(street(SIZE), orientation), Kind.JPEG, block=exif(orientation=orientation))
    upright = examine(data)
    assert isinstance(upright, Photograph)
    top_left = drawn(0, 0, 0.5, 0.5)
    for each in (data, upright.full):  # what came, and ours
        made = hide(each, [top_left])
        assert isinstance(made, Photograph)
        assert (made.width, made.height) == SIZE
        found = Image.open(io.BytesIO(made.full)).convert("RGB").getpixel((160, 120))
        assert isinstance(found, tuple)
        assert all(abs(ours - theirs) <= 16 for ours, theirs in zip(found, (200, 30, 30), strict=True))


def test_what_can_not_be_hidden_is_not_half_done() -> None:
    assert hide(b"%PDF-1.7", [drawn(0, 0, 1, 1)]) is Unfit.FOREIGN
    with pytest.raises(ValueError, match="101 areas"):
        hide(written(street(), Kind.JPEG), [drawn(0, 0, 1, 1)] * (MOST_AREAS + 1))
