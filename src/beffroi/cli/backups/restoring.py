"""Restoring a backup onto an empty home: all of it, or nothing that any other command would open."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import NotForUs
from beffroi.adapters.archive.folder import open_part, settle
from beffroi.adapters.archive.streams import CountingReader
from beffroi.adapters.archive.tars import unpacked
from beffroi.adapters.archive.verification import faults
from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.dumping import load, server_version, tools_for
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process import places
from beffroi.cli.backups import sources
from beffroi.cli.backups.errors import BackupRefused, PlaceRefused
from beffroi.cli.backups.opening import Found, said
from beffroi.cli.backups.progress import Progress
from beffroi.cli.installation import RESTORING
from beffroi.protocol.backup.manifest import INSTALLATION, Part

# Settings of the machine that was: they would lead a restored installation to the former one's database.
ELSEWHERE: Final = ("DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL", "BEFFROI_HOME")
_TABLES: Final = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'S')
"""


@dataclass(slots=True)
class Restored:
    """What came of it: authorities whose keys no given root opened, and names of settings that were left out."""

    unopened: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def check_place(home: Path, found: Found) -> None:
    """Raises PlaceRefused for a home that isn't empty, unless this very restore was cut short in it."""
    if not home.exists() or not any(home.iterdir()):
        return
    mark = home / RESTORING
    if not mark.exists():
        raise PlaceRefused(
            f"{home} is not empty: a restore never goes over an installation. Name an empty folder with --home, or move this one away"
        )
    try:
        name = str(json.loads(mark.read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        name = found.manifest.name  # cut short while it was written: nothing came after it
    if name != found.manifest.name:
        raise PlaceRefused(
            f"{home} holds an unfinished restore of {name}: name that backup, or empty the folder to restore another"
        )


def check_whole(found: Found, progress: Progress) -> None:
    """Raises BackupRefused, which names all that is missing or altered."""
    progress.step("looking the backup over", found.manifest.bytes + found.manifest.object_bytes)
    missing = list(faults(found.folder, found.manifest, progress.told))
    progress.close()
    if missing:
        raise BackupRefused("this backup is not whole, and nothing was touched:\n  " + "\n  ".join(missing))


def check_known(found: Found, made: Mapping[str, str], known: Mapping[str, AbstractSet[str]]) -> None:
    """Raises BackupRefused when a later release made the tables: `made` is the last migration of each app in them, `known` all those of
    this release.
    """
    unknown = [f"{app}.{name}" for app, name in made.items() if name not in known.get(app, ())]
    if unknown:
        raise BackupRefused(
            f"release {found.manifest.release} made this backup, and its tables are not known to this one ({unknown[0]}): "
            "restore it with that release or a later one"
        )


class Restoring:
    """One restore, step by step, in the order of docs/spec/backup.md, 6."""

    def __init__(self, found: Found, home: Path, identities: Sequence[age.Identity], progress: Progress) -> None:
        self.found, self.home = found, home
        self.restored = Restored()
        self._identities = identities
        self._progress = progress

    def begin(self) -> None:
        """The home is ours, and nobody else's until `finish`. Raises BackupRefused where there can be none."""
        try:
            places.open_folder(self.home)
        except OSError as error:
            raise BackupRefused(f"{self.home} can't be made: {error.strerror}. Nothing was touched") from error
        mark = self.home / RESTORING
        mark.write_text(json.dumps({"v": 1, "name": self.found.manifest.name}), encoding="utf-8")
        settle(self.home)
        self._empty()

    def files(self) -> None:
        """Settings, journals, the register's edge, keys. Raises BackupRefused when no key opens the installation's."""
        self._progress.step("settings and keys")
        self._needed("files.age", lambda path: path.split("/")[0] not in sources.NOT_FILES)
        self._needed("register.age", lambda path: path.startswith("register/"))
        for part in self.found.manifest.parts:
            if part.name.startswith("keys-"):
                self.keys(part)
        self.restored.left_out = _leave_out(self.home / "settings.env")

    def keys(self, part: Part) -> None:
        """Those of one owner; an authority's, which none of the given roots opens, are noted as such."""
        owner = part.name.removeprefix("keys-").removesuffix(".age")
        if owner == INSTALLATION:
            self._needed(part.name, lambda path: path.startswith("keys/") and not path.startswith("keys/web/"))
            return
        try:
            self._part(part, lambda path: path.startswith(f"keys/{owner}/"))
        except NotForUs:
            self.restored.unopened.append(owner)

    def objects(self) -> None:
        """Media, the base map, full tiles."""
        self._progress.step("photographs, media, register", self.found.manifest.object_bytes)
        for stored in self.found.folder.catalogue(self.found.manifest.name):
            moments = {file.path: file.changed for file in stored.files}
            with open_part(self.found.folder.object_path(stored.sha256)) as sealed:
                source = CountingReader(sealed, self._progress.told)
                with age.opened(source, self._identities) as tar:
                    there = list(unpacked(tar, self.home, admits=moments.__contains__, changed=moments))
            if len(there) != len(moments):
                raise BackupRefused(
                    f"{stored.sha256}.age does not hold the {len(moments)} files that the catalogue says"
                )

    def database(self, info: ConnectionInfo) -> None:
        """The dump into an empty database, as the role that owns the tables. Raises PlaceRefused, PostgresError."""
        check_empty(info.owner_url)
        major, _ = server_version(info.owner_url)
        made_by = self.found.postgresql
        if made_by > major:
            raise PlaceRefused(
                f"the backup comes from PostgreSQL {made_by}, the database here is PostgreSQL {major}: take {made_by} or later"
            )
        tools = tools_for(major, self.home / "postgres", made_by=made_by)
        part = self._known("database.age")
        self._progress.step("database", part.bytes)
        with open_part(self.found.place / part.name) as sealed, load(tools, info.owner_url) as pipe:
            age.unseal(CountingReader(sealed, self._progress.told), pipe, self._identities)
            self._progress.step("indexes and constraints of the database")
        self._progress.step("statistics of the database")
        with psycopg.connect(info.owner_url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def finish(self) -> None:
        """Everything is there and was checked: the home is an installation."""
        self._progress.close()
        os.sync()
        (self.home / RESTORING).unlink()
        settle(self.home)

    def abandon(self) -> None:
        """What was begun is taken away again; the mark goes last."""
        self._empty()
        (self.home / RESTORING).unlink(missing_ok=True)

    def _empty(self) -> None:
        """Everything but the mark, and a cluster of this home that lies elsewhere."""
        known = notes.read(self.home / "postgres" / "cluster.json")
        if known is not None and known.folder:
            shutil.rmtree(known.folder, ignore_errors=True)
        for each in self.home.iterdir():
            if each.name == RESTORING:
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()

    def _needed(self, name: str, admits: Callable[[str], bool]) -> None:
        part = self._known(name)
        try:
            self._part(part, admits)
        except NotForUs as error:
            wanted = "\n  ".join(self.found.manifest.recipients.get(part.sealed or "", ()))
            raise BackupRefused(
                f"{name} does not open with the keys given: give a root of the authority that was created first (--root FILE). "
                f"It is sealed to\n  {wanted}"
            ) from error

    def _part(self, part: Part, admits: Callable[[str], bool]) -> None:
        with open_part(self.found.place / part.name) as sealed, age.opened(sealed, self._identities) as tar:
            for _ in unpacked(tar, self.home, admits=admits):
                pass

    def _known(self, name: str) -> Part:
        part = self.found.manifest.part(name)
        if part is None:
            raise BackupRefused(f"the manifest names no {name}")
        return part


def check_empty(url: str) -> None:
    """Raises PlaceRefused when the database has tables already."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(_TABLES).fetchone()
    if row is not None and row[0]:
        raise PlaceRefused(
            "the database of DATABASE_URL has tables: a restore takes an empty one (DROP DATABASE, CREATE DATABASE)"
        )


def _leave_out(path: Path) -> list[str]:
    """Take out of the settings what is about the former machine; returns the names."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    names = [line.partition("=")[0].strip() for line in lines]
    staying = [line for line, name in zip(lines, names, strict=True) if name not in ELSEWHERE]
    if len(staying) == len(lines):
        return []
    path.write_text("".join(staying), encoding="utf-8")
    return [name for name in names if name in ELSEWHERE]


def describe(found: Found) -> str:
    """What is about to be restored, in one line."""
    known = found.manifest
    return f"{known.name}: {known.host} as of {said(known.snapshot)}, release {known.release}, PostgreSQL {known.postgresql}"
