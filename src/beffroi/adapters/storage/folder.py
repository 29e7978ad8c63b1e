"""Files by name in one folder: whole or not at all, ours alone (0600 under 0700), still there after a power cut.

BEFFROI_HOME/media/<authority>/<thing>            a name of two words
BEFFROI_HOME/media/<authority>/<thing>/<part>     or of three
BEFFROI_HOME/media/.partial/                      what is being written, and what a crash left so (`sweep`)
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from beffroi.adapters.storage.errors import BadName, NotStored, StoreFailed

_WORD: Final = "[a-z0-9][a-z0-9._-]{0,99}"
_NAME: Final = re.compile(f"{_WORD}/{_WORD}(/{_WORD})?")
_PREFIX: Final = re.compile(f"({_WORD}/){{0,2}}")
PARTIAL: Final = ".partial"


class Store:
    """The media of an installation. Each call raises BadName for what is no name, and StoreFailed when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, data: bytes) -> None:
        """Keep these bytes under the name, in place of what was there. Once it returns they outlive a power cut."""
        path = self._path(key)
        with _told(path):
            partial = self.folder / PARTIAL
            _make(partial)
            descriptor, name = tempfile.mkstemp(dir=partial)  # 0600
            written = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                _name(written, path)
            finally:
                written.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """What is kept under the name; raises NotStored."""
        path = self._path(key)
        with _told(path):
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError) as error:
                raise NotStored(key) from error

    def delete(self, key: str) -> None:
        """Destroy what is kept under the name, and its folder when it was the last there; nothing there is nothing to do."""
        path = self._path(key)
        with _told(path):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return
            _settle(path.parent)
            with suppress(OSError):  # others are there still
                path.parent.rmdir()

    def exists(self, key: str) -> bool:
        """Whether something is kept under the name."""
        path = self._path(key)
        with _told(path):
            return path.is_file()

    def keys(self, prefix: str = "", *, before: datetime | None = None) -> Iterator[str]:
        """Names under an authority (`slug/`) or a thing (`slug/thing/`), or all; only those last written before a moment."""
        if not _PREFIX.fullmatch(prefix):
            raise BadName(prefix)
        start = self.folder / prefix
        with _told(start):
            for folder, _folders, names in os.walk(start):
                for path in (Path(folder, name) for name in names):
                    key = path.relative_to(self.folder).as_posix()
                    if _NAME.fullmatch(key) and _written_before(path, before):
                        yield key

    def sweep(self, before: datetime) -> int:
        """Destroy what a crash left half-written before this moment (a day ago, say); how many files."""
        partial = self.folder / PARTIAL
        found = 0
        with _told(partial):
            for path in partial.glob("*"):
                if _written_before(path, before):
                    path.unlink(missing_ok=True)
                    found += 1
        return found

    def _path(self, key: str) -> Path:
        if not _NAME.fullmatch(key):
            raise BadName(key)
        return self.folder / key


def _name(written: Path, path: Path) -> None:
    """The file takes its place. Somebody may destroy the folder between the two, with the last thing that was in it."""
    while True:
        _make(path.parent)
        try:
            written.replace(path)
            _settle(path.parent)
        except FileNotFoundError:
            if not written.exists():
                raise
        else:
            return


def _make(folder: Path) -> None:
    """The folder and those above it, each ours alone and noted by the one above before anything lies in it."""
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        _settle(each.parent)


def _written_before(path: Path, moment: datetime | None) -> bool:
    if moment is None:
        return True
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment
    except FileNotFoundError:  # gone meanwhile
        return False


def _settle(folder: Path) -> None:
    """Names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFailed(f"{path}: {error.strerror or error}") from error
