"""Objects: files that don't change, written once and shared by the backups of a folder."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from beffroi.adapters.archive.folder import BackupFolder
from beffroi.adapters.archive.streams import ChunkReader, Told
from beffroi.adapters.archive.tars import packed
from beffroi.protocol.backup.catalogue import StoredFile, StoredObject
from beffroi.protocol.backup.manifest import INSTALLATION

# Tiles go by the hundred, so that a large register isn't a hundred thousand files; media go alone, since each is destroyed alone.
TILES_TOGETHER: Final = 256
ALONE: Final = 1


class Gathering:
    """The objects of the backup that is being made. What the backup before has, and is there whole, is not written again."""

    def __init__(
        self, folder: BackupFolder, home: Path, recipients: Sequence[str], before: Iterable[StoredObject]
    ) -> None:
        self._folder = folder
        self._home = home
        self._recipients = recipients
        self._before: dict[str, tuple[StoredObject, StoredFile]] = {
            file.path: (stored, file) for stored in before for file in stored.files
        }
        self._objects: dict[str, StoredObject] = {}
        self._taken: set[str] = set()

    def objects(self) -> list[StoredObject]:
        """All of them, by the first path in each."""
        return sorted(self._objects.values(), key=lambda stored: stored.files[0].path)

    def add(self, paths: Iterable[str], told: Told, *, together: int = ALONE) -> int:
        """Take these files in; those that were taken are left alone. Returns how many bytes were written."""
        fresh: list[StoredFile] = []
        length = 0
        for file in self._looked_at(paths):
            if self._kept(file):
                continue
            fresh.append(file)
            if len(fresh) >= together:
                length += self._write(fresh, told)
                fresh = []
        return length + (self._write(fresh, told) if fresh else 0)

    def _looked_at(self, paths: Iterable[str]) -> Iterator[StoredFile]:
        for path in paths:
            if path in self._taken:
                continue
            try:
                known = (self._home / path).stat()
            except FileNotFoundError:  # destroyed meanwhile
                continue
            self._taken.add(path)
            yield StoredFile(path, known.st_size, known.st_mtime_ns)

    def _kept(self, file: StoredFile) -> bool:
        """Whether the backup before has it as it is, in an object of which nothing changed."""
        stored, was = self._before.get(file.path, (None, None))
        if stored is None or was != file:
            return False
        if stored.sha256 in self._objects:
            return True
        if not self._folder.holds(stored) or not all(self._unchanged(each) for each in stored.files):
            return False
        self._objects[stored.sha256] = stored
        self._taken.update(each.path for each in stored.files)
        return True

    def _unchanged(self, file: StoredFile) -> bool:
        try:
            known = (self._home / file.path).stat()
        except OSError:
            return False
        return (known.st_size, known.st_mtime_ns) == (file.bytes, file.changed)

    def _write(self, files: Sequence[StoredFile], told: Told) -> int:
        there = [file for file in files if (self._home / file.path).exists()]
        if not there:
            return 0
        source = ChunkReader(packed(self._home, (file.path for file in there)))
        length, sha256 = self._folder.add_object(source, self._recipients, told)
        self._objects[sha256] = StoredObject(sha256, length, INSTALLATION, tuple(there))
        return length
