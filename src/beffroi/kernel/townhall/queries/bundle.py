"""Everything of one authority as a file of open formats (ZIP): written as it is read, so that it may be of any size.

datapackage.json      what each file is, for programs: a Frictionless Data Package
README.txt            the same for people
columns.csv           each column of each table, and what is withheld, and why
tables/*.csv          tables, comma, UTF-8
places/*.geojson      those that have a place (RFC 7946)
media/…               photos as they are shown, the logo
papers/*.html, *.csv  the processing register, notices, drafts of impact assessments, the retention table
register.jsonl.gz     the register's log, which verifies by itself
"""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from beffroi.kernel.register.queries.export import export_lines
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.kernel.townhall.queries.packages import DESCRIPTOR, Resource, package
from beffroi.kernel.townhall.queries.papers import papers_of
from beffroi.kernel.townhall.queries.tables import documentation, plainly, rows_of, written
from beffroi.persistence.portability import ATTACHMENTS, POINT, SURFACES, Table, authority_tables, scope_of
from beffroi.protocol.register.export import ExportWriter

HEADINGS: Final = ("table", "column", "type", "meaning", "refers to")
CSV: Final = "text/csv"
A_BLOCK: Final = 1 << 20
# What tells how far it is: parts done, of how many.
Tell = Callable[[int, int], None]


def write_bundle(file: IO[bytes], authority: UUID, now: datetime, *, tell: Tell, scratch: Path) -> None:
    """Write everything, in the language in force; tables as of one moment. `scratch`: a folder on whose disk the register may pass."""
    bundle = Bundle(file, authority, now, tell)
    with bundle.archive:
        bundle.tables()
        bundle.media()
        bundle.papers()
        bundle.register(scratch)
        bundle.close()


class Tally:
    """Passes what is written on, and keeps its length and its SHA-256."""

    def __init__(self, entry: IO[bytes]) -> None:
        self.entry, self.size, self.hash = entry, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """As it comes."""
        self.size += len(data)
        self.hash.update(data)
        return self.entry.write(data)

    def write_row(self, row: Iterable[object]) -> None:
        """A line of a table."""
        line = io.StringIO(newline="")
        csv.writer(line).writerow(row)
        self.write(line.getvalue().encode())


