"""Drawings that people give, made again from their points: what we serve is never what came, and holds nothing but the picture."""

import hashlib
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_BYTES: Final = 2_000_000
MOST_POINTS: Final = 16_000_000
WIDEST, TALLEST = 480, 96
SIDE: Final = 512
MARGIN: Final = 64  # a home screen may cut a circle out of the square
SMALL: Final = 40_000
WHITE: Final = (255, 255, 255, 255)


class Unfit(StrEnum):
    """Why a file isn't taken."""

    HEAVY = "heavy"
    VECTOR = "vector"
    UNREADABLE = "unreadable"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Drawing:
    """PNG bytes: `wide` fits in 480 by 96 points and keeps its shape, `square` has 512 on a white ground."""

    wide: bytes
    square: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Names it in its address, which therefore never changes what it serves."""
        return hashlib.sha256(self.wide + self.square).hexdigest()[:16]


def redraw(data: bytes) -> Drawing | Unfit:
    """Decode a raster, take its points alone, and draw them at our sizes."""
    if len(data) > MOST_BYTES:
        return Unfit.HEAVY
    if b"<svg" in data[:4096].lower():
        return Unfit.VECTOR
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_POINTS:  # known from the header, before a point is decoded
                return Unfit.LARGE
            points = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Unfit.UNREADABLE
    points = _trimmed(points)
    wide = points.copy()
    wide.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    return Drawing(wide=_png(wide), square=_png(_squared(points)), width=wide.width, height=wide.height)


def _trimmed(points: Image.Image) -> Image.Image:
    """Without the empty border that many drawings come with; one that is empty stays as it is."""
    box = points.getchannel("A").getbbox()
    return points.crop(box) if box else points


def _squared(points: Image.Image) -> Image.Image:
    fitted = ImageOps.contain(points, (SIDE - 2 * MARGIN, SIDE - 2 * MARGIN), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (SIDE, SIDE), WHITE)
    ground.alpha_composite(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    return ground


def _png(points: Image.Image) -> bytes:
    """A new picture of these points: no metadata has a way in. One that is heavy gets 256 colours."""
    written = _written(points)
    if len(written) > SMALL:
        written = min(written, _written(points.quantize(256, method=Image.Quantize.FASTOCTREE)), key=len)
    return written


def _written(points: Image.Image) -> bytes:
    points.info.clear()
    out = io.BytesIO()
    points.save(out, format="PNG", optimize=True)
    return out.getvalue()
