"""NAL units: the pieces that H.264 (ITU-T H.264, annex B) and H.265 (ITU-T H.265, annex B) streams are made of.

The camera's own message, one in each picture, is "user data unregistered" (SEI payload 5): our identifier, then decimal figures,
so that no byte of it can look like a start code: when the picture left (milliseconds since 1970) and its number since the camera
was switched on.
"""

import re
from typing import Final, NamedTuple

from beffroi.simulator.cameras.recipe import Codec

MARK: Final = bytes.fromhex("beff401c616d65726173696d756c6174")
"""Identifier (ISO/IEC 11578) of the camera's message."""
_FIGURES: Final = "{:015d} {:010d}"
STAMP: Final = len(_FIGURES.format(0, 0))
"""Length of the figures: always the same, so that they can be written over one another."""
_USER_DATA: Final = 5
_STOP: Final = b"\x80"
_STARTED: Final = re.compile(rb"\x00*\x00\x00\x01")

H264_SETS: Final = (7, 8)  # SPS, PPS
H264_KEY: Final = 5
H264_SLICES: Final = range(1, 6)
H265_SETS: Final = (32, 33, 34)  # VPS, SPS, PPS
H265_KEYS: Final = range(16, 22)  # BLA, IDR, CRA
H265_SLICES: Final = range(32)


class Stamp(NamedTuple):
    """What the camera's message says."""

    left: int
    """Milliseconds since 1970, by the camera's clock."""
    ordinal: int


def split(stream: bytes) -> list[bytes]:
    """The NAL units of an Annex B stream."""
    return [piece.rstrip(b"\x00") for piece in _STARTED.split(stream) if piece]


def kind(codec: Codec, nal: bytes) -> int:
    """The type in its header."""
    return nal[0] & 0x1F if codec is Codec.H264 else nal[0] >> 1 & 0x3F


def is_set(codec: Codec, nal: bytes) -> bool:
    """Whether it is a parameter set."""
    return kind(codec, nal) in (H264_SETS if codec is Codec.H264 else H265_SETS)


def is_slice(codec: Codec, nal: bytes) -> bool:
    """Whether it is a part of a picture."""
    return kind(codec, nal) in (H264_SLICES if codec is Codec.H264 else H265_SLICES)


def is_key(codec: Codec, nal: bytes) -> bool:
    """Whether it is a part of a picture that needs no other."""
    return kind(codec, nal) == H264_KEY if codec is Codec.H264 else kind(codec, nal) in H265_KEYS


def message(codec: Codec, stamp: Stamp) -> bytes:
    """The camera's own message as a NAL unit."""
    header = b"\x06" if codec is Codec.H264 else b"\x4e\x01"
    body = MARK + figures(stamp)
    return header + bytes((_USER_DATA, len(body))) + body + _STOP


def figures(stamp: Stamp) -> bytes:
    """The part of the message that changes."""
    return _FIGURES.format(*stamp).encode()


def stamp_in(stream: bytes) -> Stamp | None:
    """The camera's message in a picture, in whatever wrapping: a NAL unit, a packet, a fragment. None when there is none."""
    at = stream.find(MARK)
    if at < 0:
        return None
    told = stream[at + len(MARK) : at + len(MARK) + STAMP].split(b" ")
    if len(told) != len(Stamp._fields) or not all(each.isdigit() for each in told):
        return None
    return Stamp(int(told[0]), int(told[1]))
