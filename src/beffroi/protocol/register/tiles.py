"""The C2SP tlog-tiles layout: names of tiles and entry bundles, and what is inside them.

    tile/<L>/<N>[.p/<W>]        W hashes of 32 bytes, W = 256 when absent
    tile/entries/<N>[.p/<W>]    W entries, each after its length in two bytes, big-endian
<N> is written in groups of three digits, all but the last behind an "x": 1234067 is x001/x234/067.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .errors import BadTile
from .merkle import HASH_BYTES

WIDTH: Final = 256
HEIGHT: Final = 8
ENTRIES: Final = -1  # the level of entry bundles
_LENGTH_BYTES: Final = 2
_GREATEST_LEVEL: Final = 63

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9]\d?)/(?P<index>(?:x\d{3}/){0,6}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: `level` 0 and up holds hashes, ENTRIES holds entries; `width` is how many, 256 when full."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_digits(self.index)}{suffix}"

    @property
    def full(self) -> "Tile":
        return Tile(self.level, self.index)


def parse_path(path: str) -> Tile:
    """The tile at `path`; raises BadTile for every other spelling, so that a path can be trusted with a folder."""
    match = _PATH.fullmatch(path)
    if not match:
        raise BadTile("not the name of a tile")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    width = int(match["width"]) if match["width"] else WIDTH
    tile = Tile(level, int(match["index"].replace("x", "").replace("/", "")), width)
    if level > _GREATEST_LEVEL or tile.path != path:
        raise BadTile("not the name of a tile")
    return tile


def width_at(level: int, size: int) -> int:
    """How many hashes the last, partial tile of `level` holds in a tree of `size` leaves; 0 when there is none."""
    return size >> (HEIGHT * max(level, 0)) & (WIDTH - 1)


def tile_holding(level: int, place: int, size: int) -> Tile:
    """The tile of `level` that holds hash or entry number `place` in a tree of `size` leaves."""
    index = place // WIDTH
    if index < size >> (HEIGHT * max(level, 0) + HEIGHT):
        return Tile(level, index)
    return Tile(level, index, width_at(level, size))


def split_hashes(data: bytes, width: int) -> list[bytes]:
    if len(data) != width * HASH_BYTES:
        raise BadTile(f"a tile of {width} hashes is {width * HASH_BYTES} bytes, not {len(data)}")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def pack_entries(entries: Iterable[bytes]) -> bytes:
    parts: list[bytes] = []
    for entry in entries:
        parts.append(len(entry).to_bytes(_LENGTH_BYTES, "big"))
        parts.append(entry)
    return b"".join(parts)


def unpack_entries(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle; raises BadTile unless there are exactly `width` of them and nothing else."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data) or start > len(data):
            raise BadTile("an entry is cut short")
        entries.append(data[start:at])
    if len(entries) != width:
        raise BadTile(f"{width} entries expected, {len(entries)} found")
    return entries


def _digits(index: int) -> str:
    text = str(index)
    text = text.zfill(-(-len(text) // 3) * 3)
    groups = [text[i : i + 3] for i in range(0, len(text), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
