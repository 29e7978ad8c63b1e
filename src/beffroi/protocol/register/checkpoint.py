"""C2SP checkpoints (origin, size, root, signed as a note), and the signed end of a log that another one continues.

A signed end is a note of our own, never mistaken for a checkpoint, whose text is
    beffroi register end v1 / <origin> / <size> / <root, base64> / <origin of the next log> / <leaves that the next log agrees with>
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .errors import BadCheckpoint, BadNote
from .merkle import GREATEST_SIZE, HASH_BYTES
from .note import VerifierKey, open_note, sign_note

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_END: Final = "beffroi register end v1"
_CHECKPOINT_LINES: Final = 3
_END_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log at a size: its whole content is bound by the root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The last word of a log: nothing follows this checkpoint; `next_origin` takes over after its first `agreed` leaves."""

    last: Checkpoint
    next_origin: str
    agreed: int

    @property
    def text(self) -> str:
        return f"{_END}\n{self.last.text}{self.next_origin}\n{self.agreed}\n"


def sign_checkpoint(checkpoint: Checkpoint, keys: Sequence[Ed25519PrivateKey]) -> str:
    """The signed note; the keys' name is the origin."""
    parse_checkpoint(checkpoint.text)
    return sign_note(checkpoint.text, checkpoint.origin, keys)


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint, once a key among `keys` that is named after its origin has signed it; raises BadNote, BadCheckpoint."""
    text, signers = open_note(note, keys)
    checkpoint = parse_checkpoint(text)
    _check_name(checkpoint.origin, signers)
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint, signed or not yet; extension lines are refused, as this log writes none."""
    lines = text.split("\n")
    if len(lines) != _CHECKPOINT_LINES + 1 or lines[-1]:
        raise BadCheckpoint("a checkpoint has three lines")
    origin, size, root = lines[:_CHECKPOINT_LINES]
    if not origin:
        raise BadCheckpoint("a checkpoint without an origin")
    return Checkpoint(origin=origin, size=_number(size), root=_root(root))


def sign_end(end: LogEnd, keys: Sequence[Ed25519PrivateKey]) -> str:
    return sign_note(end.text, end.last.origin, keys)


def open_end(note: str, keys: Iterable[VerifierKey]) -> LogEnd:
    """The signed end of a log; raises BadNote, BadCheckpoint."""
    text, signers = open_note(note, keys)
    lines = text.split("\n")
    if len(lines) != _END_LINES + 1 or lines[0] != _END:
        raise BadCheckpoint("not the signed end of a log")
    last = parse_checkpoint("\n".join([*lines[1:4], ""]))
    end = LogEnd(last=last, next_origin=lines[4], agreed=_number(lines[5]))
    if end.text != text or not end.next_origin or end.agreed > last.size:
        raise BadCheckpoint("not the signed end of a log")
    _check_name(last.origin, signers)
    return end


def _check_name(origin: str, signers: Iterable[VerifierKey]) -> None:
    if all(key.name != origin for key in signers):
        raise BadNote(f"not signed by a key named {origin}")


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > GREATEST_SIZE:
        raise BadCheckpoint("a size is a decimal number without leading zeroes")
    return int(text)


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCheckpoint("the root is not base64") from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != text:
        raise BadCheckpoint("a root is 32 bytes")
    return root
