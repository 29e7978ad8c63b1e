"""PostgreSQL's own log (WAL), kept segment by segment: names, and what is signed about each (docs/spec/backup.md, 8)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .errors import BadLog

SEGMENT: Final = re.compile(r"[0-9A-F]{16}000000[0-9A-F]{2}", re.ASCII)
HISTORY: Final = re.compile(r"[0-9A-F]{8}\.history", re.ASCII)
SYSTEM: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
# 16 MB each, as every cluster of ours has them.
SEGMENT_BYTES: Final = 16 * 1024 * 1024
PIECE: Final = "beffroi wal v1"
BASE: Final = "beffroi base v1"
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
_TIMELINE: Final = 8
_A_LOG: Final = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, or a timeline's history: of which cluster, when it was written to its end, the SHA-256 of its sealed file."""

    system: str
    name: str
    closed: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Base:
    """A copy of the whole cluster, kept in the backup of that name, and the first segment that it needs."""

    system: str
    backup: str
    segment: str


def is_piece(name: str) -> bool:
    """Whether a file of this name is kept."""
    return SEGMENT.fullmatch(name) is not None or HISTORY.fullmatch(name) is not None


def timeline_of(segment: str) -> str:
    """The first eight characters: which history it belongs to."""
    return segment[:_TIMELINE]


def following(segment: str) -> str:
    """The one that comes after it on the same timeline; the last that can be, after 16 EiB, has none."""
    number = int(segment[8:16], 16) * _A_LOG + int(segment[16:], 16) + 1
    return f"{timeline_of(segment)}{number // _A_LOG:08X}{number % _A_LOG:08X}"


def piece_text(piece: Piece) -> str:
    """What is signed about it."""
    closed = piece.closed.astimezone(UTC).strftime(_MOMENT)
    return f"{PIECE}\n{piece.system}\n{piece.name}\n{closed}\n{piece.sha256}\n"


def read_piece(text: str) -> Piece:
    """What `piece_text` wrote; raises BadLog."""
    lines = _lines(text, PIECE, 5)
    try:
        piece = Piece(lines[1], lines[2], datetime.strptime(lines[3], _MOMENT).replace(tzinfo=UTC), lines[4])
    except ValueError as error:
        raise BadLog("a note about a piece of the log says no moment") from error
    if not (SYSTEM.fullmatch(piece.system) and is_piece(piece.name) and _SHA256.fullmatch(piece.sha256)):
        raise BadLog("a note about a piece of the log is not ours")
    if piece_text(piece) != text:
        raise BadLog("a note about a piece of the log is not in its one spelling")
    return piece


def base_text(base: Base) -> str:
    """What is signed about it."""
    return f"{BASE}\n{base.system}\n{base.backup}\n{base.segment}\n"


def read_base(text: str) -> Base:
    """What `base_text` wrote; raises BadLog."""
    lines = _lines(text, BASE, 4)
    base = Base(lines[1], lines[2], lines[3])
    if not (SYSTEM.fullmatch(base.system) and SEGMENT.fullmatch(base.segment)) or base_text(base) != text:
        raise BadLog("a note about a base is not ours")
    return base


def _lines(text: str, first: str, count: int) -> list[str]:
    lines = text.split("\n")
    if len(lines) != count + 1 or lines[0] != first:
        raise BadLog(f"this is no note of {first}")
    return lines
