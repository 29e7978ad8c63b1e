"""Making a backup, in the order of docs/spec/backup.md, 4."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from beffroi.adapters.archive.age import checked_recipient
from beffroi.adapters.archive.errors import ArchiveError
from beffroi.adapters.archive.folder import CATALOGUE, MANIFEST, NOTE, BackupFolder, write_whole
from beffroi.adapters.archive.logs import LogFolder
from beffroi.adapters.archive.streams import ChunkReader, digest_of
from beffroi.adapters.archive.tars import Content, packed
from beffroi.adapters.postgres.dumping import base_backup, dump, server_version, tools_for
from beffroi.cli.backups import sources
from beffroi.cli.backups.errors import BackupBusy, BackupError, NothingToSealTo
from beffroi.cli.backups.gathering import TILES_TOGETHER, Gathering
from beffroi.cli.backups.keeping import Basing, current_segment, needed_bases, note_base
from beffroi.cli.backups.progress import Progress
from beffroi.cli.backups.snapshot import Snapshot, recipients, snapshot, try_lock
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, checkpoint_in
from beffroi.lib.clock import Clock
from beffroi.protocol.backup.catalogue import StoredObject, write_catalogue
from beffroi.protocol.backup.errors import BackupFormatError
from beffroi.protocol.backup.manifest import (
    BASE,
    INSTALLATION,
    LogState,
    Manifest,
    Part,
    Previous,
    moment_of,
    name_of,
    note_text,
    write_manifest,
)
from beffroi.protocol.backup.rotation import Keep, kept
from beffroi.protocol.backup.wal import Base
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.note import sign_note


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be backed up, where to, for whom besides the roots, how many are kept. `log`: where the
    database's own log is kept; `base`: a copy of the whole cluster comes with it.
    """

    shelf: Shelf
    database_url: str
    folder: BackupFolder
    further: tuple[str, ...] = ()
    keep: Keep = field(default_factory=Keep)
    log: LogFolder | None = None
    base: Basing | None = None

    @property
    def home(self) -> Path:
        """BEFFROI_HOME."""
        return self.shelf.home


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: its manifest, bytes that were written for it, how many older ones were destroyed."""

    manifest: Manifest
    written: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Published:
    """The logs as they were published when the backup began: their edge, and their sizes by log and generation."""

    edge: list[Content]
    sizes: dict[tuple[str, int], int]


def make(asked: Asked, progress: Progress, clock: Clock) -> Made:
    """One backup, whole or not at all. Django is over the same database. Raises BackupError, ArchiveError, PostgresError."""
    if not try_lock():
        raise BackupBusy("another backup of this database is being made")
    own = recipients()
    if not own:
        raise NothingToSealTo(
            "there is no authority with roots yet, so nobody to seal a backup to: `beffroi init` makes them"
        )
    own[INSTALLATION] += tuple(checked_recipient(each) for each in asked.further)
    with asked.folder.alone():
        made = _Making(asked, own, _before(asked), progress, clock).make()
        removed = rotate(asked.folder, asked.keep, asked.log)
    progress.close()
    return replace(made, removed=removed)


def _before(asked: Asked) -> Manifest | None:
    """The newest whole backup that reads; one of another installation is refused."""
    for name in reversed(asked.folder.names()):
        try:
            manifest, _ = asked.folder.manifest(name)
        except BackupFormatError:
            continue
        if manifest.host != asked.shelf.host:
            raise BackupError(
                f"{asked.folder.folder} holds backups of {manifest.host}: give each installation a folder of its own"
            )
        return manifest
    return None


def rotate(folder: BackupFolder, keep: Keep, log: LogFolder | None = None) -> int:
    """Destroy what is past being kept, then objects that nobody needs; returns how many backups. One that has a base stays for as long
    as the database's log is kept for it.
    """
    names = {moment_of(name): name for name in folder.names()}
    needed = set(needed_bases(log)) if log else set()
    going = sorted(moment for moment in set(names) - kept(names, keep) if names[moment] not in needed)
    for moment in going:
        folder.remove(names[moment])
    folder.collect()
    return len(going)


class _Making:
    """One backup as it is put together."""

    def __init__(
        self,
        asked: Asked,
        sealed_to: dict[str, tuple[str, ...]],
        before: Manifest | None,
        progress: Progress,
        clock: Clock,
    ) -> None:
        self._asked, self._to, self._before = asked, sealed_to, before
        self._progress, self._clock = progress, clock
        self._parts: list[Part] = []
        self._written = 0
        self._place = Path()

    def make(self) -> Made:
        began = self._clock()
        folder, home = self._asked.folder, self._asked.home
        gathering = Gathering(folder, home, self._to[INSTALLATION], self._objects_before())
        register = self._register(gathering)
        self._media(gathering, "photographs and other media")
        with snapshot() as moment:
            name = name_of(moment.at)
            if (folder.folder / name).exists():
                raise BackupError(f"{name} was made this very second")
            self._place = folder.begin(name)
            try:
                self._database(moment)
                self._media(gathering, "what came in meanwhile")
                self._seal("register.age", INSTALLATION, packed(home, register.edge))
                self._files_and_keys()
                segment = self._base(name)
                manifest = self._manifest(moment, began, register, gathering.objects())
            except BaseException:
                shutil.rmtree(self._place, ignore_errors=True)
                raise
        folder.finish(name)
        if self._asked.base is not None:
            base = Base(self._asked.base.log.system, name, segment)
            note_base(home, self._asked.base, base, moment.at)
        return Made(manifest, self._written, 0)

    def _objects_before(self) -> Iterable[StoredObject]:
        if self._before is None:
            return ()
        try:
            return list(self._asked.folder.catalogue(self._before.name))
        except (ArchiveError, BackupFormatError):
            return ()

    def _register(self, gathering: Gathering) -> _Published:
        """Checkpoints first, so that what is kept of the files is never ahead of the database."""
        shelf, found = self._asked.shelf, _Published([], {})
        self._progress.step("register")
        for name in shelf.names():
            archive = shelf.archive(name)
            note = archive.checkpoint()
            if note is None:
                continue
            size = checkpoint_in(note).size
            found.sizes[name.log, name.generation] = size
            found.edge.extend(sources.edge(archive, name, note))
            tiles = sources.full_tiles(name, size)
            self._written += gathering.add(tiles, self._progress.told, together=TILES_TOGETHER)
        return found

    def _media(self, gathering: Gathering, words: str) -> None:
        self._progress.step(words)
        for top in sources.UNCHANGING:
            self._written += gathering.add(sources.unchanging(self._asked.home, top), self._progress.told)

    def _database(self, moment: Snapshot) -> None:
        major, _ = server_version(self._asked.database_url)
        tools = tools_for(major, self._asked.home / "postgres")
        part = self._before.part("database.age") if self._before else None
        self._progress.step("database", part.bytes if part else None)
        with dump(tools, self._asked.database_url, snapshot=moment.exported) as stream:
            self._seal("database.age", INSTALLATION, iter(lambda: stream.read(1 << 20), b""))

    def _base(self, name: str) -> str:
        """A copy of the whole cluster, where one was asked for; the first segment of the log that it needs."""
        if self._asked.base is None:
            return ""
        segment = current_segment()
        major, _ = server_version(self._asked.database_url)
        part = self._before.part(BASE) if self._before else None
        self._progress.step("the database's files", part.bytes if part else None)
        tools = tools_for(major, self._asked.home / "postgres")
        with base_backup(tools, self._asked.base.url, label=name) as stream:
            self._seal(BASE, INSTALLATION, iter(lambda: stream.read(1 << 20), b""))
        return segment

    def _files_and_keys(self) -> None:
        home = self._asked.home
        self._progress.step("settings and keys")
        self._seal("files.age", INSTALLATION, packed(home, sources.other_files(home)))
        self._seal("keys-installation.age", INSTALLATION, packed(home, sources.keys_of(home, INSTALLATION)))
        rootless = 0
        for owner in sources.key_owners(home):
            to = owner if owner in self._to else INSTALLATION
            rootless += to == INSTALLATION
            self._seal(f"keys-{owner}.age", to, packed(home, sources.keys_of(home, owner)))
        if rootless:
            self._progress.say(
                f"The keys of {rootless} {'authority' if rootless == 1 else 'authorities'} without roots are sealed to the installation's, "
                "until they have some"
            )

    def _seal(self, name: str, sealed: str, chunks: Iterable[bytes]) -> None:
        source, told = ChunkReader(chunks), self._progress.told
        length, sha256 = self._asked.folder.add_part(self._place / name, source, self._to[sealed], told)
        self._parts.append(Part(name, length, sha256, sealed))
        self._written += length

    def _manifest(
        self, moment: Snapshot, began: datetime, register: _Published, objects: Sequence[StoredObject]
    ) -> Manifest:
        """Catalogue, note, manifest: the last is written when all else is on the disk."""
        self._parts.append(self._catalogue(objects))
        manifest = Manifest(
            name=name_of(moment.at),
            host=self._asked.shelf.host,
            began=began,
            snapshot=moment.at,
            ended=self._clock(),
            release=version("beffroi"),
            postgresql=server_version(self._asked.database_url)[1],
            migrations=moment.migrations,
            recipients={who: each for who, each in self._to.items() if any(part.sealed == who for part in self._parts)},
            parts=tuple(self._parts),
            objects=len(objects),
            object_bytes=sum(stored.bytes for stored in objects),
            logs=tuple(_with_published(log, register) for log in moment.logs),
            tables=moment.tables,
            previous=self._previous(),
        )
        data = write_manifest(manifest)
        write_whole(self._place / NOTE, signed_note(self._asked.shelf, manifest.name, data).encode())
        write_whole(self._place / MANIFEST, data)
        return manifest

    def _catalogue(self, objects: Sequence[StoredObject]) -> Part:
        path = self._place / CATALOGUE
        write_whole(path, b"")
        with path.open("r+b") as file:
            write_catalogue(file, objects)
        with path.open("rb") as file:
            length, sha256 = digest_of(file)
        return Part(CATALOGUE, length, sha256, None)

    def _previous(self) -> Previous | None:
        if self._before is None:
            return None
        try:
            return Previous(self._before.name, self._asked.folder.manifest(self._before.name)[1])
        except (ArchiveError, BackupFormatError):
            return None


def _with_published(log: LogState, register: _Published) -> LogState:
    return replace(log, published=register.sizes.get((log.log, log.generation), 0))


def signed_note(shelf: Shelf, name: str, manifest: bytes) -> str:
    """What the register's installation keys sign about a manifest."""
    digest = hashlib.sha256(manifest).hexdigest()
    keys = KeyRing(shelf.key_folder).of(INSTALLATION)
    return sign_note(note_text(name, digest), LogName(INSTALLATION).origin(shelf.host), keys.signing)
