"""The map's own tiles, where an administrator imported some: one PMTiles file (version 3) under BEFFROI_HOME, read by ranges.

The format: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAGIC: Final = b"PMTiles"
VERSION: Final = 3
HEADER: Final = struct.Struct("<7sB11Q6B4iB2i")
KINDS: Final = {1: "vector", 2: "PNG", 3: "JPEG", 4: "WebP", 5: "AVIF"}
COMPRESSIONS: Final = {1: "none", 2: "gzip"}  # what browsers undo by themselves; Brotli and Zstandard aren't
SCALE: Final = 10_000_000
# A browser asks for directories and tiles, a few hundred kilobytes at most.
MOST_BYTES: Final = 16 * 1024 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{1,18})-(\d{1,18})?")


class TilesUnusable(ValueError):
    """The file can't serve as a base map; the message says why, for whoever imports it."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """What the header of a file says: what its tiles are, how far in they go, where they lie (west, south, east, north)."""

    kind: str
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float]
    tiles: int


def tiles_file(home: Path) -> Path:
    """Where the imported file lies, whether there is one or not."""
    return home / "map" / "base.pmtiles"


def examine(path: Path) -> Tiles:
    """Read a file's header; raises TilesUnusable."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEADER.size)
    if len(head) < HEADER.size or head[: len(MAGIC)] != MAGIC:
        raise TilesUnusable("this is no PMTiles file")
    fields = HEADER.unpack(head)
    version, places, (inner, outer, kind, low, high) = fields[1], fields[2:13], fields[14:19]
    west, south, east, north = fields[19:23]
    if version != VERSION:
        raise TilesUnusable(f"it is PMTiles version {version}, and version {VERSION} is what we read")
    sections = list(zip(places[0:8:2], places[1:8:2], strict=True))
    if any(offset + length > size for offset, length in sections):
        raise TilesUnusable("it is cut short: a part that its header names is not there")
    if kind not in KINDS:
        raise TilesUnusable("its tiles are neither vector tiles nor pictures")
    if inner not in COMPRESSIONS or outer not in COMPRESSIONS:
        raise TilesUnusable("it is compressed in a way that browsers don't undo: write it again with gzip")
    if low > high or not (-180 * SCALE <= west <= east <= 180 * SCALE and -90 * SCALE <= south <= north <= 90 * SCALE):
        raise TilesUnusable("its header says an impossible place")
    return Tiles(
        kind=KINDS[kind],
        zooms=(low, high),
        bounds=(west / SCALE, south / SCALE, east / SCALE, north / SCALE),
        tiles=places[8],
    )


def import_tiles(path: Path, *, home: Path) -> Tiles:
    """Copy a file in, in place of the one before; raises TilesUnusable. Screens use it when they are opened next."""
    found = examine(path)
    place = tiles_file(home)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(".partial")
    shutil.copyfile(path, partial)
    partial.replace(place)
    return found


def remove_tiles(home: Path) -> bool:
    """Go back to our own drawing; returns whether there was a file."""
    place = tiles_file(home)
    if not place.exists():
        return False
    place.unlink()
    return True


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of the file: the first's place, the bytes, the file's size and what tells it from another."""

    first: int
    data: bytes
    size: int
    tag: str


def part_of(path: Path, asked: str) -> Part | None:
    """The bytes of the file that an HTTP `Range` asks for, at most 16 MiB; None when there is no such part. Raises FileNotFoundError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        found = _RANGE.fullmatch(asked)
        first = int(found[1]) if found else size
        last = min(int(found[2]) if found and found[2] else size - 1, size - 1, first + MOST_BYTES - 1)
        data = b""
        if first <= last:
            file.seek(first)
            data = file.read(last - first + 1)
        tag = f'"{size:x}-{path.stat().st_mtime_ns:x}"'
    return Part(first, data, size, tag) if data else None
