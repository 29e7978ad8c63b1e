"""The segments of a JPEG file (ITU T.81): its picture apart from everything that came along with it."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SCAN, _EXIF_AND_XMP, _PROFILE = 0xDA, 0xE1, 0xE2
# Baseline, extended and progressive: what cameras and browsers write. Nobody's phone writes the lossless or the arithmetic ones.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES: Final = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})
_JFIF, _ADOBE = 0xE0, 0xEE  # these say in which colours it is written
_ALONE: Final = frozenset(
    {0x01, *range(0xD0, 0xDA)}
)  # markers without a segment, none of which comes before the picture
# Each scan of a progressive picture goes over all of it: a few bytes each would keep a core busy for hours. Usual are 10.
MOST_SCANS: Final = 64
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class Jpeg:
    """`picture` is the file with nothing but its picture and colour profile; `exif` what the camera wrote, empty when nothing."""

    picture: bytes
    exif: bytes


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    end: int


def read_jpeg(data: bytes) -> Jpeg | None:
    """None when its segments don't follow one another as they must, or when it is made to be decoded for ever."""
    kept, exif, frames = [data[:2]], b"", 0
    for segment in _segments(data, 2):
        content = data[segment.start : segment.end]
        if segment.marker in _OTHER_FRAMES:
            return None
        if segment.marker == _SCAN:
            if frames != 1 or _scans(data, segment.start) > MOST_SCANS:
                return None
            return Jpeg(b"".join([*kept, data[segment.start :]]), exif)
        frames += segment.marker in _FRAMES
        if segment.marker == _EXIF_AND_XMP and content[4:10] == b"Exif\x00\x00":
            exif = exif or content[4:]
        if _kept(segment.marker, content):
            kept.append(content)
    return None


def frame_size(data: bytes) -> tuple[int, int]:
    """Width and height as the beginning of a file says them; none where it doesn't."""
    for segment in _segments(data, 2):
        if segment.marker in _FRAMES and segment.end - segment.start >= len("FFMMPHHWW"):
            height, width = struct.unpack(">HH", data[segment.start + 5 : segment.start + 9])
            return width, height
    return 0, 0


def _kept(marker: int, content: bytes) -> bool:
    if marker == _PROFILE:
        return content[4:16] == b"ICC_PROFILE\x00"
    return marker in _FRAMES or marker in _TABLES or marker in {_JFIF, _ADOBE}


def _segments(data: bytes, at: int) -> Iterator[_Segment]:
    """Those that follow one another from here; ends at the first that doesn't."""
    while data[at : at + 1] == b"\xff":
        while data[at + 1 : at + 2] == b"\xff":  # any marker may be filled up
            at += 1
        marker, length = data[at + 1 : at + 2], int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if not marker or marker[0] in _ALONE or length < len(b"\x00\x02") or end > len(data):
            return
        yield _Segment(marker[0], at, end)
        at = end


def _scans(data: bytes, at: int) -> int:
    """How many scans follow, up to one more than are taken."""
    found = 0
    while found <= MOST_SCANS:
        last = at
        for segment in _segments(data, at):
            last = segment.end
            if segment.marker == _SCAN:
                found += 1
                break
        following = _MARKER.search(data, last)
        if following is None or following.start() == at:
            break
        at = following.start()
    return found
