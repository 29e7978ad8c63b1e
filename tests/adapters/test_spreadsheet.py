"""Whatever somebody sends gives rows or a reason: no spreadsheet makes the reader fail."""

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from beffroi.adapters.spreadsheet.delimited import DELIMITERS
from beffroi.adapters.spreadsheet.errors import NotASheet, SheetError, SheetTooLarge
from beffroi.adapters.spreadsheet.reading import LONGEST_CELL, read_sheet
from beffroi.adapters.spreadsheet.writing import text_parts, workbook_parts


def workbook() -> bytes:
    """Headings, a row with a figure and a date, an empty row, another."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Réf", "Latitude"], ["PM-1", 48.96], [None, None], ["PM-2", 49]):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


BOOK = workbook()


def test_a_workbook_gives_what_its_cells_show() -> None:
    sheet = read_sheet(BOOK)
    assert sheet.headings == ["Réf", "Latitude"]
    assert sheet.rows == [(2, ["PM-1", "48.96"]), (4, ["PM-2", "49"])]


@given(st.binary(max_size=2_000))
def test_any_bytes_give_rows_or_a_reason(content: bytes) -> None:
    with suppress(SheetError):
        sheet = read_sheet(content)
        assert all(len(row) == len(sheet.headings) for _number, row in sheet.rows)
        assert all(cell.isprintable() and len(cell) <= LONGEST_CELL for _number, row in sheet.rows for cell in row)


@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_workbook_that_was_damaged_gives_rows_or_a_reason(at: int, damage: bytes) -> None:
    with suppress(SheetError):
        read_sheet(BOOK[:at] + damage + BOOK[at + len(damage) :])


@given(st.sampled_from(["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]), st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_workbook_whose_parts_are_false_gives_rows_or_a_reason(name: str, part: bytes) -> None:
    file = BytesIO()
    with ZipFile(BytesIO(BOOK)) as good, ZipFile(file, "w", ZIP_DEFLATED) as bad:
        for each in good.namelist():
            bad.writestr(each, part if each == name else good.read(each))
    with suppress(SheetError):
        read_sheet(file.getvalue())


@given(
    st.sampled_from(DELIMITERS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.lists(
        st.lists(st.sampled_from(["é1", "Rue d’Été", "48,96", "x"]), min_size=3, max_size=3), min_size=3, max_size=9
    ),
)
def test_rows_come_back_whatever_parts_the_columns(delimiter: str, encoding: str, rows: list[list[str]]) -> None:
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in (["a", "b", "c"], *rows)]
    text = "\r\n".join(delimiter.join(row) for row in quoted)
    sheet = read_sheet(text.encode(encoding))
    assert [row for _number, row in sheet.rows] == rows


def test_an_archive_that_unpacks_to_the_sky_is_not_unpacked() -> None:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as bomb:
        for number in range(9):
            bomb.writestr(f"xl/{number}.xml", b"\0" * 10_000_000)
    with pytest.raises(SheetTooLarge):
        read_sheet(file.getvalue())


def test_a_picture_is_no_list() -> None:
    with pytest.raises(NotASheet):
        read_sheet(b"\x89PNG\r\n\x1a\n" + bytes(300))


WRITTEN: list[list[str | int | float | date | datetime | None]] = [
    ["Référence", "Reçu", "Prévu", "Mots", "Nombre"],
    ["26-000001", datetime(2026, 11, 22, 18, 30), date(2026, 12, 1), '=HYPERLINK("x") & <b>', 48.96],  # noqa: DTZ001 - by the wall
    ["26-000002", None, None, "+33 deux\nlignes\x00\x1f", -3],
]


def test_a_workbook_is_read_by_another_program() -> None:
    content = b"".join(workbook_parts(iter(WRITTEN), "Signalements [du jour]"))
    book = load_workbook(BytesIO(content))
    (sheet,) = book.worksheets
    assert sheet.title == "Signalements du jour"
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == WRITTEN[0]
    assert rows[1] == [*WRITTEN[1][:2], datetime(2026, 12, 1), *WRITTEN[1][3:]]  # noqa: DTZ001 - as above
    assert rows[2] == ["26-000002", None, None, "+33 deux\nlignes", -3]
    # A text that looks like a formula is a text.
    assert {cell.data_type for cell in sheet[2]} == {"s", "d", "n"}
    assert sheet["D2"].data_type == "s"


def test_a_long_table_leaves_before_its_last_row_is_read() -> None:
    read = []

    def lines() -> Iterator[list[str]]:
        yield ["Nombre"]
        for number in range(5_000):
            read.append(number)
            yield [str(number)]

    next(text_parts(lines()))
    assert len(read) < 1_000


def test_a_long_workbook_is_written_without_being_held() -> None:
    """Four million letters, each text another one."""
    tracemalloc.start()
    try:
        lines = ([f"{number} ".ljust(500, "é")] for number in range(8_000))
        size = sum(len(part) for part in workbook_parts(lines, "Liste"))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 8_000
    assert most < 2_000_000


def test_text_in_columns_marks_what_begins_as_a_formula() -> None:
    text = b"".join(text_parts(iter(WRITTEN))).decode()
    assert text.startswith("\ufeffRéférence;")
    assert "26-000001;2026-11-22 18:30;2026-12-01;\"'=HYPERLINK(" in text
    assert "\"'+33 deux" in text


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"type": "Topology"}',
        b'{"type": "FeatureCollection", "features": [3]}',
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Blob"}}]}',
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": NaN}}]}',
        b"[" * 100_000,
    ],
)
def test_a_map_that_is_none_is_no_list(content: bytes) -> None:
    with pytest.raises(SheetError):
        read_sheet(content)


def test_a_map_gives_a_row_for_each_of_its_features() -> None:
    features = (
        b'[{"type": "Feature", "properties": {"name": "A", "n": 1}, "geometry": {"type": "Point", "coordinates": [2.5, 48]}},'
        b'{"type": "Feature", "properties": null, "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}]'
    )
    sheet = read_sheet(b'\xef\xbb\xbf {"type": "FeatureCollection", "features": ' + features + b"}")
    assert sheet.headings == ["name", "n", "Longitude", "Latitude", "WKT"]
    assert [row for _number, row in sheet.rows] == [
        ["A", "1", "2.5", "48", ""],
        ["", "", "", "", "LINESTRING (1 2, 3 4)"],
    ]
