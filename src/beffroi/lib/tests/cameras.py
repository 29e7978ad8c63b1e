"""Photographs as cameras and browsers write them, made by Pillow and by pillow-heif: readers of ours never see their own writing."""

import io
import math
import struct
from typing import Final

import pillow_heif
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from beffroi.lib.photographs import Kind

# Top left, top right, bottom left, bottom right of an upright picture.
CORNERS: Final = ((200, 30, 30), (30, 160, 30), (30, 30, 200), (220, 220, 40))
SECRET: Final = b"SECRET-OF-THE-CAMERA"
_ORIENTATION, _CAMERA, _PLACE = 0x0112, 0x8769, 0x8825
_TAKEN, _OFFSET, _NOTE = 0x9003, 0x9011, 0x927C
# How the points lie in a file that says this orientation, so that they are upright once it is applied.
_LAID: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def street(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A picture with a colour in each quarter."""
    quarters = Image.new("RGB", (2, 2))
    for at, colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), CORNERS, strict=True):
        quarters.putpixel(at, colour)
    return quarters.resize(size, Image.Resampling.NEAREST)


def laid(picture: Image.Image, orientation: int) -> Image.Image:
    """As a camera held that way keeps it."""
    return picture.transpose(_LAID[orientation]) if orientation in _LAID else picture


def exif(
    *,
    orientation: int = 1,
    taken: str = "",
    offset: str = "",
    latitude: tuple[float, float, float] | None = None,
    longitude: tuple[float, float, float] | None = None,
    sides: tuple[str, str] = ("N", "E"),
) -> bytes:
    """What a camera writes, with a note of its own."""
    block = Image.Exif()
    block[_ORIENTATION] = orientation
    camera = block.get_ifd(_CAMERA)
    camera[_NOTE] = SECRET
    if taken:
        camera[_TAKEN] = taken
    if offset:
        camera[_OFFSET] = offset
    if latitude and longitude:
        place = block.get_ifd(_PLACE)
        place[1], place[3] = sides
        place[2] = tuple(_fraction(part) for part in latitude)
        place[4] = tuple(_fraction(part) for part in longitude)
    return block.tobytes()


def _fraction(part: float) -> IFDRational:
    return IFDRational(0, 0) if math.isnan(part) else IFDRational(part)


def written(picture: Image.Image, kind: Kind, *, block: bytes = b"", **options: object) -> bytes:
    """The picture as a file of this kind."""
    if kind is Kind.HEIC:
        heif = pillow_heif.from_pillow(picture)
        heif.info["exif"] = block or None
        out = io.BytesIO()
        heif.save(out, quality=90)
        return out.getvalue()
    out = io.BytesIO()
    picture.save(out, kind.name, exif=block, **options)
    return out.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    """One segment of a JPEG file."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def gossiping(block: bytes = b"") -> bytes:
    """A JPEG file full of what a camera and its programs say: EXIF, XMP, IPTC, a comment, a second picture, a film at the end."""
    plain = written(street((640, 480)), Kind.JPEG, quality=90, icc_profile=b"")
    second = written(street((64, 64)), Kind.JPEG, comment=SECRET)
    said = b"".join(
        [
            segment(0xE1, b"Exif\x00\x00" + block.removeprefix(b"Exif\x00\x00")) if block else b"",
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"),
            segment(0xE2, b"MPF\x00" + SECRET),
            segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">L", len(SECRET)) + SECRET),
            segment(0xFE, SECRET),
            segment(0xEB, b"JP" + SECRET),
        ]
    )
    return plain[:2] + said + plain[2:] + second + b"\x00\x00\x00\x18ftypmp42" + SECRET
