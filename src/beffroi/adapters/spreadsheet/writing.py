"""Tables as files, part by part: text in columns as a French spreadsheet reads it, and workbooks (XLSX). No text is ever a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from tempfile import TemporaryFile
from typing import Final

from xlsxwriter import Workbook

MARK: Final = "\ufeff"  # so that a spreadsheet reads the accents
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
TOGETHER: Final = 500  # rows a part

Cell = str | int | float | date | datetime | None
Row = Sequence[Cell]

A_PART: Final = 65_536  # bytes of a workbook
# What no text needs, and no other program reads as it is written.
UNWRITABLE: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
WIDTH: Final = 18  # characters of a column
LONGEST_TITLE: Final = 31
# Of the formats that every spreadsheet has: a moment and a day as the reader's own language writes them.
MOMENT: Final = {"num_format": 22}
DAY: Final = {"num_format": 14}
HEADING: Final = {"bold": True}
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}


def plain(cell: object) -> object:
    """A cell of text in columns: one that begins as a formula does is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def text_parts(lines: Iterable[Row]) -> Iterator[bytes]:
    """Text in columns (CSV); moments are those of the clock on the wall."""
    held = StringIO()
    writer = csv.writer(held, delimiter=";")
    held.write(MARK)
    for number, line in enumerate(lines, start=1):
        writer.writerow([_said(cell) for cell in line])
        if number % TOGETHER == 0:
            yield _taken(held)
    yield _taken(held)


def _said(cell: Cell) -> object:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else plain(cell)


def _taken(held: StringIO) -> bytes:
    found = held.getvalue().encode()
    held.seek(0)
    held.truncate()
    return found


def workbook_parts(lines: Iterable[Row], title: str) -> Iterator[bytes]:
    """A workbook of one sheet, whose first row holds the headings. It is whole, on the disk and not in memory, before its first part
    leaves: an archive begins with what is known at its end."""
    with TemporaryFile() as file:
        with Workbook(file, OPTIONS) as book:
            _fill(book, lines, title)
        file.seek(0)
        while part := file.read(A_PART):
            yield part


def _fill(book: Workbook, lines: Iterable[Row], title: str) -> None:
    sheet = book.add_worksheet("".join(letter for letter in title if letter not in "[]:*?/\\")[:LONGEST_TITLE])
    sheet.freeze_panes(1, 0)
    heading, moment, day = (book.add_format(style) for style in (HEADING, MOMENT, DAY))
    rows = iter(lines)
    names = next(rows, ())
    sheet.set_column(0, max(0, len(names) - 1), WIDTH)
    for at, name in enumerate(names):
        sheet.write_string(0, at, str(name), heading)
    for number, row in enumerate(rows, start=1):
        for at, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, at, cell.translate(UNWRITABLE))
            elif isinstance(cell, datetime):
                sheet.write_datetime(number, at, cell, moment)
            elif isinstance(cell, date):
                sheet.write_datetime(number, at, cell, day)
            elif cell is not None:
                sheet.write_number(number, at, cell)
