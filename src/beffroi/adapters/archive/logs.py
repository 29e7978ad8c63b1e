"""The folder in which a database's own log is kept: sealed pieces, a signed note about each, which bases need them.

<folder>/<system>/<first 16 of the name>/<segment>.age    pressed, then sealed
<folder>/<system>/<first 16 of the name>/<segment>.note   written last: a piece without one is not there
<folder>/<system>/bases/<backup>.note                     the first segment that the base in this backup needs
"""

import errno
import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import FolderUnusable, SealBroken
from beffroi.adapters.archive.folder import open_part, settle, write_whole
from beffroi.adapters.archive.streams import ChunkReader, CountingWriter, Told, digest_of, untold
from beffroi.protocol.backup.wal import SEGMENT, SYSTEM, Base, Piece, base_text, is_piece, piece_text

Sign = Callable[[str], str]
_BASES: Final = "bases"
_LONGEST_NOTE: Final = 64 * 1024
_CHUNK: Final = 1 << 16
_GZIP: Final = 31
_FASTEST: Final = 1
# What is nothing but zeros takes no room on the disk.
_HOLE: Final = 64 * 1024


class LogFolder:
    """Where the pieces of one cluster's log lie; `system` is that cluster's number."""

    def __init__(self, folder: Path, system: str) -> None:
        self.folder = folder / system
        self.system = system

    def path(self, name: str) -> Path:
        """Where a piece lies, or would."""
        return self._place(name) / f"{name}.age"

    def keep(self, source: Path, recipients: Sequence[str], sign: Sign) -> int:
        """Seal a piece that left the server, and say so; twice is harmless. Returns its sealed length. Raises FolderUnusable."""
        with self._told():
            closed = datetime.fromtimestamp(int(source.stat().st_mtime), UTC)
            path = self.path(source.name)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = path.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with source.open("rb") as raw, os.fdopen(descriptor, "wb") as file:
                writer = CountingWriter(file)
                age.seal(ChunkReader(_pressed(raw)), writer, recipients)
                file.flush()
                os.fsync(file.fileno())
            piece = Piece(self.system, source.name, closed, writer.sha256)
            note = path.with_suffix(".note")
            note.unlink(
                missing_ok=True
            )  # it was kept before, and came again: what is said of it is about what lies there
            partial.replace(path)
            unfinished = path.with_suffix(".note.partial")
            unfinished.unlink(missing_ok=True)
            write_whole(unfinished, sign(piece_text(piece)).encode())
            unfinished.replace(note)
            settle(path.parent)
            return writer.count

    def names(self) -> list[str]:
        """The pieces that are there whole, by name: histories among segments."""
        with self._told():
            return sorted(path.stem for path in self.folder.glob("*/*.note") if is_piece(path.stem))

    def holds(self, name: str) -> bool:
        """Whether a piece is there whole."""
        return self.path(name).with_suffix(".note").exists()

    def note(self, name: str) -> str:
        """The signed note about a piece; raises FolderUnusable."""
        return self._small(self.path(name).with_suffix(".note"))

    def digest(self, name: str, told: Told = untold) -> str:
        """The SHA-256 of a piece as it lies there, in hexadecimal; raises FolderUnusable."""
        with open_part(self.path(name)) as file:
            return digest_of(file, told)[1]

    def take_out(self, name: str, target: Path, identities: Sequence[age.Identity]) -> None:
        """A piece as it left the server, with holes for its zeros. Raises NotForUs, SealBroken, FolderUnusable."""
        press = zlib.decompressobj(_GZIP)
        with open_part(self.path(name)) as sealed, target.open("xb") as file:
            with age.opened(sealed, identities) as opened:
                try:
                    while data := opened.read(_CHUNK):
                        _put(file, press.decompress(data))
                    _put(file, press.flush())
                except zlib.error as error:
                    raise SealBroken(f"{name} is not what was sealed") from error
            file.truncate(file.tell())

    def note_base(self, base: Base, sign: Sign) -> None:
        """From its first segment on the log is kept for this base."""
        with self._told():
            place = self.folder / _BASES
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(place / f"{base.backup}.note", sign(base_text(base)).encode())

    def bases(self) -> dict[str, str]:
        """The signed notes about bases, by the backup's name, oldest first."""
        with self._told():
            return {path.stem: self._small(path) for path in sorted((self.folder / _BASES).glob("*.note"))}

    def forget_before(self, backup: str, segment: str) -> int:
        """Destroy what only bases older than this one need; returns how many pieces."""
        gone = 0
        with self._told():
            for path in (self.folder / _BASES).glob("*.note"):
                if path.stem < backup:
                    path.unlink()
            for name in self.names():
                if SEGMENT.fullmatch(name) and name[8:] < segment[8:]:
                    self.path(name).with_suffix(".note").unlink()
                    self.path(name).unlink(missing_ok=True)
                    gone += 1
            for place in self.folder.glob("*"):
                if place.name != _BASES and place.is_dir() and not any(place.iterdir()):
                    place.rmdir()
        return gone

    def _place(self, name: str) -> Path:
        return self.folder / name[:16].partition(".")[0]

    def _small(self, path: Path) -> str:
        with self._told(), path.open("rb") as file:
            return file.read(_LONGEST_NOTE + 1).decode("utf-8", "replace")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full" if full else error.strerror or str(error)
            raise FolderUnusable(f"{error.filename or self.folder}: {why}") from error


def folders(folder: Path) -> list[LogFolder]:
    """Those of every cluster that kept its log here; raises FolderUnusable."""
    try:
        found = sorted(each.name for each in folder.iterdir() if SYSTEM.fullmatch(each.name))
    except OSError as error:
        raise FolderUnusable(f"{folder} cannot be read: {error.strerror}") from error
    return [LogFolder(folder, name) for name in found]


def unpressed(stream: BinaryIO) -> Iterator[bytes]:
    """What gzip pressed, piece by piece; raises SealBroken."""
    press = zlib.decompressobj(_GZIP)
    try:
        while data := stream.read(_CHUNK):
            yield press.decompress(data)
        yield press.flush()
    except zlib.error as error:
        raise SealBroken("what is inside is not what was sealed") from error


def room_left(folder: Path) -> int:
    """Bytes free on the disk of this folder."""
    return shutil.disk_usage(folder).free


def _pressed(file: BinaryIO) -> Iterator[bytes]:
    press = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    while data := file.read(_CHUNK):
        yield press.compress(data)
    yield press.flush()


def _put(file: BinaryIO, data: bytes) -> None:
    for start in range(0, len(data), _HOLE):
        some = data[start : start + _HOLE]
        if some.count(0) == len(some):
            file.seek(len(some), os.SEEK_CUR)
        else:
            file.write(some)
