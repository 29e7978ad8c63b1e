"""A sign of life, as one line of text (docs/spec/beats.md):

    beffroi-beat v1 KEY TIME SIGNATURE

KEY is the 32 bytes of an Ed25519 public key and SIGNATURE its 64 bytes over what stands before it and the space, both base64url without
padding; TIME is milliseconds since 1970, in UTC.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST: Final = 256
# 43 and 86 signs: what 32 and 64 bytes are; a moment has as many digits until the year 2286.
_LINE: Final = re.compile(r"(beffroi-beat v1 ([A-Za-z0-9_-]{43}) ([0-9]{13})) ([A-Za-z0-9_-]{86})", re.ASCII)


class BadBeat(ValueError):
    """Not a sign of life, or not of whom it names; nothing of it is repeated in the message."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Whose it is, as `key_text` writes it, and when it was made, in milliseconds."""

    key: str
    at: int


def key_text(key: Ed25519PublicKey) -> str:
    """A key as beats and people write it."""
    return _text(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def make(key: Ed25519PrivateKey, at: int) -> bytes:
    """The line, without its end."""
    said = f"beffroi-beat v1 {key_text(key.public_key())} {at:013d}"
    return f"{said} {_text(key.sign(said.encode('ascii')))}".encode("ascii")


def read(line: bytes) -> Beat:
    """What a line says, its signature checked by the key that it names: whether we know that key is the caller's affair. Raises BadBeat."""
    if len(line) > LONGEST:
        raise BadBeat("too long")
    try:
        found = _LINE.fullmatch(line.decode("ascii"))
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise BadBeat("not a sign of life")
    said, key, at, signature = found.groups()
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key)).verify(_bytes(signature), said.encode("ascii"))
    except (InvalidSignature, ValueError):
        raise BadBeat("signed by nobody") from None
    return Beat(key, int(at))


def usable(key: str) -> bool:
    """Whether a text is a key as we write it: one text a key."""
    try:
        return len(key) == 43 and key_text(Ed25519PublicKey.from_public_bytes(_bytes(key))) == key  # noqa: PLR2004 - as above
    except ValueError:
        return False


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    """Raises ValueError, for a spelling that isn't ours too: the last character has bits that say nothing."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(data) != text:
        raise ValueError("another spelling")
    return data
