"""Covering faces and number plates in a picture, so that nothing of them can be had back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

MOST_AREAS: Final = 100
# Published attacks read plates and faces from fine mosaics: two blocks across an area leave colours, and no shape.
ACROSS: Final = 2
SMALLEST_BLOCK: Final = 24
_STEP: Final = 16  # the colour of a block is rounded, which leaves less still to compare with


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the upright picture, in fractions of its width and height, 0 to 1. Made by `Area.drawn`."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def drawn(cls, left: float, top: float, width: float, height: float) -> "Area | None":
        """What somebody drew, cut at the picture's edges; None when nothing of the picture is in it."""
        if not all(math.isfinite(each) for each in (left, top, width, height)):
            return None
        right, bottom = min(left + width, 1.0), min(top + height, 1.0)
        left, top = max(left, 0.0), max(top, 0.0)
        return cls(left, top, right, bottom) if left < right and top < bottom else None

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in points of a picture of this size, rounded outwards so that no edge is left."""
        left, top = math.floor(self.left * size[0]), math.floor(self.top * size[1])
        right, bottom = math.ceil(self.right * size[0]), math.ceil(self.bottom * size[1])
        return left, top, max(right, left + 1), max(bottom, top + 1)


def cover(points: Image.Image, areas: Sequence[Area]) -> Image.Image:
    """The picture with each area as blocks of one colour, about the mean of what was there."""
    covered = points.copy()
    for area in areas:
        box = area.box(points.size)
        covered.paste(_blocks(points.crop(box)), box[:2])
    return covered


def _blocks(shown: Image.Image) -> Image.Image:
    block = max(SMALLEST_BLOCK, math.ceil(min(shown.size) / ACROSS))
    counts = max(shown.width // block, 1), max(shown.height // block, 1)
    means = shown.resize(counts, Image.Resampling.BOX)
    rounded = means.point(lambda level: min(_STEP * round(level / _STEP), 255))
    return rounded.resize(shown.size, Image.Resampling.NEAREST)
