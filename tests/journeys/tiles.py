"""A PMTiles file as another program writes it (the format's own Python library): one layer of water, or one colour."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

ZOOMS = range(15)
WEST, SOUTH, EAST, NORTH = 2.7, 48.9, 3.0, 49.05


def vector_file(path: Path) -> Path:
    """Tiles that are all water, compressed as such files are."""
    return written(path, TileType.MVT, Compression.GZIP, gzipped(water_tile()), {"vector_layers": [{"id": "water"}]})


def picture_file(path: Path, colour: tuple[int, int, int]) -> Path:
    """Tiles that are one colour."""
    return written(path, TileType.PNG, Compression.NONE, picture(colour), {})


def written(path: Path, kind: TileType, compression: Compression, tile: bytes, metadata: dict[str, object]) -> Path:
    """The same tile everywhere around Meaux."""
    scale = 10_000_000
    with path.open("wb") as file:
        writer = Writer(file)  # type: ignore[no-untyped-call]  # the library has no types
        for number in sorted(zxy_to_tileid(*place) for place in around_meaux()):
            writer.write_tile(number, tile)  # type: ignore[no-untyped-call]  # as above
        writer.finalize(  # type: ignore[no-untyped-call]  # as above
            {
                "tile_type": kind,
                "tile_compression": compression,
                "min_zoom": min(ZOOMS),
                "max_zoom": max(ZOOMS),
                "min_lon_e7": int(WEST * scale),
                "min_lat_e7": int(SOUTH * scale),
                "max_lon_e7": int(EAST * scale),
                "max_lat_e7": int(NORTH * scale),
                "center_zoom": 12,
                "center_lon_e7": int(2.88 * scale),
                "center_lat_e7": int(48.96 * scale),
            },
            metadata,
        )
    return path


def around_meaux() -> Iterator[tuple[int, int, int]]:
    """Tiles (zoom, column, row) of Web Mercator that the town and its surroundings lie in."""
    for zoom in ZOOMS:
        # Fractions of the world's square at which Meaux lies; two tiles each way from zoom 3 on.
        column, row = int(0.5080 * 2**zoom), int(0.34361 * 2**zoom)
        near = range(-2, 3) if zoom > 2 else range(1)
        for across in near:
            for down in near:
                yield zoom, column + across, row + down


def gzipped(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def water_tile() -> bytes:
    """A vector tile (Mapbox Vector Tile 2.1) whose only feature is its own square: polygon, layer "water"."""

    def key(field: int, kind: int) -> bytes:
        return bytes([field << 3 | kind])

    def block(field: int, data: bytes) -> bytes:
        return key(field, 2) + number(len(data)) + data

    def number(value: int) -> bytes:
        found = b""
        while value > 0x7F:
            found += bytes([value & 0x7F | 0x80])
            value >>= 7
        return found + bytes([value])

    def zigzag(value: int) -> bytes:
        return number(value << 1 if value >= 0 else (-value << 1) - 1)

    move, line, close = b"\x09", b"\x1a", b"\x0f"
    ring = move + zigzag(0) + zigzag(0) + line
    for across, down in ((4096, 0), (0, 4096), (-4096, 0)):
        ring += zigzag(across) + zigzag(down)
    polygon = key(3, 0) + number(3) + block(4, ring + close)
    layer = key(15, 0) + number(2) + block(1, b"water") + block(2, polygon) + key(5, 0) + number(4096)
    return block(3, layer)


def picture(colour: tuple[int, int, int], size: int = 256) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + bytes(colour) * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def only_pixel(png: bytes) -> tuple[int, int, int]:
    """The colour of a PNG of one pixel (8 bits a channel, RGB or RGBA)."""
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    row = zlib.decompress(data)
    return row[1], row[2], row[3]
