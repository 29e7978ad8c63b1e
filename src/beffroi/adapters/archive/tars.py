"""Tars of plain files: written as a stream, read as a stream, never anything else in them."""

import os
import stat
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from beffroi.adapters.archive.errors import BadTar, FileChanged
from beffroi.protocol.backup.reading import path_inside

_CHUNK: Final = 1 << 20
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Content:
    """A file that isn't one: its path in the tar and its bytes."""

    path: str
    data: bytes


def packed(home: Path, paths: Iterable[str | Content]) -> Iterator[bytes]:
    """A tar of these files under the home (relative names), or contents, in this order.

    A file that is gone when its turn comes is left out; one that becomes shorter while it is read raises FileChanged.
    """
    for each in paths:
        if isinstance(each, Content):
            yield _header(each.path, len(each.data), 0)
            yield each.data
            yield _padding(len(each.data))
            continue
        try:
            file = (home / each).open("rb")
        except FileNotFoundError:
            continue
        with file:
            known = os.fstat(file.fileno())
            yield _header(each, known.st_size, known.st_mtime_ns)
            left = known.st_size
            while left:
                data = file.read(min(left, _CHUNK))
                if not data:
                    raise FileChanged(f"{home / each} became shorter while it was read")
                left -= len(data)
                yield data
            yield _padding(known.st_size)
    yield bytes(2 * _BLOCK)


def _header(path: str, size: int, changed: int) -> bytes:
    info = tarfile.TarInfo(path)
    info.size, info.mode = size, 0o600
    info.mtime = changed // 1_000_000_000
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


Admits = Callable[[str], bool]


def unpacked(
    stream: BinaryIO, home: Path, *, admits: Admits, changed: Mapping[str, int] | None = None
) -> Iterator[str]:
    """Put each file of a tar where it belongs under the home, 0600 under 0700; gives its path when it is there.

    `admits` says which paths may be there; `changed`: times of change to give them, in nanoseconds. Raises BadTar for anything but a
    new plain file at an admitted relative path, and for a tar that is cut short.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                path = _admitted(info, admits)
                source = tar.extractfile(info)
                if source is None:
                    raise BadTar(f"{path} is no file")
                _write(home / path, source, info.size)
                moment = int(info.mtime) * 1_000_000_000 if changed is None else changed.get(path, 0)
                os.utime(home / path, ns=(moment, moment))
                yield path
    except (tarfile.TarError, EOFError) as error:
        raise BadTar(f"the tar inside is cut short or not ours: {error}") from error


def unpacked_tree(stream: BinaryIO, target: Path) -> Iterator[int]:
    """Put a tar of plain files and folders under an empty folder, for its owner alone; gives the length of each file when it is there.

    Raises BadTar for a link, a device, a path that leads elsewhere, and for a tar that is cut short.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                name = info.name.removeprefix("./").rstrip("/")
                if name in {"", "."}:
                    continue
                path = _inside(name)
                if info.isdir():
                    _make(target / path)
                    continue
                source = tar.extractfile(info) if info.isreg() else None
                if source is None:
                    raise BadTar(f"{path} is no plain file")
                _write(target / path, source, info.size)
                yield info.size
    except (tarfile.TarError, EOFError) as error:
        raise BadTar(f"the tar inside is cut short or not ours: {error}") from error


def _admitted(info: tarfile.TarInfo, admits: Admits) -> str:
    path = _inside(info.name)
    if not info.isreg() or not admits(path):
        raise BadTar(f"{path} has no place in this part")
    return path


def _inside(name: str) -> str:
    try:
        return path_inside(name)
    except ValueError as error:
        raise BadTar(f"{name[:80]!r} leads elsewhere") from error


def _write(target: Path, source: IO[bytes], size: int) -> None:
    _make(target.parent)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadTar(f"{target} can't be put there: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        while data := source.read(_CHUNK):
            file.write(data)
        if file.tell() != size:
            raise BadTar(f"{target.name} is cut short")


def _make(folder: Path) -> None:
    try:
        kind = folder.lstat().st_mode
    except FileNotFoundError:
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    except NotADirectoryError as error:
        raise BadTar(f"{folder} is inside a file") from error
    else:
        if not stat.S_ISDIR(kind):
            raise BadTar(f"{folder} is no folder")
