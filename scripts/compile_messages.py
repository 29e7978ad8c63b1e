"""Compile every django.po beside it into django.mo, without gettext's tools (a newcomer may not have them)."""

import pathlib
import sys

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

for po in sorted(pathlib.Path("src").rglob("*.po")):
    with po.open("rb") as source:
        catalogue = read_po(source)
    with po.with_suffix(".mo").open("wb") as target:
        write_mo(target, catalogue)
    sys.stdout.write(f"{po.with_suffix('.mo')}\n")
