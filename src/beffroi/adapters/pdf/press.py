"""Our side of the press: gives a child program a page, and takes its PDF within bounds of time, memory and pages."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from beffroi.adapters.pdf.errors import PdfFailed, PdfTooLong, PdfTooSlow
from beffroi.adapters.process.child import harmless_environment

SECONDS: Final = 30.0
LONGEST_PAGE: Final = 4_000_000  # characters of HTML
TOO_LONG: Final = 3  # the child's exit code for it


@dataclass(frozen=True, slots=True)
class Sheets:
    """A page to print: its HTML, the style of paper, where the page's links lead, and the one folder it may read from, as `/paper/`."""

    html: str
    css: str
    origin: str
    folder: Path
    most: int = 200


def print_sheets(sheets: Sheets, *, seconds: float = SECONDS) -> bytes:
    """The PDF of a page; raises PdfTooLong, PdfTooSlow and PdfFailed. No other address than the folder's files is ever read."""
    if len(sheets.html) > LONGEST_PAGE:
        raise PdfTooLong
    order = asdict(sheets) | {"folder": str(sheets.folder)}
    try:
        with TemporaryDirectory(
            prefix="beffroi-paper-"
        ) as scratch:  # it unpacks fonts, and takes none back when it is killed
            done = subprocess.run(
                [sys.executable, "-P", "-m", "beffroi.adapters.pdf.sheet"],
                input=json.dumps(order).encode(),
                capture_output=True,
                timeout=seconds,
                env=harmless_environment() | {"TMPDIR": scratch},
                cwd="/",
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise PdfTooSlow from error
    except OSError as error:
        raise PdfFailed(str(error)) from error
    if done.returncode == TOO_LONG:
        raise PdfTooLong
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise PdfFailed(done.stderr.decode(errors="replace")[-500:])
    return done.stdout
