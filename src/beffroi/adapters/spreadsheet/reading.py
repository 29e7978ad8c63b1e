"""One door: bytes of a file to its headings and rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from beffroi.adapters.spreadsheet.delimited import delimited_rows
from beffroi.adapters.spreadsheet.errors import SheetEmpty, SheetTooLarge
from beffroi.adapters.spreadsheet.features import feature_rows, is_features
from beffroi.adapters.spreadsheet.workbook import is_workbook, workbook_rows

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 400
LONGEST_LINE: Final = 20_000
A_LINE: Final = re.compile(r"\s*(MULTI)?LINESTRING\b", re.IGNORECASE)
LOOKED_AT: Final = 20  # lines among which the headings are looked for: lists often begin with a title

Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: its headings and, each with its number in the file, its rows, all as wide as the headings."""

    headings: list[str]
    rows: list[Numbered]


def read_sheet(
    content: bytes,
    report: Callable[[int], None] = lambda _rows: None,
    *,
    most_bytes: int = MOST_BYTES,
    most_rows: int = MOST_ROWS,
) -> Sheet:
    """Raises SheetError. Every value is text without control characters, cut at 400 characters (20,000 where it says a line of a map);
    empty rows are left out.

    `report` is called with how many rows were read so far.
    """
    if len(content) > most_bytes:
        raise SheetTooLarge
    # A workbook may say that it has a million rows, most of them empty: those that say something are counted.
    found = _found(content)
    rows: list[Numbered] = []
    for number, cells in enumerate(found, start=1):
        row = [_plain(cell) for cell in cells[:MOST_COLUMNS]]
        if any(row):
            rows.append((number, row))
            report(len(rows))
        if len(rows) > most_rows + LOOKED_AT:
            raise SheetTooLarge
    return _under_headings(rows, most_rows)


def _found(content: bytes) -> Iterator[list[str]]:
    if is_workbook(content):
        return workbook_rows(content, MOST_COLUMNS)
    return feature_rows(content, MOST_COLUMNS) if is_features(content) else delimited_rows(content)


def _under_headings(rows: list[Numbered], most_rows: int) -> Sheet:
    filled = [sum(1 for cell in row if cell) for _number, row in rows[:LOOKED_AT]]
    if not filled:
        raise SheetEmpty
    at = next(place for place, count in enumerate(filled) if 2 * count >= max(filled))
    headings = list(rows[at][1])
    below = rows[at + 1 :]
    if not below:
        raise SheetEmpty
    if len(below) > most_rows:
        raise SheetTooLarge
    width = max(_filled(headings), *(_filled(row) for _number, row in below))
    return Sheet(_wide(headings, width), [(number, _wide(row, width)) for number, row in below])


def _filled(row: list[str]) -> int:
    """How wide a row is up to its last cell that says something."""
    return max((at for at, cell in enumerate(row, start=1) if cell), default=0)


def _wide(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _plain(text: str) -> str:
    """One line of words: what can't be seen becomes a space, and no text is longer than a cell needs."""
    longest = LONGEST_LINE if A_LINE.match(text) else LONGEST_CELL
    seen = "".join(character if character.isprintable() else " " for character in text[: 2 * longest])
    return " ".join(seen.split())[:longest]
