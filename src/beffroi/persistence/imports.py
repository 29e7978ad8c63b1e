"""What lists may be imported: each app says its own in `ready()`, and kernel.imports leads people from their file to one act.

An importer says its columns, checks rows without writing, and writes those that are good in the transaction of the act that commits them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.viewer import Viewer

Words = str | Promise
# What may be kept of a thing as it was before: plain values, for undoing.
Before = list[dict[str, str | float | None]]


class ColumnType(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NUMBER = "number"  # with a decimal comma or point


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that a cell may mean. `names`: what it is called, in small letters without accents."""

    value: str
    label: Words
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a list says of each of its lines. `known_as`: headings that mean it, in small letters without accents. `among`: the
    things of an authority of which a cell names one; a name that is none of theirs is asked about once, and remembered.
    """

    code: str
    label: Words
    known_as: tuple[str, ...]
    type: ColumnType = ColumnType.TEXT
    required: bool = True
    longest: int = 160
    hint: Words = ""
    example: str = ""
    among: Callable[[UUID], Sequence[Choice]] | None = None


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"  # already there, and the list says something else of it
    SAME = "same"  # already there
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Given:
    """A row as it was read: its number in the file, and its values by column (None: nothing was written)."""

    number: int
    values: Mapping[str, str | float | None]

    def text(self, column: str) -> str:
        """What is written there, as text."""
        value = self.values.get(column)
        return "" if value is None else str(value)

    def figure(self, column: str) -> float | None:
        """The number that is written there."""
        value = self.values.get(column)
        return value if isinstance(value, float) else None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row, in which of its columns (empty: in the whole of it), and what to do, in words."""

    column: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of a row. `doubt`: it may be right, somebody should look; `subject`: the thing that is already there."""

    number: int
    fate: Fate
    faults: tuple[Fault, ...] = ()
    doubt: str = ""
    subject: UUID | None = None
    values: Mapping[str, str | float | None] = field(default_factory=dict)


# How many rows are done so far: called now and then by what takes a while.
Report = Callable[[int], None]


def unreported(_rows: int) -> None:
    """Nobody watches: it is over in a moment."""


class Check(Protocol):
    """Says what would become of each row, and writes nothing."""

    def __call__(self, *, viewer: Viewer, authority: UUID, rows: Sequence[Given], report: Report) -> list[Verdict]: ...


class Write(Protocol):
    """Writes rows that are new or changed, with their entry; returns what the changed ones were before."""

    def __call__(
        self, *, authority: UUID, batch: UUID, rows: Sequence[Verdict], report: Report, by: UUID | None, now: datetime
    ) -> Before: ...


class Undo(Protocol):
    """Takes back what one import wrote and nobody used since, with its entry; returns how many things it left as they are."""

    def __call__(self, *, authority: UUID, batch: UUID, before: Before, by: UUID | None, now: datetime) -> int: ...


class Act(Protocol):
    """Does what is offered once a list is written; returns for how many things."""

    def __call__(self, *, before: Before, by: UUID | None, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Follow:
    """What is offered once a list is written, and never done by itself. `waiting(before)`: for how many things it can be done;
    `label(n)` offers it for n things, `done(n)` says that it was.
    """

    label: Callable[[int], str]
    waiting: Callable[[Before], int]
    act: Act
    done: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of list. `authorities(viewer)`: those for which the viewer may import; `route(viewer)`: the page where its things are seen.

    `parts`: how many rows are written in one act, where a list is too long for a single one; 0 writes all of it or nothing. Such an
    importer finds again what it wrote: a list that stopped on its way goes on with what is left.
    """

    code: str
    label: Words
    description: Words
    icon: str
    route: Callable[[Viewer], str]
    columns: tuple[Column, ...]
    authorities: Callable[[Viewer], frozenset[UUID]]
    check: Check
    write: Write
    undo: Undo
    follow: Follow | None = None
    parts: int = 0
    most_rows: int = 20_000
    most_megabytes: int = 5

    def column(self, code: str) -> Column | None:
        """The column of that code."""
        return next((column for column in self.columns if column.code == code), None)


IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> None:
    """Make it known; a code is one kind of list."""
    if IMPORTERS.setdefault(importer.code, importer) is not importer:
        raise ValueError(f"two kinds of lists are called {importer.code}")
