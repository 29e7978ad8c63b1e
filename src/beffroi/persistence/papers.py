"""Pages that may be had on paper, as a PDF: each app names its own routes in `ready()`, the shell makes what they show into one.

The style of paper, for whoever prints: the shell its pages, a command whole papers.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

SHEET: Final = "paper.css"
FONT: Final = (
    "node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/"
    "atkinson-hyperlegible-next-latin-wght-normal.woff2"
)
PAPERS: set[str] = set()


def register_paper(*routes: str) -> None:
    """The pages of these routes have a PDF at the same address, with `?format=pdf`: their templates say `{% paper %}`."""
    PAPERS.update(routes)


def style(name: str, colour: str, made: datetime) -> str:
    """Paper's style sheet, with the font of the screens, and the authority's name, the date and the count of pages on each."""
    count = f'{_quoted(_("Page"))} " " counter(page) " / " counter(pages)'
    read = date_format(localtime(made), "SHORT_DATETIME_FORMAT")
    return f"""{_sheet()}
@page {{ @top-left {{ content: {_quoted(name)}; }} @top-right {{ content: {_quoted(read)}; }} @bottom-right {{ content: {count}; }} }}
:root {{ --colour: {colour}; }}"""


@cache
def folder() -> Path:
    """The one folder that paper may read from, as `/paper/`."""
    found = finders.find(SHEET)
    if not isinstance(found, str):
        raise TypeError(f"{SHEET} is not among the static files")
    return Path(found).parent


def _quoted(text: str) -> str:
    """A CSS string that holds whatever somebody called their town."""
    return '"' + "".join(character if character.isalnum() else f"\\{ord(character):x} " for character in text) + '"'


@cache
def _sheet() -> str:
    manifest = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    try:
        font = json.loads(manifest.read_text(encoding="utf-8"))[FONT]["file"]
    except (OSError, KeyError):
        font = ""  # the front end is not built: the machine's own font serves
    face = f"@font-face {{ font-family: Page; src: url(/paper/built/{font}); font-weight: 200 800; }}\n" if font else ""
    return face + (folder() / SHEET).read_text(encoding="utf-8")
