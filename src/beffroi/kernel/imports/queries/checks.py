"""What would become of each row of a file; nothing is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _

from beffroi.kernel.imports.models import Heading, Import
from beffroi.kernel.imports.rules import number_of
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Viewer
from beffroi.persistence.imports import (
    IMPORTERS,
    Choice,
    Column,
    ColumnType,
    Fate,
    Fault,
    Given,
    Importer,
    Report,
    Verdict,
    unreported,
)

Value = str | float | None
Meanings = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A name of a list that is nobody's here: in which column, in how many rows, and what it may mean."""

    column: Column
    words: str
    rows: int
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Checked:
    """A file that was looked at, row by row, in its order."""

    verdicts: list[Verdict]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many rows of each fate, and how many with a doubt."""
        found = Counter(str(verdict.fate) for verdict in self.verdicts)
        found["doubtful"] = sum(1 for verdict in self.verdicts if verdict.doubt and verdict.fate is not Fate.WRONG)
        return found

    @cached_property
    def to_look_at(self) -> list[Verdict]:
        """Rows that are wrong, then those with a doubt."""
        doubtful = [verdict for verdict in self.verdicts if verdict.doubt and verdict.fate is not Fate.WRONG]
        return [*self.wrong, *doubtful]

    @cached_property
    def wrong(self) -> list[Verdict]:
        """Rows that can't be written."""
        return [verdict for verdict in self.verdicts if verdict.fate is Fate.WRONG]

    def chosen(self, *, change: bool, doubtful: bool) -> list[Verdict]:
        """What is written: new rows, changed ones when that was asked for, those with a doubt likewise."""
        fates = {Fate.NEW, Fate.CHANGED} if change else {Fate.NEW}
        return [verdict for verdict in self.verdicts if verdict.fate in fates and (doubtful or not verdict.doubt)]


def checked(viewer: Viewer, row: Import, report: Report = unreported) -> Checked:
    """Every row of a draft, first as its columns say, then by its importer, in one pass each."""
    importer = IMPORTERS[row.importer]
    given, faulty = _read(importer, row, _meanings(importer, row.authority_id))
    by_importer = importer.check(viewer=viewer, authority=row.authority_id, rows=given, report=report)
    return Checked(sorted([*faulty, *by_importer], key=lambda verdict: verdict.number))


def missing_columns(importer: Importer, columns: dict[str, int]) -> list[Column]:
    """Columns that must be there and were not found in the file."""
    return [column for column in importer.columns if column.required and column.code not in columns]


def asked_about(row: Import) -> list[Asked]:
    """Names in columns that are among known things, and that are nobody's: the most frequent first."""
    importer = IMPORTERS[row.importer]
    meanings = _meanings(importer, row.authority_id)
    found: list[Asked] = []
    for column in importer.columns:
        at = row.columns.get(column.code)
        if column.among is None or at is None:
            continue
        cells = Counter(cells[at] for _number, cells in row.sheet["rows"] if cells[at])
        known, choices = meanings[column.code], column.among(row.authority_id)
        found += [
            Asked(column, words, rows, choices) for words, rows in cells.items() if normalised(words) not in known
        ]
    return sorted(found, key=lambda one: (-one.rows, one.words))


def _meanings(importer: Importer, authority: UUID) -> Meanings:
    """What names mean: what was said of them before, and what the things are called."""
    found: dict[str, dict[str, str]] = {}
    for column in importer.columns:
        if column.among is None:
            continue
        choices = column.among(authority)
        there = {choice.value for choice in choices}
        called = {name: choice.value for choice in reversed(choices) for name in choice.names}
        said = Heading.objects.filter(authority=authority, importer=f"{importer.code}:{column.code}")
        chosen = {name: value for name, value in said.values_list("heading", "column") if value in there}
        found[column.code] = {**called, **chosen}
    return found


def _read(importer: Importer, row: Import, meanings: Meanings) -> tuple[list[Given], list[Verdict]]:
    given, faulty = [], []
    for number, cells in row.sheet["rows"]:
        values: dict[str, Value] = {}
        faults = []
        for column in importer.columns:
            at = row.columns.get(column.code)
            value = _value(column, cells[at] if at is not None else "", meanings.get(column.code))
            values[column.code] = None if isinstance(value, Fault) else value
            if isinstance(value, Fault):
                faults.append(value)
        if faults:
            faulty.append(Verdict(number, Fate.WRONG, tuple(faults), values=values))
        else:
            given.append(Given(number, values))
    return given, faulty


def _value(column: Column, text: str, meanings: Mapping[str, str] | None) -> Value | Fault:
    if not text:
        return Fault(column.code, _("Nothing is written: fill it in.")) if column.required else None
    if meanings is not None:
        meant = meanings.get(normalised(text))
        unknown = _("Nothing is called “%(name)s” here: say what the list means by it.")
        return meant if meant is not None else Fault(column.code, unknown % {"name": text})
    if column.type is ColumnType.NUMBER:
        number = number_of(text)
        return number if number is not None else Fault(column.code, _("This is not a number: write figures only."))
    if len(text) > column.longest:
        return Fault(column.code, _("Too long: %(most)s characters at most.") % {"most": column.longest})
    return text
