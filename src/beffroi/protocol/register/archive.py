"""The published files of one log: tiles, entry bundles, its checkpoint and, once closed, its signed end.

Written so that a crash leaves either the old file or the new one: a temporary file is flushed to disk, then renamed; the
checkpoint comes last. Whoever reads at a checkpoint's size finds every tile that this size needs.
"""

import fcntl
import functools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .errors import BadTile
from .merkle import HASH_BYTES, Frontier, Node, joined_hash, leaf_hash, perfect_root
from .tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    pack_entries,
    split_hashes,
    tile_holding,
    unpack_entries,
    width_at,
)

CHECKPOINT: Final = "checkpoint"
END: Final = "end"


class Archive:
    """The folder of one log; reading never needs a lock, writing does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other writer out, of this process or another, while the folder is changed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read(self, tile: Tile) -> bytes:
        """A tile's bytes, cut from the full tile when the partial one was dropped; raises BadTile when there is none."""
        try:
            return (self.folder / tile.path).read_bytes()
        except FileNotFoundError:
            pass
        try:
            data = (self.folder / tile.full.path).read_bytes()
        except FileNotFoundError as error:
            raise BadTile(f"{tile.path} is missing") from error
        if tile.level == ENTRIES:
            return pack_entries(unpack_entries(data, WIDTH)[: tile.width])
        return b"".join(split_hashes(data, WIDTH)[: tile.width])

    def hashes(self, tile: Tile) -> list[bytes]:
        return split_hashes(self.read(tile), tile.width)

    def entries(self, start: int, end: int, size: int) -> Iterator[bytes]:
        """Entries [start, end) of the log at `size`."""
        at = start
        while at < end:
            tile = tile_holding(ENTRIES, at, size)
            bundle = unpack_entries(self.read(tile), tile.width)
            first = tile.index * WIDTH
            yield from bundle[at - first : end - first]
            at = first + WIDTH

    def nodes(self, size: int, *, cached: bool = False) -> Node:
        """The nodes of the tree of `size` leaves, read from tiles as they are asked for and kept by the function returned.

        `cached` also keeps them for the process, for as long as their files are not replaced: for proofs, which are checked
        before they are handed out, and not for what decides whether to sign.
        """
        seen: dict[Tile, tuple[bytes, ...]] = {}

        def node(level: int, index: int) -> bytes:
            height, inside = divmod(level, HEIGHT)
            first = index << inside
            tile = tile_holding(height, first, size)
            if tile not in seen:
                seen[tile] = self._cached_rows(tile) if cached else _rows(self.read(tile), tile)
            start = (first - tile.index * WIDTH >> inside) * HASH_BYTES
            return seen[tile][inside][start : start + HASH_BYTES]

        return node

    def frontier(self, size: int) -> Frontier:
        """The right edge of the tree of `size` leaves, from the tiles."""
        return Frontier.from_nodes(size, self.nodes(size))

    def audit(self, size: int) -> bytes:
        """Read every tile of the log at `size`, check that each follows from those below; returns the root. Raises BadTile."""
        tree = Frontier()
        for first in range(0, size, WIDTH):
            tile = tile_holding(0, first, size)
            hashes = [leaf_hash(entry) for entry in self.entries(first, first + tile.width, size)]
            if hashes != self.hashes(tile):
                raise BadTile(f"{tile.path} does not follow from its entries")
            tree.extend(hashes)
        level = 1
        while count := size >> (HEIGHT * level):
            for place in range(count):
                tile = tile_holding(level, place, size)
                below = perfect_root(self.hashes(Tile(level - 1, place)))
                if self.hashes(tile)[place - tile.index * WIDTH] != below:
                    raise BadTile(f"{tile.path} does not follow from the tiles below")
            level += 1
        return tree.root()

    def checkpoint(self) -> str | None:
        """The signed checkpoint last published, None before the first."""
        return self._text(CHECKPOINT)

    def end(self) -> str | None:
        """The signed end, None while the log is open."""
        return self._text(END)

    def extend(self, size: int, entries: Sequence[bytes]) -> None:
        """Write the tiles of a log of `size` leaves grown by `entries`; nothing counts before the checkpoint says so."""
        self._write_level(ENTRIES, size, list(entries))
        level, count, hashes = 0, size, [leaf_hash(entry) for entry in entries]
        while hashes:
            hashes = self._write_level(level, count, hashes)
            level, count = level + 1, count >> HEIGHT

    def publish(self, note: str) -> None:
        """Make a signed checkpoint the current one."""
        write_durably(self.folder / CHECKPOINT, note.encode())

    def close(self, note: str) -> None:
        """Put the signed end beside the last checkpoint."""
        write_durably(self.folder / END, note.encode())

    def _cached_rows(self, tile: Tile) -> tuple[bytes, ...]:
        path = self.folder / tile.path
        try:
            known = path.stat()
        except FileNotFoundError:
            return _rows(self.read(tile), tile)
        return _kept_rows(str(path), tile, known.st_ino, known.st_mtime_ns)

    def _write_level(self, level: int, count: int, items: list[bytes]) -> list[bytes]:
        """Write the tiles of one level that has `count` items and gets `items` more; returns the roots of those now full."""
        width = width_at(0, count)
        first = count // WIDTH
        if width:
            items = self._items(Tile(level, first, width)) + items
        complete: list[bytes] = []
        for offset in range(0, len(items), WIDTH):
            part = items[offset : offset + WIDTH]
            tile = Tile(level, first + offset // WIDTH, len(part))
            data = pack_entries(part) if level == ENTRIES else b"".join(part)
            path = self.folder / tile.path
            write_durably(path, data)
            if len(part) < WIDTH:
                continue
            shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)  # `read` cuts them from the full tile
            if level != ENTRIES:
                complete.append(perfect_root(part))
        return complete

    def _items(self, tile: Tile) -> list[bytes]:
        return unpack_entries(self.read(tile), tile.width) if tile.level == ENTRIES else self.hashes(tile)

    def _text(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None


@functools.lru_cache(maxsize=512)
def _kept_rows(path: str, tile: Tile, _inode: int, _modified: int) -> tuple[bytes, ...]:
    """The rows of a file, for as long as it is the same file: 512 tiles are 8 MB."""
    return _rows(Path(path).read_bytes(), tile)


def _rows(data: bytes, tile: Tile) -> tuple[bytes, ...]:
    """The hashes of a tile, then those of each level above, up to the one that the next tile holds."""
    if len(data) != tile.width * HASH_BYTES:
        raise BadTile(f"{tile.path} is not {tile.width} hashes")
    rows = [data]
    for _ in range(1, HEIGHT):
        below = rows[-1]
        pairs = range(0, len(below) - HASH_BYTES, 2 * HASH_BYTES)
        rows.append(b"".join([joined_hash(below[at : at + 2 * HASH_BYTES]) for at in pairs]))
    return tuple(rows)


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file so that a crash leaves the old or the new one, whole."""
    _make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    flush_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
