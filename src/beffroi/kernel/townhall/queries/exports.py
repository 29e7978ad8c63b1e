"""Exports of an authority, and the files that hold them."""

import csv
import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from beffroi.kernel.register.queries.export import export_lines
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.kernel.townhall.queries.tables import documentation, rows_of, written
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.portability import Table, authority_tables, scope_of
from beffroi.protocol.register.export import ExportWriter

HEADINGS: Final = ("table", "column", "type", "meaning", "refers to")
A_BLOCK: Final = 1 << 20


def visible_exports(viewer: Viewer) -> QuerySet[Export]:
    """Exports of the authorities that the viewer administers, the newest first."""
    rows = Export.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.select_related("asked_by", "authority").order_by("-asked_at", "id")


def file_of(export: UUID) -> Path:
    """Where its file is, when it is there."""
    return folder() / f"{export}.zip"


def folder() -> Path:
    """Where exports wait; nobody else on the machine may read it."""
    place = Path(settings.BEFFROI_HOME) / "exports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def progress_of(export: UUID) -> tuple[int, int] | None:
    """How many tables of how many are written; None before it began."""
    try:
        done, _slash, total = _progress_file(export).read_text(encoding="ascii").partition("/")
        return int(done), int(total)
    except (OSError, ValueError):
        return None


def stray_files() -> Iterator[str]:
    """Files that no export in force knows."""
    kept = {str(pk) for pk in Export.objects.exclude(state=ExportState.ERASED).values_list("pk", flat=True)}
    for path in sorted(folder().iterdir()):
        if path.name.partition(".")[0] not in kept:
            yield f"exports/{path.name}"


def erase_file(export: UUID) -> None:
    """Whatever there is of it; the act that says so is its caller's."""
    for path in (file_of(export), _part_file(export), _register_file(export), _progress_file(export)):
        path.unlink(missing_ok=True)


def waits(export: UUID) -> bool:
    """Whether it is still to be made."""
    return Export.objects.filter(pk=export, state=ExportState.WAITING).exists()


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is whole."""

    size: int
    digest: str


def make_file(export: Export, now: datetime) -> Made:
    """Write all tables as of one moment, then the register; the file appears under its name when it is whole."""
    part = _part_file(export.id)
    with _private(part, "wb") as file, translation.override(export.asked_by.language):
        _fill(file, export, now)
        file.flush()
        os.fsync(file.fileno())
    digest, size = _digest(part), part.stat().st_size
    part.rename(file_of(export.id))
    _progress_file(export.id).unlink(missing_ok=True)
    return Made(size, digest)


def _fill(file: BinaryIO, export: Export, now: datetime) -> None:
    tables = authority_tables()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        told = {"authority": export.authority, "now": now, "tables": tables}
        archive.writestr("README.txt", render_to_string("townhall/export_readme.txt", told))
        with _entry(archive, "columns.csv") as text:
            csv.writer(text).writerows([HEADINGS, *documentation(tables)])
        with _one_moment():
            for number, table in enumerate(tables, start=1):
                _progress(export.id, number, len(tables) + 1)
                _table(archive, table, export.authority_id)
        _progress(export.id, len(tables) + 1, len(tables) + 1)
        _register(archive, export, now)


def _table(archive: zipfile.ZipFile, table: Table, authority: UUID) -> None:
    scope = scope_of(table.model)
    if scope is None:
        raise TypeError(f"{table.label} is no authority's")
    with _entry(archive, f"tables/{table.label}.csv") as text:
        writer = csv.writer(text)
        writer.writerow(table.names)
        for row in rows_of(table, scope(authority)):
            writer.writerow([written(value) for value in row])


def _register(archive: zipfile.ZipFile, export: Export, now: datetime) -> None:
    """A ZIP's entry can't be sought in, and gzip writes in one go: it passes through a file of its own."""
    beside = _register_file(export.id)
    try:
        with _private(beside, "w+b") as file:
            writer = ExportWriter(file, made=now.strftime("%Y-%m-%dT%H:%MZ"))
            for line in export_lines(shelf(), only=str(export.authority_id)):
                writer.write(line)
            writer.finish()
            file.seek(0)
            with archive.open("register.jsonl.gz", "w", force_zip64=True) as entry:
                shutil.copyfileobj(file, entry, A_BLOCK)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[io.TextIOWrapper]:
    with archive.open(name, "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        yield text


@contextmanager
def _one_moment() -> Iterator[None]:
    """The database as it is now, whatever is written meanwhile, to be read only."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _progress(export: UUID, done: int, total: int) -> None:
    _progress_file(export).write_text(f"{done}/{total}", encoding="ascii")


def _progress_file(export: UUID) -> Path:
    return folder() / f"{export}.progress"


def _part_file(export: UUID) -> Path:
    return folder() / f"{export}.part"


def _register_file(export: UUID) -> Path:
    return folder() / f"{export}.register"


def _private(path: Path, mode: str) -> BinaryIO:
    """A file of our own account's alone, emptied."""
    return cast("BinaryIO", os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), mode))


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(A_BLOCK):
            found.update(block)
    return found.hexdigest()
