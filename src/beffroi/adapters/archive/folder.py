"""The folder of backups: whole backups by name, what is being made, the objects that they share.

<folder>/<name>/             a whole backup: it got its name when everything in it was on the disk
<folder>/<name>.partial/     one being made, or cut short
<folder>/objects/<2>/<sha256>.age
<folder>/objects/.partial/   objects being written
"""

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import FolderBusy, FolderUnusable
from beffroi.adapters.archive.streams import CountingWriter, Told, untold
from beffroi.protocol.backup.catalogue import StoredObject, read_catalogue
from beffroi.protocol.backup.errors import BackupFormatError
from beffroi.protocol.backup.manifest import GREATEST_MANIFEST, Manifest, is_name, read_manifest

MANIFEST: Final = "manifest.json"
NOTE: Final = "manifest.note"
CATALOGUE: Final = "objects.jsonl.gz"
_PARTIAL: Final = ".partial"
_OBJECTS: Final = "objects"
_LONGEST_NOTE: Final = 64 * 1024


class BackupFolder:
    """Where one installation's backups lie. Reading needs no lock, writing does (`alone`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Alone in the folder, which is made; what a crash left is destroyed. Raises FolderBusy, FolderUnusable."""
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self.folder / ".lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise FolderBusy(f"another backup is being written into {self.folder}") from error
                self.sweep()
                yield

    def names(self) -> list[str]:
        """The whole backups, oldest first."""
        try:
            found = [each.name for each in self.folder.iterdir() if is_name(each.name) and (each / MANIFEST).is_file()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise FolderUnusable(f"{self.folder} cannot be read: {error.strerror}") from error
        return sorted(found)

    def manifest(self, name: str) -> tuple[Manifest, str]:
        """A backup's manifest, and the SHA-256 of its file; raises BackupFormatError, FolderUnusable."""
        data = self._small(self.folder / name / MANIFEST, GREATEST_MANIFEST)
        return read_manifest(data), hashlib.sha256(data).hexdigest()

    def note(self, name: str) -> str:
        """The signed note about it; raises FolderUnusable."""
        return self._small(self.folder / name / NOTE, _LONGEST_NOTE).decode("utf-8", "replace")

    def catalogue(self, name: str) -> Iterator[StoredObject]:
        """The objects that it needs; raises BadCatalogue, FolderUnusable."""
        with open_part(self.folder / name / CATALOGUE) as file:
            yield from read_catalogue(file)

    def object_path(self, sha256: str) -> Path:
        """Where an object lies, or would."""
        return self.folder / _OBJECTS / sha256[:2] / f"{sha256}.age"

    def holds(self, stored: StoredObject) -> bool:
        """Whether the object is there, as long as it should be."""
        try:
            return self.object_path(stored.sha256).stat().st_size == stored.bytes
        except OSError:
            return False

    def begin(self, name: str) -> Path:
        """The folder in which a backup is put together."""
        partial = self.folder / f"{name}{_PARTIAL}"
        with self._told():
            partial.mkdir(mode=0o700)
        return partial

    def finish(self, name: str) -> None:
        """Everything is in it: it gets its name, and is on the disk."""
        partial = self.folder / f"{name}{_PARTIAL}"
        with self._told():
            settle(partial)
            partial.rename(self.folder / name)
            settle(self.folder)

    def add_part(
        self, place: Path, source: age.Reader, recipients: Sequence[str], told: Told = untold
    ) -> tuple[int, str]:
        """Write a sealed file; returns its length and SHA-256. Raises FolderUnusable, and what the source raises."""
        with self._told():
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                writer = CountingWriter(file, told)
                age.seal(source, writer, recipients)
                file.flush()
                os.fsync(file.fileno())
            return writer.count, writer.sha256

    def add_object(self, source: age.Reader, recipients: Sequence[str], told: Told = untold) -> tuple[int, str]:
        """Write a sealed object under its own SHA-256; returns its length and that. Raises as `add_part`."""
        partial = self.folder / _OBJECTS / _PARTIAL
        with self._told():
            partial.mkdir(parents=True, exist_ok=True, mode=0o700)
            written = partial / secrets.token_hex(16)
            try:
                length, sha256 = self.add_part(written, source, recipients, told)
                target = self.object_path(sha256)
                target.parent.mkdir(exist_ok=True, mode=0o700)
                written.rename(target)
            finally:
                written.unlink(missing_ok=True)
        return length, sha256

    def remove(self, name: str) -> None:
        """Destroy a backup: first it is no whole one any more."""
        with self._told():
            partial = self.folder / f"{name}{_PARTIAL}"
            (self.folder / name).rename(partial)
            shutil.rmtree(partial)

    def sweep(self) -> None:
        """Destroy what was never finished."""
        with self._told():
            for each in self.folder.iterdir():
                if each.name.endswith(_PARTIAL) and is_name(each.name.removesuffix(_PARTIAL)):
                    shutil.rmtree(each)
            shutil.rmtree(self.folder / _OBJECTS / _PARTIAL, ignore_errors=True)

    def collect(self) -> int:
        """Destroy the objects that no whole backup needs; returns how many. Nothing is destroyed while a catalogue can't be read."""
        needed: set[str] = set()
        try:
            for name in self.names():
                needed.update(stored.sha256 for stored in self.catalogue(name))
        except (BackupFormatError, FolderUnusable):
            return 0
        gone = 0
        with self._told():
            for path in (self.folder / _OBJECTS).glob("??/*.age"):
                if path.stem not in needed:
                    path.unlink()
                    gone += 1
        return gone

    def _small(self, path: Path, most: int) -> bytes:
        with self._told(), path.open("rb") as file:
            return file.read(most + 1)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FolderUnusable(f"{error.filename or self.folder}: {_why(error)}") from error


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk of the backups is full: make room, or keep fewer (BEFFROI_BACKUP_KEEP)"
    return error.strerror or str(error)


def write_whole(path: Path, data: bytes) -> None:
    """A small file, 0600, on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """Names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_part(path: Path) -> BinaryIO:
    """A part or an object, to be read; raises FolderUnusable."""
    try:
        return path.open("rb")
    except OSError as error:
        raise FolderUnusable(f"{path} cannot be read: {error.strerror}") from error