class Bundle:
    """The file while it is written, and what is in it so far."""

    def __init__(self, file: IO[bytes], authority: UUID, now: datetime, tell: Tell) -> None:
        self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.desk, self.now, self._tell = every_authority().get(pk=authority), now, tell
        self._tables = authority_tables()
        self._total, self._done = len(self._tables) + 3, 0
        self.resources: list[Resource] = []

    def tables(self) -> None:
        """Every table of the authority's, as of one moment; those that have places as a map too."""
        with self._file("columns.csv", _("each column of each table"), CSV) as entry:
            _write_rows(entry, [HEADINGS, *documentation(self._tables)])
        with _one_moment():
            for table in self._tables:
                self._next()
                rows = _rows(table, self.desk.pk)
                self._table(table, rows)
                self._places(table, rows)

    def media(self) -> None:
        """Files that lie beside the tables; what is destroyed meanwhile is not there."""
        self._next()
        for code in sorted(ATTACHMENTS):
            for attached in ATTACHMENTS[code](self.desk.pk):
                data = attached.read()
                if data is not None:
                    with self._file(f"media/{attached.name}", _("a file of the tables"), attached.media_type) as entry:
                        entry.write(data)

    def papers(self) -> None:
        """What a mayor signs, files and hands out."""
        self._next()
        for paper in papers_of(self.desk.pk, self.now):
            with self._file(f"papers/{paper.name}.html", paper.title, "text/html") as entry:
                entry.write(paper.html.encode())
            if paper.rows is not None:
                with self._file(f"papers/{paper.name}.csv", paper.title, CSV) as entry:
                    _write_rows(entry, paper.rows)

    def register(self, scratch: Path) -> None:
        """The authority's log. A ZIP's entry can't be sought in, and gzip writes in one go: it passes through a file without a name."""
        self._next()
        with TemporaryFile(dir=scratch) as beside:
            writer = ExportWriter(beside, made=self.now.strftime("%Y-%m-%dT%H:%MZ"))
            for line in export_lines(shelf(), only=str(self.desk.pk)):
                writer.write(line)
            writer.finish()
            beside.seek(0)
            with self._file("register.jsonl.gz", _("the register’s log"), "application/gzip") as entry:
                shutil.copyfileobj(beside, entry, A_BLOCK)

    def close(self) -> None:
        """What is in it, for people and for programs."""
        told = {"authority": self.desk, "now": self.now, "tables": self._tables}
        with self._file("README.txt", _("what is in this file"), "text/plain") as entry:
            entry.write(render_to_string("townhall/export_readme.txt", told).encode())
        described = package(self.desk, self.now, self.resources)
        self.archive.writestr(DESCRIPTOR, json.dumps(described, ensure_ascii=False, indent=1))

    def _table(self, table: Table, rows: QuerySet[Model]) -> None:
        path, count = f"tables/{table.label}.csv", 0
        with self._counted(path) as entry:
            entry.write_row(table.names)
            for row in rows_of(table, rows):
                entry.write_row([written(value) for value in row])
                count += 1
        self.resources.append(
            Resource(path, table.words, CSV, entry.size, entry.hash.hexdigest(), table=table, rows=count)
        )

    def _places(self, table: Table, rows: QuerySet[Model]) -> None:
        """A FeatureCollection, where some of the rows have a place."""
        geometry = _geometry(table)
        if geometry is None:
            return
        placed = rows.exclude(**{f"{geometry[0]}__isnull": True})
        if not placed.exists():
            return
        with self._file(f"places/{table.label}.geojson", table.words, "application/geo+json") as entry:
            entry.write(b'{"type": "FeatureCollection", "features": [\n')
            for number, row in enumerate(rows_of(table, placed)):
                feature = _feature(table, dict(zip(table.names, row, strict=True)), geometry)
                entry.write((b",\n" if number else b"") + json.dumps(feature, ensure_ascii=False).encode())
            entry.write(b"\n]}\n")

    @contextmanager
    def _counted(self, path: str) -> Iterator[Tally]:
        with self.archive.open(path, "w", force_zip64=True) as raw:
            yield Tally(raw)

    @contextmanager
    def _file(self, path: str, title: str, media_type: str) -> Iterator[Tally]:
        with self._counted(path) as entry:
            yield entry
        self.resources.append(Resource(path, title, media_type, entry.size, entry.hash.hexdigest()))

    def _next(self) -> None:
        self._done += 1
        self._tell(self._done, self._total)


def _rows(table: Table, authority: UUID) -> QuerySet[Model]:
    scope = scope_of(table.model)
    if scope is None:
        raise TypeError(f"{table.label} is no authority's")
    return scope(authority)


def _geometry(table: Table) -> tuple[str, ...] | None:
    """The columns that say where a row is: one of a surface, or two of a point."""
    if table.label in SURFACES:
        return (SURFACES[table.label],)
    return POINT if set(POINT) <= set(table.names) else None


def _feature(table: Table, row: dict[str, object], geometry: tuple[str, ...]) -> dict[str, object]:
    where = (
        {"type": "MultiPolygon", "coordinates": row[geometry[0]]}
        if len(geometry) == 1
        else {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}
    )
    told = {name: plainly(value) for name, value in row.items() if name not in geometry}
    key = " ".join(str(row[name]) for name in table.keys)
    return {"type": "Feature", "id": key, "geometry": where, "properties": told}


def _write_rows(entry: Tally, rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        entry.write_row(row)


@contextmanager
def _one_moment() -> Iterator[None]:
    """The database as it is now, whatever is written meanwhile, to be read only."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
