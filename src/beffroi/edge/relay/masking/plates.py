"""What the relay and the process that masks say to each other: `[length: 4 bytes][kind: 1 byte][bytes]`, over a pair of sockets.

Neither believes the other: the process decodes what a camera made, so what comes back from it is bounded like a camera's.
"""

import json
import re
import struct
from typing import Final, NamedTuple

from beffroi.edge.relay.h264 import PICTURE_LIMIT, PIECES_LIMIT
from beffroi.protocol.v1.mask import Mask, read_mask

MASK, PICTURE = 1, 2
HEAD: Final = struct.Struct(">IB")
LENGTH: Final = struct.Struct(">I")
FACTS: Final = struct.Struct(">IQB")
START: Final = b"\x00\x00\x00\x01"
PLATE_LIMIT: Final = PICTURE_LIMIT + 65_536
MISSING: Final = 3
"""Exit status of the process when it has nothing to decode with."""
_started = re.compile(rb"\x00*\x00\x00\x01")


class PlateError(Exception):
    """Not what the two say to each other."""


class Plate(NamedTuple):
    """One picture. `time`: seconds since 1970 as the relay knows them, 0 when it doesn't. `nals` without lengths or start codes."""

    timestamp: int
    time: int
    key: bool
    nals: tuple[bytes, ...]


def framed(kind: int, *pieces: bytes) -> bytes:
    """As it is written."""
    return b"".join((HEAD.pack(sum(map(len, pieces)) + 1, kind), *pieces))


def mask_frame(mask: Mask) -> bytes:
    """What the relay says first, and once."""
    return framed(MASK, json.dumps(mask.body()).encode())


def mask_of(data: bytes) -> Mask:
    """The mask that was said. Raises RefusalError or ValueError."""
    return read_mask({"mask": json.loads(data)}, "mask")


def plate_frame(plate: Plate) -> bytes:
    """A picture as it is written."""
    facts = FACTS.pack(plate.timestamp, plate.time, plate.key)
    return framed(PICTURE, facts, *(piece for nal in plate.nals for piece in (LENGTH.pack(len(nal)), nal)))


def plate_of(data: bytes) -> Plate:
    """The picture that came. Raises PlateError."""
    if len(data) < FACTS.size:
        raise PlateError("too short")
    timestamp, time, key = FACTS.unpack_from(data)
    nals, at = list[bytes](), FACTS.size
    while at < len(data):
        end = at + LENGTH.size
        size = LENGTH.unpack_from(data, at)[0] if end <= len(data) else 0
        if not 0 < size <= len(data) - end or len(nals) == PIECES_LIMIT:
            raise PlateError("a piece isn't as long as it says")
        nals.append(data[end : end + size])
        at = end + size
    return Plate(timestamp, time, bool(key), tuple(nals))


def pieces_of(stream: bytes) -> tuple[bytes, ...]:
    """NAL units between start codes (H.264, annex B)."""
    return tuple(piece for piece in (each.rstrip(b"\x00") for each in _started.split(stream)) if piece)
