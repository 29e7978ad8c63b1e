"""Workbooks (XLSX): the first sheet's values, read part by part. A workbook is an archive: what it unpacks to is bounded first."""

import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, LargeZipFile, ZipFile

from beffroi.adapters.spreadsheet.errors import NotASheet, SheetTooLarge

SIGNATURE: Final = b"PK\x03\x04"
MOST_UNPACKED: Final = 80 * 1024 * 1024
MOST_FILES: Final = 2_000
MOST_LINES: Final = 100_000  # of a sheet, empty ones among them
# What openpyxl lets through when a part of the archive is missing or is not what it says: it has no exception of its own for it.
# A SyntaxError is what either parser of XML raises, of which it takes lxml where some other library brought it.
BROKEN: Final = (
    BadZipFile, LargeZipFile, SyntaxError, zlib.error, ValueError, KeyError, IndexError, TypeError,
    AttributeError, OSError, EOFError, NotImplementedError, RuntimeError, OverflowError, RecursionError, AssertionError,
)  # fmt: skip


def is_workbook(content: bytes) -> bool:
    """Whether it looks like one."""
    return content.startswith(SIGNATURE)


def workbook_rows(content: bytes, columns: int) -> Iterator[list[str]]:
    """Rows of the first sheet; raises NotASheet and SheetTooLarge."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except BROKEN as error:
        raise NotASheet from error
    # Python's zipfile never unpacks a part beyond the size that it declares: their sum is the bound.
    if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise SheetTooLarge
    for line in _lines(content, columns):
        yield [_text(value) for value in line]


def _lines(content: bytes, columns: int) -> Iterator[tuple[object, ...]]:
    """Values as openpyxl finds them: what it lets through stands for a broken file here, and nowhere else."""
    from openpyxl import load_workbook  # noqa: PLC0415 - long to load, with numpy: few processes ever read a workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl doesn't read (drawings, validations) is nothing to us
            book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            try:
                for sheet in book.worksheets[:1]:
                    sheet.reset_dimensions()  # what a sheet says of its size is not believed
                    for number, line in enumerate(sheet.iter_rows(values_only=True, max_col=columns), start=1):
                        if number > MOST_LINES:
                            raise SheetTooLarge
                        yield line
            finally:
                book.close()
    except BROKEN as error:
        raise NotASheet from error


def _text(value: object) -> str:
    """What the cell shows, without a style: a whole number has no decimals, a day no hour."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
