"""What a worker does for long lists: it reads them and writes them, and says how far it is.

A worker that dies leaves its list as it found it: what it wrote was not committed, and its lock went with it, so the next one begins again,
or goes on where a list is written part by part: the check finds what is there.
"""

import logging
import threading
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from django.db import connection

from beffroi.adapters.spreadsheet.errors import SheetError
from beffroi.adapters.spreadsheet.reading import read_sheet
from beffroi.kernel.imports.actions.imports import (
    commit_import,
    give_up,
    keep_sheet,
    note_progress,
    refuse_file,
    write_part,
)
from beffroi.kernel.imports.errors import ImportRefused
from beffroi.kernel.imports.models import Import, ImportState
from beffroi.kernel.imports.queries.checks import checked
from beffroi.kernel.imports.queries.imports import at_work, fault_of, guesses, own_imports, waiting_for_work
from beffroi.kernel.imports.rules import MEGABYTE, Fault, Stage
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.imports import IMPORTERS, unreported
from beffroi.persistence.work import DATABASE_AWAY, alone, each_claimed, repeated

log = logging.getLogger(__name__)
LOOK_EVERY: Final = 1.0
TOLD_EVERY: Final = 0.5


class Telling:
    """Says how far a list is, twice a second, by a connection of its own: what stands in the act's transaction nobody sees yet."""

    def __init__(self, waiting: UUID, every: float = TOLD_EVERY) -> None:
        self._waiting = waiting
        self._every = every
        self._stage, self._done, self._total = Stage.READ, 0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"import {waiting}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def begin(self, stage: Stage, total: int) -> None:
        """Another stage, of so many rows (0: nobody knows yet)."""
        self._stage, self._done, self._total = stage, 0, total

    def report(self, done: int) -> None:
        """So many rows of the stage are done."""
        self._done = done

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._every):
                note_progress(waiting=self._waiting, stage=self._stage, done=self._done, total=self._total)
        except DATABASE_AWAY as error:
            log.warning("how far import %s is can't be told: %s", self._waiting, type(error).__name__)
        finally:
            connection.close()


def run_imports(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop: one list, then the next."""

    def turn() -> float:
        return 0.0 if do_next(clock) else LOOK_EVERY

    repeated(turn, stop)


def do_next(clock: Clock = utc_now) -> bool:
    """Read or write one list that nobody else is at; False when there is none."""
    for identifier in waiting_for_work():
        with alone(f"import:{identifier}") as mine:
            row = at_work(identifier) if mine else None
            if row is not None:
                each_claimed("import", [(row, 1)], lambda row, _attempt: _do(row, clock), _note_fault)
                return True
    return False


def _do(row: Import, clock: Clock) -> None:
    with Telling(row.pk) as telling:
        if row.state == ImportState.READING:
            _read(row, telling, clock)
        else:
            _write(row, telling, clock)


def _read(row: Import, telling: Telling, clock: Clock) -> None:
    telling.begin(Stage.READ, 0)
    importer = IMPORTERS[row.importer]
    most_bytes = importer.most_megabytes * MEGABYTE
    try:
        sheet = read_sheet(bytes(row.file or b""), telling.report, most_bytes=most_bytes, most_rows=importer.most_rows)
    except SheetError as error:
        refuse_file(waiting=row, fault=fault_of(error), now=clock())
        return
    columns = guesses(importer, authority=row.authority_id, headings=sheet.headings)
    keep_sheet(waiting=row, sheet=sheet, columns=columns)


def _write(row: Import, telling: Telling, clock: Clock) -> None:
    now = clock()
    viewer = Viewer(row.person, live_posts(person=row.person, as_of=now), frozenset(), now)
    if not own_imports(viewer).filter(pk=row.pk).exists():
        give_up(waiting=row, fault=Fault.NOT_YOURS)  # their role ended meanwhile
        return
    telling.begin(Stage.CHECK, len(row.sheet["rows"]))
    rows = checked(viewer, row, telling.report).chosen(change=row.change, doubtful=row.doubtful)
    written, size = row.added, IMPORTERS[row.importer].parts or len(rows) or 1
    parts = [rows[start : start + size] for start in range(0, len(rows), size)] or [rows]
    telling.begin(Stage.WRITE, written + len(rows))
    try:
        for part in parts[:-1]:
            telling.report(written)
            write_part(waiting=row, rows=part, by=row.person, now=clock())
            written += len(part)
        whole = telling.report if len(parts) == 1 else unreported
        commit_import(waiting=row, rows=parts[-1], report=whole, by=row.person, now=clock())
    except ImportRefused as error:
        give_up(waiting=row, fault=error.code)


def _note_fault(row: Import, _attempt: int, _fault: str) -> None:
    """A defect of ours: it must not be tried for ever."""
    if row.state == ImportState.READING:
        refuse_file(waiting=row, fault=Fault.OURS, now=utc_now())
    else:
        give_up(waiting=row, fault=Fault.OURS)
