"""Members of JSON objects, read by name into typed values; any other form is refused.

``exact`` compares the names; the readers (``slug``, ``count``, ``moment`` …) take one member each. Forms are those of
the table "Values" of ``docs/spec/gate.md``.
"""

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Container, Sequence
from itertools import pairwise
from typing import TypeVar

from beffroi.protocol.v1.errors import Reason, RefusalError
from beffroi.protocol.v1.strictjson import MAX_INTEGER, Body, examine

T = TypeVar("T")

UNKNOWN = "unknown"
MAX_TIME = 253402300799
MAX_IDS = 64
TEXT_LENGTH = 80
HASH_LENGTH = 43
FIRST_PRINTABLE = 0x20
DELETE, LAST_C1 = 0x7F, 0x9F

Moment = int | None
"""Seconds since 1970 UTC, or None where the wire says ``unknown``."""

_is_slug = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?").fullmatch
_is_kid = re.compile(r"[A-Za-z0-9_-]{1,43}").fullmatch
# The last character of 32 bytes in base64url carries two unused bits, of 16 or 64 bytes four: zero in the only spelling.
_is_hash = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch
_is_nonce = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]").fullmatch
_is_signature = re.compile(r"[A-Za-z0-9_-]{85}[AQgw]").fullmatch

_LAST: tuple[frozenset[str] | None, ...] = (None, frozenset(), frozenset("AQgw"), frozenset("AEIMQUYcgkosw048"))
"""What the last character may be, by length modulo 4; no text is one character longer than a multiple of 4."""
_PADDING = (b"", b"", b"==", b"=")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def encode_bytes(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_bytes(text: str) -> bytes | None:
    """The bytes of base64url without padding; None unless it is their only spelling (the unused bits are zero)."""
    if not text.isascii():
        return None
    data, odd = text.encode(), len(text) % 4
    last = _LAST[odd]
    if data.translate(None, _ALPHABET) or (last is not None and text[-1] not in last):
        return None
    return a2b_base64(data.translate(_TO_STANDARD) + _PADDING[odd])


def decode_hash(text: str) -> bytes:
    """The 32 bytes of a text that ``is_hash`` has accepted."""
    return a2b_base64(text.encode().translate(_TO_STANDARD) + b"=")


def is_slug(value: object) -> bool:
    """Whether a value is an id."""
    return isinstance(value, str) and _is_slug(value) is not None


def is_hash(value: object) -> bool:
    """Whether a value is the base64url spelling of 32 bytes."""
    return isinstance(value, str) and _is_hash(value) is not None


def is_nonce(value: object) -> bool:
    """Whether a value is the base64url spelling of 16 bytes."""
    return isinstance(value, str) and _is_nonce(value) is not None


def wrong(name: str, body: object = None) -> RefusalError:
    """The refusal of a member's value; a fault of the JSON around it comes first."""
    if body is not None:
        examine(body)
    return RefusalError(Reason.MEMBER_VALUE, name)


def exact(body: Body, required: frozenset[str], optional: frozenset[str] = frozenset()) -> None:
    """Refuse an object that lacks a required member or has one that is not listed."""
    names = body.keys()
    if names == required:
        return
    examine(body)
    missing = required - names
    if missing:
        raise RefusalError(Reason.MEMBER_MISSING, min(missing))
    surplus = names - required - optional
    if surplus:
        raise RefusalError(Reason.MEMBER_UNKNOWN, min(surplus))


def optional(body: Body, name: str, reader: Callable[[Body, str], T]) -> T | None:
    """What the reader reads, or None when the member is not there."""
    return reader(body, name) if name in body else None


def matching(body: Body, name: str, form: Callable[[str], re.Match[str] | None]) -> str:
    """A string of one form."""
    value = body[name]
    if not isinstance(value, str) or not form(value):
        raise wrong(name, body)
    return value


def slug(body: Body, name: str) -> str:
    """An id."""
    return matching(body, name, _is_slug)


def kid(body: Body, name: str) -> str:
    """The name of a key."""
    return matching(body, name, _is_kid)


def digest(body: Body, name: str) -> str:
    """A hash or a thumbprint, still in base64url."""
    return matching(body, name, _is_hash)


def nonce(body: Body, name: str) -> str:
    """A nonce, still in base64url."""
    return matching(body, name, _is_nonce)


def signature(body: Body, name: str) -> str:
    """64 bytes in base64url."""
    return matching(body, name, _is_signature)


def token(body: Body, name: str) -> str:
    """A string whose inside another module reads."""
    value = body[name]
    if not isinstance(value, str):
        raise wrong(name, body)
    return value


def integer(body: Body, name: str, least: int, most: int) -> int:
    """An integer between bounds, both included."""
    value = body[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong(name, body)
    return value


def count(body: Body, name: str) -> int:
    """An integer from 0."""
    return integer(body, name, 0, MAX_INTEGER)


def ordinal(body: Body, name: str) -> int:
    """An integer from 1."""
    return integer(body, name, 1, MAX_INTEGER)


def time(body: Body, name: str) -> int:
    """Seconds since 1970 UTC."""
    return integer(body, name, 0, MAX_TIME)


def moment(body: Body, name: str) -> Moment:
    """Seconds since 1970 UTC, or None for ``unknown``."""
    return None if body[name] == UNKNOWN else time(body, name)


def spell_moment(value: Moment) -> int | str:
    """The wire form of a moment."""
    return UNKNOWN if value is None else value


def text(body: Body, name: str) -> str:
    """Words for people: 1 to 80 characters, none of them a control character."""
    value = body[name]
    if not isinstance(value, str) or not 1 <= len(value) <= TEXT_LENGTH or any(map(_is_control, value)):
        raise wrong(name, body)
    return value


def _is_control(character: str) -> bool:
    return ord(character) < FIRST_PRINTABLE or DELETE <= ord(character) <= LAST_C1


def choice(body: Body, name: str, among: Container[str]) -> str:
    """One of a closed list of strings."""
    value = body[name]
    if not isinstance(value, str) or value not in among:
        raise wrong(name, body)
    return value


def inner(body: Body, name: str) -> Body:
    """An object inside the object."""
    value = body[name]
    if not isinstance(value, dict):
        raise wrong(name, body)
    return value


def array(body: Body, name: str, least: int, most: int) -> list[object]:
    """An array whose length lies between bounds."""
    value = body[name]
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise wrong(name, body)
    return value


def ascending(values: Sequence[str]) -> bool:
    """Whether each string comes strictly after the one before it."""
    return all(before < after for before, after in pairwise(values))


def sorted_strings(
    body: Body, name: str, form: Callable[[object], bool], least: int = 1, most: int = MAX_IDS
) -> tuple[str, ...]:
    """An array of strings of one form, strictly ascending."""
    values = tuple(item for item in array(body, name, least, most) if isinstance(item, str) and form(item))
    if len(values) != len(array(body, name, least, most)) or not ascending(values):
        raise wrong(name, body)
    return values


def slugs(body: Body, name: str) -> tuple[str, ...]:
    """1 to 64 ids, strictly ascending."""
    return sorted_strings(body, name, is_slug)
