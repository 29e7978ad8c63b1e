"""A root on paper: the page that is printed, and what is read back from a file, or from what somebody types."""

import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.keystore import KeyStoreError, private_of
from beffroi.cli.errors import CommandError
from beffroi.lib.typed import GROUPS, TypedError, read, spell

TYPED = Path("-")
# A root is a few lines, whichever way it is written.
LONGEST = 4096
# The page is a file of its own, opened from a disk and printed: no style sheet of ours is within its reach.
DOCUMENT = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{authority}</title>
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font: 12pt/1.45 system-ui, sans-serif; color: #000; background: #fff; max-width: 170mm; margin: 8mm auto; padding: 0 4mm }}
h1 {{ font-size: 20pt; line-height: 1.15; margin: 0 0 2mm }}
ol {{ list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(40mm, 1fr)); gap: 3mm; margin: 6mm 0; padding: 0 }}
li {{ border: 0.3mm solid #555; border-radius: 1mm; padding: 1.5mm 3mm; break-inside: avoid; white-space: nowrap }}
li span {{ color: #444; font-size: 9pt; margin-right: 2mm }}
code {{ font: 700 16pt/1.2 ui-monospace, "DejaVu Sans Mono", monospace; letter-spacing: 0.08em }}
svg {{ width: 48mm; height: 48mm }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


class RootError(CommandError):
    """What was given is no root; the message says why, and never what was given."""


def read_root(path: Path) -> Ed25519PrivateKey:
    """A root from its file, or from a text of the groups on its paper; `-` reads what is typed. Raises RootError."""
    text = _text(path)
    try:
        written = text.lstrip().startswith("{")
        key = private_of(json.loads(text)) if written else Ed25519PrivateKey.from_private_bytes(read(text))
    except TypedError as error:
        raise RootError(f"{_named(path)}: {error}") from error
    except (KeyStoreError, ValueError) as error:
        raise RootError(f"{_named(path)} is not a readable key: take the other root, or its paper") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RootError(f"{_named(path)} is no root")
    return key


def _named(path: Path) -> str:
    return "what was typed" if path == TYPED else str(path)


def _text(path: Path) -> str:
    if path == TYPED:
        if sys.stdin.isatty():
            sys.stderr.write(f"Type the {GROUPS} groups of the paper, then Enter and Ctrl-D:\n")
        return sys.stdin.read(LONGEST)
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LONGEST)
    except OSError as error:
        raise RootError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise RootError(f"{path} is no text: a root's file, or what its paper says, is needed") from error


def page(root: Ed25519PrivateKey, *, authority: str, position: int) -> str:
    """The page to print, as HTML that needs nothing else: the groups, and the same as a QR code."""
    from django.template.loader import render_to_string  # noqa: PLC0415 - Django is ready only now
    from django.utils.html import escape  # noqa: PLC0415 - as above
    from django.utils.translation import get_language  # noqa: PLC0415 - as above

    groups = spell(root.private_bytes_raw())
    rows = list(enumerate(groups, start=1))
    body = render_to_string(
        "grants/root.html",
        {"authority": authority, "position": position, "groups": rows, "text": " ".join(groups)},
    )
    return DOCUMENT.format(language=get_language(), authority=escape(authority), body=body)


def write_page(path: Path, text: str) -> None:
    """For its owner's eyes only, never over another file. Raises RootError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RootError(f"{path} can't be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
