"""C2SP signed notes with Ed25519 (signature type 0x01), and the verifier key's one-line form.

A verifier key is "<name>+<key id, 8 hexadecimal digits>+<base64(0x01 || 32-byte public key)>", where the key id is the
first four bytes of SHA-256(name || 0x0A || 0x01 || public key).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import BadNote

ED25519: Final = b"\x01"
GREATEST_NOTE: Final = 64 * 1024
_GREATEST_SIGNATURES: Final = 100
_KEY_ID_BYTES: Final = 4
_PUBLIC_KEY_BYTES: Final = 32
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,255}")
_SIGNATURE_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and an Ed25519 public key (32 raw bytes)."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public) != _PUBLIC_KEY_BYTES:
            raise BadNote("a key has a name without spaces or plus signs, and 32 bytes")

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read the one-line form; raises BadNote."""
        name, _, rest = text.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        data = _decode(encoded, "the key")
        if data[:1] != ED25519:
            raise BadNote("not an Ed25519 verifier key")
        key = cls(name, data[1:])
        if identifier != key.id.hex():
            raise BadNote("the key's id does not belong to its name and bytes")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def verifier_key(name: str, private: Ed25519PrivateKey) -> VerifierKey:
    return VerifierKey(name, private.public_key().public_bytes_raw())


def sign_note(text: str, name: str, keys: Sequence[Ed25519PrivateKey]) -> str:
    """The note: `text` (ending in a newline), a blank line, one signature line for each key."""
    _check_text(text)
    lines: list[str] = []
    for private in keys:
        key = verifier_key(name, private)
        encoded = base64.b64encode(key.id + private.sign(text.encode())).decode()
        lines.append(f"— {name} {encoded}\n")
    if not lines:
        raise BadNote("a note is signed by at least one key")
    return text + "\n" + "".join(lines)


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, tuple[VerifierKey, ...]]:
    """The text, and the keys among `keys` that signed it: at least one, and none of them with a false signature.

    Signatures of other keys are ignored, as witnesses' may be there. Raises BadNote.
    """
    if len(note) > GREATEST_NOTE or not note.endswith("\n") or _SURROGATE.search(note):
        raise BadNote("not a signed note")
    text, separator, signatures = note[:-1].rpartition("\n\n")
    if not separator:
        raise BadNote("a note without signatures")
    text += "\n"
    _check_text(text)
    known = {(key.name, key.id): key for key in keys}
    signers: list[VerifierKey] = []
    lines = signatures.split("\n")
    if len(lines) > _GREATEST_SIGNATURES:
        raise BadNote("too many signatures")
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        if not match:
            raise BadNote("a signature line that cannot be read")
        signature = _decode(match["signature"], "a signature")
        key = known.get((match["name"], signature[:_KEY_ID_BYTES]))
        if key is None:
            continue
        if key in signers or not key.holds(text, signature[_KEY_ID_BYTES:]):
            raise BadNote(f"the signature of {key.name} does not hold")
        signers.append(key)
    if not signers:
        raise BadNote("none of the keys given signed this note")
    return text, tuple(signers)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise BadNote("a note's text ends in a newline and has no control character")


def _decode(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"{what} is not base64") from error
    if base64.b64encode(data).decode() != text:
        raise BadNote(f"{what} is not base64 in its one spelling")
    return data
