"""`beffroi papers`: all that a mayor signs, files and hands out about data, as files: in French and in English, to be printed or edited."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from beffroi.adapters.pdf.errors import PdfError
from beffroi.adapters.pdf.press import Sheets, print_sheets
from beffroi.adapters.spreadsheet.writing import text_parts
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from beffroi.kernel.townhall.queries.papers import Paper

LANGUAGES: Final = ("fr", "en")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, where to."""
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where they go, a folder a language")
    parser.add_argument("--authority", metavar="SLUG", help="its short name (not needed when there is one)")
    parser.add_argument("--language", choices=LANGUAGES, help="one language only")


def run(args: argparse.Namespace) -> int:
    """Writes them; what was there under the same names is replaced."""
    with installation.opened(environment()):
        from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

        authority = authority_named(args.authority)
        if authority is None:
            raise CommandError("name the authority with --authority SLUG: there is none, several, or none of that name")
        try:
            for language in [args.language] if args.language else LANGUAGES:
                folder = args.out / language
                folder.mkdir(parents=True, exist_ok=True)
                for paper, style in _papers(authority, language):
                    _write(paper, style, folder)
                    sys.stdout.write(f"{folder / paper.name}.pdf\n")
                    sys.stdout.flush()
        except OSError as error:
            raise CommandError(f"{args.out} can't be written to: {error.strerror}") from error
    return 0


def _papers(authority: UUID, language: str) -> Iterator[tuple["Paper", str]]:
    """Each paper in a language, with the style of its sheets."""
    from django.utils import translation  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.townhall.queries.papers import authority_of, papers_of  # noqa: PLC0415 - as above
    from beffroi.persistence.papers import style  # noqa: PLC0415 - as above

    now, desk = utc_now(), authority_of(authority)
    with translation.override(language):
        sheet = style(desk.name, desk.colour, now)
        for paper in papers_of(authority, now):
            yield paper, sheet


def _write(paper: "Paper", style: str, folder: Path) -> None:
    """As a PDF; as a table where it is one; as a page to complete where something is to be written on it."""
    from django.conf import settings  # noqa: PLC0415 - Django is ready only now

    from beffroi.persistence.papers import folder as readable  # noqa: PLC0415 - as above

    try:
        pdf = print_sheets(Sheets(paper.html, style, settings.BEFFROI_PUBLIC_URL, readable()))
    except PdfError as error:
        raise CommandError(f"“{paper.title}” can't be made into a PDF: {type(error).__name__} {error}") from error
    (folder / f"{paper.name}.pdf").write_bytes(pdf)
    if paper.rows is not None:
        (folder / f"{paper.name}.csv").write_bytes(b"".join(text_parts(paper.rows)))
    if paper.to_complete:
        (folder / f"{paper.name}.html").write_text(paper.html, encoding="utf-8")
