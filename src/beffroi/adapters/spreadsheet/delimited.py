"""Text in columns, as French spreadsheets write it: semicolons, commas or tabs; UTF-8 with or without its mark, UTF-16, cp1252."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Final

from beffroi.adapters.spreadsheet.errors import NotASheet

DELIMITERS: Final = (";", "\t", ",", "|")
LOOKED_AT: Final = 50
# What no text holds: a picture, a PDF, an archive.
BINARY: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}
MOST_BINARY: Final = 0.01


def delimited_rows(content: bytes) -> Iterator[list[str]]:
    """Rows of the file; raises NotASheet."""
    text = decoded(content)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        yield from reader
    except csv.Error as error:
        raise NotASheet from error


def decoded(content: bytes) -> str:
    """The file's text: UTF-8 where it is, else what Windows writes in France."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NotASheet from error
    if content.startswith(b"%PDF-") or sum(1 for byte in content if byte in BINARY) > MOST_BINARY * len(content):
        raise NotASheet
    try:
        return content.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def delimiter_of(text: str) -> str:
    """What parts the columns: what gives the most rows of one and the same width; a decimal comma never wins over semicolons."""

    def columns(delimiter: str) -> int:
        try:
            widths = Counter(
                len(row)
                for row in islice(csv.reader(StringIO(text, newline=""), delimiter=delimiter), LOOKED_AT)
                if row
            )
        except csv.Error:
            return 0
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(DELIMITERS, key=columns)
