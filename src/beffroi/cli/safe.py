"""`beffroi break-glass`: a sheet of codes for the town's safe. It is made once; the one before is void from then on."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beffroi.adapters.pdf.errors import PdfError
from beffroi.adapters.pdf.press import Sheets, print_sheets
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from beffroi.kernel.safe.rules import Sealed

LANGUAGES: Final = ("fr", "en")
STANDARD_OUTPUT: Final = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose safe it is, and on what paper."""
    parser.add_argument(
        "--authority", metavar="SLUG", help="short name of the authority; not needed where there is one only"
    )
    parser.add_argument(
        "--pdf",
        metavar="FILE",
        help="write it as a PDF, in a new file that its owner alone reads; - for the standard output: "
        "`beffroi break-glass --pdf - | lp` keeps no file",
    )
    parser.add_argument("--language", choices=LANGUAGES, default="fr", help="of the sheet (default: fr)")


def run(args: argparse.Namespace) -> int:
    """Prints the sheet on the standard output: pipe it to a printer (`beffroi break-glass | lp`), keep no file of it."""
    settings = environment()
    with installation.opened(settings):
        from django.utils import translation  # noqa: PLC0415 - Django is ready only now

        from beffroi.kernel.safe.actions import seal_sheet  # noqa: PLC0415 - as above
        from beffroi.kernel.safe.queries import as_text, specimen  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - as above

        authority = authority_named(args.authority)
        if authority is None:
            raise CommandError("name the authority whose safe it is: --authority SLUG")
        with translation.override(args.language):
            file = _opened(args.pdf) if args.pdf else None  # what can't be written to voids no sheet
            if file is None:
                sys.stdout.write(as_text(seal_sheet(authority=authority, now=utc_now(), by=None), settings.public_url))
                return 0
            try:
                _pdf(specimen(authority, utc_now()), settings.public_url)  # nor does a press that can't print
            except PdfError as error:
                _dropped(args.pdf, file)
                raise CommandError(f"no PDF can be made here: {type(error).__name__} {error}") from error
            sealed = seal_sheet(authority=authority, now=utc_now(), by=None)
            try:
                pdf = _pdf(sealed, settings.public_url)
                with os.fdopen(file, "wb") as out:
                    out.write(pdf)
            except (PdfError, OSError) as error:
                # The codes are nowhere else: better on a terminal than lost with the sheet that they made void.
                sys.stdout.write(as_text(sealed, settings.public_url))
                raise CommandError(f"no PDF was written, the sheet is printed above: {type(error).__name__}") from error
    if args.pdf != STANDARD_OUTPUT:
        sys.stdout.write(f"{args.pdf}: print it, seal it in an envelope, then destroy the file (shred -u {args.pdf})\n")
    return 0


def _opened(name: str) -> int:
    """A new file, which nobody else can read from its first byte; raises CommandError when there is one of this name."""
    if name == STANDARD_OUTPUT:
        return os.dup(sys.stdout.fileno())
    try:
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandError(f"{name} exists: name a new file, the former sheet is left as it is") from error
    except OSError as error:
        raise CommandError(f"{name} can't be written: {error.strerror}") from error


def _dropped(name: str, file: int) -> None:
    os.close(file)
    if name != STANDARD_OUTPUT:
        Path(name).unlink()


def _pdf(sealed: "Sealed", address: str) -> bytes:
    """Raises PdfError."""
    from beffroi.kernel.safe.queries import as_page, paper_of  # noqa: PLC0415 - Django is ready only now
    from beffroi.persistence.papers import folder  # noqa: PLC0415 - as above

    return print_sheets(Sheets(as_page(sealed, address), paper_of(sealed), address, folder(), most=2))
