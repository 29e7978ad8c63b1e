"""Rules of lists: pure functions of plain values."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from beffroi.lib.spelling import normalised

# How long a file waits, and how long what it gave can be undone.
WAITS: Final = timedelta(hours=24)
# More than that takes over a second: a worker does it, and says how far it is.
ROWS_AT_ONCE: Final = 1_000
BYTES_AT_ONCE: Final = 200_000
MEGABYTE: Final = 1024 * 1024
# Names that are asked about on one page; the others come once these are said.
NAMES_AT_ONCE: Final = 50
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
_SPACES: Final = re.compile(r"[\s\u00a0\u202f']+")


class Stage(StrEnum):
    """What a worker is at."""

    READ = "read"
    CHECK = "check"
    WRITE = "write"


class Fault(StrEnum):
    """Why a file was not read, or a list not written."""

    TOO_LONG = "too-long"
    EMPTY = "empty"
    NO_LIST = "no-list"
    NOT_YOURS = "not-yours"
    OURS = "ours"
    STOPPED = "stopped"  # its sender wanted no more of it


def guessed(
    known_as: Mapping[str, Sequence[str]], headings: Sequence[str], remembered: Mapping[str, str]
) -> dict[str, int]:
    """Which column of the file says what: as it was chosen before, else by its exact name, else by a word of it; each once."""
    heard = [normalised(heading) for heading in headings]
    found: dict[str, int] = {}
    taken: set[int] = set()

    def take(code: str, at: int) -> None:
        if code in known_as and code not in found and at not in taken:
            found[code] = at
            taken.add(at)

    for at, heading in enumerate(heard):
        if heading in remembered:
            take(remembered[heading], at)
    for exact in (True, False):
        for code, names in known_as.items():
            for name in names:
                for at, heading in enumerate(heard):
                    if heading == name or (not exact and f" {name} " in f" {heading} "):
                        take(code, at)
    return found


def number_of(text: str) -> float | None:
    """A number as people write it in France: spaces inside, a comma or a point, a degree sign after it. None when it is none."""
    bare = _SPACES.sub("", text).removesuffix("°")
    if not _NUMBER.fullmatch(bare) or len(bare) > 30:  # noqa: PLR2004 - no figure of a list is longer
        return None
    return float(bare.replace(",", "."))
