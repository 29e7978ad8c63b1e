"""Photographs that people send, made again from their points: two sizes, upright, in sRGB, with nothing of what the camera wrote.

What the camera said of time and place comes back as data. `hide` covers faces and number plates for good.
"""

import io
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import pillow_heif
from PIL import Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from beffroi.lib.exif import UPRIGHT, Exif, read_exif
from beffroi.lib.hiding import MOST_AREAS, Area, cover
from beffroi.lib.jpegs import frame_size, read_jpeg
from beffroi.lib.positions import Position

MOST_BYTES: Final = 25_000_000
MOST_POINTS: Final = 65_000_000  # phones of "64 megapixels" take up to 64.5; more is no photograph in hand
MOST_FLAT_POINTS: Final = (
    32_000_000  # of screenshots and pictures of browsers, whose decoders hold several copies of all of it
)
FULL, THUMB = 2048, 480
QUALITY: Final = 82
MOST_PROFILE: Final = 1_000_000
# A camera's own size halved again and again costs a fraction of decoding it whole: a sixteenth under `FULL` is near enough.
_NEAR: Final = FULL - FULL // 16
_HEADED: Final = 30  # octets at whose end a PNG and a WebP have said their size
_WHITE: Final = (255, 255, 255, 255)

# Only the picture itself is ever decoded, never another that came along with it; and one photograph takes one core.
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False
pillow_heif.options.DECODE_THREADS = 1

_DAMAGED: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,
    MemoryError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Kind(StrEnum):
    """What a photograph came as: the value is its media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    AVIF = "image/avif"


class Unfit(StrEnum):
    """Why a file isn't taken."""

    HEAVY = "heavy"  # more bytes than MOST_BYTES
    FOREIGN = "foreign"  # no kind of photograph that we read, whatever its name says
    LARGE = "large"  # more points than are taken of its kind
    UNREADABLE = "unreadable"  # damaged, cut short, or made to do harm


@dataclass(frozen=True, slots=True)
class Photograph:
    """Two JPEG files: `full` has at most 2048 points on its longer side and `thumb` 480; `width` and `height` are those of `full`.

    `taken_at` is aware when the camera said its offset, else naive: the local time of the place.
    """

    full: bytes
    thumb: bytes
    width: int
    height: int
    kind: Kind
    taken_at: datetime | None
    position: Position | None


def examine(data: bytes) -> Photograph | Unfit:
    """A photograph of anybody's, by its content alone: never raises, and decodes nothing before the size is known."""
    return _made(data, lambda points: points)


def hide(data: bytes, areas: Sequence[Area]) -> Photograph | Unfit:
    """The same photograph, its areas covered in both sizes; takes what came as well as a `full` of ours, which are cut alike.

    Raises ValueError for more than MOST_AREAS: leaving one out would show somebody.
    """
    if len(areas) > MOST_AREAS:
        raise ValueError(f"{len(areas)} areas, at most {MOST_AREAS} are hidden at once")
    return _made(data, lambda points: cover(points, areas))


def _made(data: bytes, change: Callable[[Image.Image], Image.Image]) -> Photograph | Unfit:
    if len(data) > MOST_BYTES:
        return Unfit.HEAVY
    kind = recognise(data)
    if kind is None:
        return Unfit.FOREIGN
    try:
        decoded = _decoded(data, kind)
        if isinstance(decoded, Unfit):
            return decoded
        points, exif = decoded
        full = change(points)
        thumb = full.resize(_fitted(full.size, THUMB), Image.Resampling.BICUBIC, reducing_gap=1.0)
        return Photograph(
            full=_written(full, progressive=True),
            thumb=_written(thumb, progressive=False),
            width=full.width,
            height=full.height,
            kind=kind,
            taken_at=exif.taken_at,
            position=exif.position,
        )
    except _DAMAGED:
        return Unfit.UNREADABLE


def recognise(data: bytes) -> Kind | None:
    """What a file begins as, by its first 256 octets; whether it can be read is another matter."""
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *re.findall(b"(?s)....", data[16:length])}
    if brands & {b"avif", b"avis"}:
        return Kind.AVIF
    return Kind.HEIC if brands & {b"heic", b"heix", b"heim", b"heis", b"mif1"} else None


def says_too_large(data: bytes) -> bool:
    """Whether a file's beginning says more points than are taken of its kind: nothing is decoded. Of HEIC and AVIF only a decoder knows."""
    kind = recognise(data)
    if kind is Kind.JPEG:
        return _too_many(frame_size(data), kind)
    if kind is Kind.PNG and len(data) >= _HEADED:
        return _too_many(struct.unpack(">II", data[16:24]), kind)
    return kind is Kind.WEBP and len(data) >= _HEADED and _too_many(_webp_size(data), kind)


