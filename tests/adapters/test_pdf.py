"""A page becomes a tagged PDF in a program that reads one folder, and neither lasts nor grows."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject

import beffroi
from beffroi.adapters.pdf.errors import PdfTooLong, PdfTooSlow
from beffroi.adapters.pdf.press import LONGEST_PAGE, Sheets, print_sheets

ORIGIN = "http://town.example/"


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Somebody's server, and what it was asked for."""
    asked: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_is_tagged_titled_and_in_its_language(tmp_path: Path) -> None:
    page = '<html lang="fr"><title>Été à Meaux</title><h1>Armoires</h1><table><tr><th scope="col">Rue</th></tr></table>'
    pdf = PdfReader(BytesIO(print_sheets(Sheets(page, "h1 { color: red }", ORIGIN, tmp_path))))
    root = pdf.root_object
    assert str(root["/Lang"]) == "fr"
    assert "/StructTreeRoot" in root
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Été à Meaux"
    xmp = root["/Metadata"].get_object()
    assert isinstance(xmp, StreamObject)
    assert b'pdfuaid:part="1"' in xmp.get_data()
    assert "Armoires" in pdf.pages[0].extract_text()


def test_nothing_is_read_but_the_files_of_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "given"
    inside.mkdir()
    (tmp_path / "secret.css").write_text("h1::after { content: 'SECRET' }")
    (inside / "own.css").write_text("h1::after { content: ' OWN' }")
    with listening() as (address, asked):
        links = "".join(
            f'<link rel="stylesheet" href="{href}">'
            for href in (
                f"{address}/a.css",
                (tmp_path / "secret.css").as_uri(),
                "/paper/own.css",
                "/paper/../secret.css",
            )
        )
        page = f'<html><title>T</title>{links}<h1>Words</h1><img src="{address}/i.png" alt="picture">'
        text = PdfReader(BytesIO(print_sheets(Sheets(page, "", ORIGIN, inside)))).pages[0].extract_text()
    assert asked == []
    assert "OWN" in text
    assert "SECRET" not in text


def test_too_many_pages_are_not_made(tmp_path: Path) -> None:
    page = "<html><title>T</title>" + "<p style='break-after: page'>One</p>" * 4
    with pytest.raises(PdfTooLong):
        print_sheets(Sheets(page, "", ORIGIN, tmp_path, most=3))
    with pytest.raises(PdfTooLong):
        print_sheets(Sheets("x" * (LONGEST_PAGE + 1), "", ORIGIN, tmp_path))


def test_it_never_lasts(tmp_path: Path) -> None:
    with pytest.raises(PdfTooSlow):
        print_sheets(Sheets("<p>" * 10, "", ORIGIN, tmp_path), seconds=0.01)


def test_one_that_is_cut_short_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch, given = tmp_path / "scratch", tmp_path / "given"
    scratch.mkdir()
    given.mkdir()
    font = next((Path(beffroi.__file__).parent / "web" / "static" / "built").rglob("*.woff2"))
    shutil.copy(font, given / "font.woff2")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    style = "@font-face { font-family: Page; src: url(/paper/font.woff2) } body { font-family: Page }"
    with pytest.raises(PdfTooSlow):
        print_sheets(Sheets("<p>word" * 300_000, style, ORIGIN, given), seconds=4.0)
    assert list(scratch.iterdir()) == []
