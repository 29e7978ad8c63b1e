"""A file comes, its columns are said, it is committed in one act, undone, or goes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable

from beffroi.adapters.spreadsheet.reading import Sheet
from beffroi.kernel.imports.errors import ImportMovedOn, ImportUnderWay, NothingToImport
from beffroi.kernel.imports.models import Heading, Import, ImportState
from beffroi.kernel.imports.rules import WAITS, Fault
from beffroi.lib.spelling import normalised
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.imports import IMPORTERS, Fate, Report, Verdict, unreported

# What its sender may still send again, or forget: nothing of it is being written.
_WAITING = (ImportState.READING, ImportState.DRAFT)


@kernel_action
def keep_file(
    *, authority: UUID, importer: str, sheet: Sheet, filename: str, columns: Mapping[str, int], by: UUID, now: datetime
) -> Import:
    """A file waits, in the place of the one that its sender had waiting for the same list. Raises ImportUnderWay."""
    _make_room(authority, importer, by, now)
    return Import.objects.create(
        authority_id=authority,
        importer=importer,
        person=by,
        filename=filename[-120:],
        sheet={"headings": sheet.headings, "rows": sheet.rows},
        columns=dict(columns),
        sent_at=now,
    )


@kernel_action
def receive_file(*, authority: UUID, importer: str, content: bytes, filename: str, by: UUID, now: datetime) -> Import:
    """A large file waits to be read by a worker, in the place of another as above. Raises ImportUnderWay."""
    _make_room(authority, importer, by, now)
    return Import.objects.create(
        authority_id=authority,
        importer=importer,
        person=by,
        filename=filename[-120:],
        state=ImportState.READING,
        file=content,
        sent_at=now,
    )


@kernel_action
def keep_sheet(*, waiting: Import, sheet: Sheet, columns: Mapping[str, int]) -> None:
    """What a worker read of a file, unless it was abandoned meanwhile."""
    _at(waiting, ImportState.READING).update(
        state=ImportState.DRAFT,
        sheet={"headings": sheet.headings, "rows": sheet.rows},
        columns=dict(columns),
        file=None,
        stage="",
    )


@kernel_action
def refuse_file(*, waiting: Import, fault: str, now: datetime) -> None:
    """A file that can't be read goes; why it can't is said."""
    _at(waiting, ImportState.READING).update(
        state=ImportState.REFUSED, file=None, stage="", fault=fault[:20], done_at=now
    )


@kernel_action
def choose_columns(*, waiting: Import, columns: Mapping[str, int], change: bool, by: UUID | None) -> None:
    """Say which column of the file is which, and whether things already there are changed; headings are remembered."""
    waiting.columns = dict(columns)
    waiting.change = change
    _at(waiting, ImportState.DRAFT).update(columns=waiting.columns, change=change)
    headings = waiting.sheet["headings"]
    said = {normalised(headings[at]): code for code, at in columns.items() if normalised(headings[at])}
    Heading.objects.bulk_create(
        [
            Heading(authority_id=waiting.authority_id, importer=waiting.importer, heading=heading, column=code)
            for heading, code in said.items()
        ],
        update_conflicts=True,
        unique_fields=["authority", "importer", "heading"],
        update_fields=["column"],
    )


@kernel_action
def keep_meanings(*, authority: UUID, importer: str, meant: Sequence[tuple[str, str, str]], by: UUID | None) -> None:
    """What an authority means by the names of a list (column, name, value): remembered, as its headings are."""
    Heading.objects.bulk_create(
        [
            Heading(authority_id=authority, importer=f"{importer}:{column}", heading=normalised(words), column=value)
            for column, words, value in {(one[0], normalised(one[1])): one for one in meant}.values()
        ],
        update_conflicts=True,
        unique_fields=["authority", "importer", "heading"],
        update_fields=["column"],
    )


@kernel_action
def ask_commit(*, waiting: Import, doubtful: bool, by: UUID | None) -> None:
    """Have a worker write a long list. Raises ImportMovedOn."""
    asked = _at(waiting, ImportState.DRAFT).update(
        state=ImportState.WRITING, doubtful=doubtful, stage="", rows_done=0, rows_total=0, fault=""
    )
    if not asked:
        raise ImportMovedOn


@kernel_action
def note_progress(*, waiting: UUID, stage: str, done: int, total: int) -> None:
    """How far a worker is: seen at once, while what it writes is not."""
    Import.objects.filter(pk=waiting, done_at=None).update(stage=stage, rows_done=done, rows_total=total)


@kernel_action
def give_up(*, waiting: Import, fault: str) -> None:
    """Nothing was written: the list waits as it did before it was to be, and its sender is told why."""
    _at(waiting, ImportState.WRITING).update(state=ImportState.DRAFT, stage="", fault=fault[:20])


@kernel_action
def commit_import(
    *, waiting: Import, rows: Sequence[Verdict], report: Report = unreported, by: UUID | None, now: datetime
) -> None:
    """Write these rows, in one act with their entry; the file goes. Raises NothingToImport and ImportMovedOn. Of a list that is written
    part by part these are the last ones.

    What was written meanwhile by somebody else under the same name is left as it is. The row itself is written last, on the condition
    that it is as it was: whoever commits it twice at a time writes once, and its progress can be noted until then.
    """
    if not rows and not waiting.added:
        raise NothingToImport
    write = IMPORTERS[waiting.importer].write
    before = write(authority=waiting.authority_id, batch=waiting.pk, rows=rows, report=report, by=by, now=now)
    written = _at(waiting, ImportState(waiting.state)).update(
        state=ImportState.DONE,
        done_at=now,
        sheet={},
        columns={},
        stage="",
        fault="",
        before=before,
        **_counted(rows),
    )
    if not written:
        raise ImportMovedOn


@kernel_action
def write_part(*, waiting: Import, rows: Sequence[Verdict], by: UUID | None, now: datetime) -> None:
    """Write some of the rows of a long list, in an act of their own with their entry: what comes after it finds them there. Raises
    ImportMovedOn, and writes nothing, once its sender wanted no more of it.
    """
    write = IMPORTERS[waiting.importer].write
    write(authority=waiting.authority_id, batch=waiting.pk, rows=rows, report=unreported, by=by, now=now)
    if not _at(waiting, ImportState.WRITING).update(**_counted(rows)):
        raise ImportMovedOn


@kernel_action
def stop_import(*, waiting: Import, by: UUID | None, now: datetime) -> None:
    """No more of a list that is written part by part: what is there stays, and can be undone. Raises ImportMovedOn."""
    if not IMPORTERS[waiting.importer].parts or not _end(_at(waiting, ImportState.WRITING), now):
        raise ImportMovedOn


@kernel_action
def undo_import(*, done: Import, by: UUID | None, now: datetime) -> Import:
    """Take back what an import wrote, in one act with its entry, within a day. Raises ImportMovedOn."""
    row = Import.objects.select_for_update().filter(pk=done.pk, state=ImportState.DONE, done_at__gt=now - WAITS).first()
    if row is None:
        raise ImportMovedOn
    undo = IMPORTERS[row.importer].undo
    row.left = undo(authority=row.authority_id, batch=row.id, before=row.before, by=by, now=now)
    row.state, row.before = ImportState.UNDONE, []
    row.save()
    return row


@kernel_action
def abandon_import(*, waiting: Import, by: UUID | None, now: datetime) -> None:
    """The file goes; what was written of it on its way, if anything was, stays and can be undone."""
    _let_go(Import.objects.filter(pk=waiting.pk, state__in=_WAITING), now)


def _let_go(rows: QuerySet[Import], now: datetime) -> None:
    _end(rows.filter(added__gt=0), now)
    rows.filter(state__in=_WAITING).delete()


def _end(rows: QuerySet[Import], now: datetime) -> bool:
    return bool(
        rows.update(state=ImportState.DONE, done_at=now, sheet={}, columns={}, stage="", fault=Fault.STOPPED.value)
    )


def _counted(rows: Sequence[Verdict]) -> dict[str, Combinable]:
    """How many of them are new and changed, on top of those that were written before."""
    return {
        "changed": F("changed") + sum(1 for verdict in rows if verdict.fate is Fate.CHANGED),
        "added": F("added") + sum(1 for verdict in rows if verdict.fate is Fate.NEW),
    }


def _make_room(authority: UUID, importer: str, by: UUID, now: datetime) -> None:
    mine = Import.objects.filter(authority_id=authority, importer=importer, person=by)
    if mine.filter(state=ImportState.WRITING).exists():
        raise ImportUnderWay
    _let_go(mine.filter(state__in=_WAITING), now)


def _at(row: Import, state: ImportState) -> QuerySet[Import]:
    """The row, while it is still where its reader saw it."""
    return Import.objects.filter(pk=row.pk, state=state)