def _decoded(data: bytes, kind: Kind) -> tuple[Image.Image, Exif] | Unfit:
    """The points at the size of `full`, upright and in sRGB, and what the camera said."""
    block = b""
    if kind is Kind.JPEG:
        jpeg = read_jpeg(data)
        if jpeg is None:
            return Unfit.UNREADABLE
        data, block = jpeg.picture, jpeg.exif
    elif kind is Kind.WEBP and _too_many(_webp_size(data), kind):
        return Unfit.LARGE  # its decoder takes the memory of the whole picture as soon as it is made
    with _opened(data, kind) as opened:
        if _too_many(opened.size, kind):
            return Unfit.LARGE
        if kind is Kind.JPEG:
            opened.draft("RGB", _drafted(opened.size))
        opened.load()
        said = opened.info.get("exif")
        exif = read_exif(said if isinstance(said, bytes) else block)
        points = _coloured(_shrunk(opened), opened.info.get("icc_profile"))
    if exif.orientation != UPRIGHT:
        points = points.transpose(_TURNS[exif.orientation])
    return points, exif


def _opened(data: bytes, kind: Kind) -> ImageFile:
    """By its own reader, past Pillow's guessing: a file is of one kind, and of no other that it might also be."""
    file = io.BytesIO(data)
    match kind:
        case Kind.JPEG:
            return JpegImageFile(file)
        case Kind.PNG:
            return PngImageFile(file)
        case Kind.WEBP:
            return WebPImageFile(file)
        case Kind.AVIF:
            return AvifImageFile(file)
        case Kind.HEIC:
            return pillow_heif.HeifImageFile(file)  # type: ignore[no-untyped-call]  # it says no types of this one


def _too_many(size: tuple[int, int], kind: Kind) -> bool:
    return size[0] * size[1] > (MOST_POINTS if kind in {Kind.JPEG, Kind.HEIC} else MOST_FLAT_POINTS)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height by the header (RFC 9649); none where it can't be told."""
    match data[12:16]:
        case b"VP8 ":
            return struct.unpack("<HH", data[26:30])[0] & 0x3FFF, struct.unpack("<HH", data[26:30])[1] & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return 0, 0


def _drafted(size: tuple[int, int]) -> tuple[int, int]:
    """The size to ask the decoder for: halved as often as it stays near `FULL`, eight times smaller at most."""
    halved = next((by for by in (8, 4, 2) if max(size) // by >= _NEAR), 1)
    return max(size[0] // halved, 1), max(size[1] // halved, 1)


def _fitted(size: tuple[int, int], most: int) -> tuple[int, int]:
    scale = min(most / max(size), 1.0)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _shrunk(opened: Image.Image) -> Image.Image:
    """At the size of `full`, without transparency, palette or more than eight bits a colour."""
    points: Image.Image = opened
    if points.mode.startswith("I"):  # sixteen bits of grey
        points = points.convert("I").point(lambda level: level / 256).convert("L")
    elif points.mode == "1":
        points = points.convert("L")
    elif points.mode in {"P", "PA"} or "transparency" in points.info:
        points = points.convert("RGBA")
    if max(points.size) > FULL:
        points = points.resize(_fitted(points.size, FULL), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if points.mode in {"RGBA", "LA", "RGBa", "La"}:
        ground = Image.new("RGBA", points.size, _WHITE)
        ground.alpha_composite(points.convert("RGBA"))
        points = ground.convert("RGB")
    return points


def _coloured(points: Image.Image, profile: object) -> Image.Image:
    """In sRGB. A profile that can't be used, or that says sRGB already, changes nothing."""
    if isinstance(profile, bytes) and len(profile) <= MOST_PROFILE and not _same(profile, points.mode):
        try:
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ours = ImageCms.createProfile("sRGB")
            found = ImageCms.profileToProfile(points, theirs, ours, outputMode="RGB")
        except (ImageCms.PyCMSError, *_DAMAGED):
            found = None
        if found is not None:
            return found
    return points if points.mode == "RGB" else points.convert("RGB")


def _same(profile: bytes, mode: str) -> bool:
    """Whether the profile calls itself sRGB, in either of the ways that profiles write their names."""
    return mode == "RGB" and (b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile)


def _written(points: Image.Image, *, progressive: bool) -> bytes:
    """A new file of these points: no metadata has a way in."""
    points.info.clear()
    out = io.BytesIO()
    points.save(out, format="JPEG", quality=QUALITY, progressive=progressive, optimize=True)
    return out.getvalue()
