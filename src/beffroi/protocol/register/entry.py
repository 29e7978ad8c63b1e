"""Entries: the bytes that are a leaf, and the salted values that open them.

An entry is canonical JSON (RFC 8785), at most 65,535 bytes (a tile bundle counts its length in 16 bits):
    {"at":"2026-11-22T04:41Z","fields":{"<name>":"<commitment>"},"kind":"<code>","log":"<log>","v":1}
A commitment is base64url(HMAC-SHA-256(key = 32-byte salt, message = canonical JSON of the value)), unpadded.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import rfc8785

from .errors import BadEntry

VERSION: Final = 1
SALT_BYTES: Final = 32
GREATEST_ENTRY: Final = 65_535
INSTALLATION: Final = "installation"

Scalar = str | int | bool
Value = Scalar | list[Scalar]

_KIND = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOG = re.compile(r"installation|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_AT = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\dZ")
_COMMITMENT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a leaf says: a kind, a log, a minute, and one commitment for each field."""

    kind: str
    log: str
    at: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opening:
    """One field opened: its value and the salt that its commitment was made with."""

    value: Value
    salt: bytes


def encode_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Unpadded base64url, one spelling only; raises ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if encode_base64url(data) != text:
        raise ValueError("not the one spelling of these bytes in base64url")
    return data


def commitment(salt: bytes, value: Value) -> str:
    """The commitment of `value` under `salt`: exactly 32 bytes, as HMAC pads a shorter key to the same as a longer one."""
    if len(salt) != SALT_BYTES:
        raise BadEntry("a salt is 32 bytes")
    return encode_base64url(hmac.digest(salt, rfc8785.dumps(value), "sha256"))


def entry_bytes(*, kind: str, log: str, at: str, fields: Mapping[str, str]) -> bytes:
    """The bytes of the leaf; raises BadEntry when a part has the wrong form."""
    check_entry(Entry(kind=kind, log=log, at=at, fields=fields))
    data = rfc8785.dumps({"v": VERSION, "kind": kind, "log": log, "at": at, "fields": dict(fields)})
    if len(data) > GREATEST_ENTRY:
        raise BadEntry(f"an entry is at most {GREATEST_ENTRY} bytes")
    return data


def check_entry(entry: Entry) -> None:
    if not _KIND.fullmatch(entry.kind):
        raise BadEntry("the kind is not a code")
    if not _LOG.fullmatch(entry.log):
        raise BadEntry("the log is neither an authority's id nor the installation's")
    if not _AT.fullmatch(entry.at):
        raise BadEntry("the time is not a minute in UTC")
    if not entry.fields:
        raise BadEntry("an entry commits to at least one field")
    for name, committed in entry.fields.items():
        if not _NAME.fullmatch(name) or not _COMMITMENT.fullmatch(committed):
            raise BadEntry("a field is not a name and a commitment")


def parse_entry(data: bytes) -> Entry:
    """Read a leaf; anything but the canonical bytes of a version 1 entry raises BadEntry."""
    if len(data) > GREATEST_ENTRY:
        raise BadEntry("too long for an entry")
    try:
        raw: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadEntry("not JSON") from error
    if not isinstance(raw, dict) or raw.keys() != {"v", "kind", "log", "at", "fields"}:
        raise BadEntry("not the members of an entry")
    if type(raw["v"]) is not int or raw["v"] != VERSION:
        raise BadEntry("not a version this program knows")
    kind, log, at, fields = raw["kind"], raw["log"], raw["at"], raw["fields"]
    if not (isinstance(kind, str) and isinstance(log, str) and isinstance(at, str) and isinstance(fields, dict)):
        raise BadEntry("a member has the wrong type")
    if not all(isinstance(committed, str) for committed in fields.values()):
        raise BadEntry("a commitment is not a text")
    entry = Entry(kind=kind, log=log, at=at, fields=fields)
    if entry_bytes(kind=kind, log=log, at=at, fields=fields) != data:
        raise BadEntry("not the canonical form")
    return entry


def check_openings(entry: Entry, openings: Mapping[str, Opening]) -> None:
    """Raise BadEntry unless every opening fits the commitment of its field; fields may stay closed."""
    for name, opening in openings.items():
        committed = entry.fields.get(name)
        if committed is None:
            raise BadEntry(f"{name} is opened and not committed to")
        if not hmac.compare_digest(commitment(opening.salt, opening.value), committed):
            raise BadEntry(f"{name} does not open its commitment")


def openings_to_json(openings: Mapping[str, Opening]) -> dict[str, dict[str, Value]]:
    return {name: {"value": o.value, "salt": encode_base64url(o.salt)} for name, o in sorted(openings.items())}


def openings_from_json(raw: object) -> dict[str, Opening]:
    """Read `{name: {"value": …, "salt": …}}`; raises BadEntry."""
    if not isinstance(raw, dict):
        raise BadEntry("the opened fields are not an object")
    return {_text(name): _opening(item) for name, item in raw.items()}


def _opening(item: object) -> Opening:
    if not isinstance(item, dict) or item.keys() != {"value", "salt"}:
        raise BadEntry("an opened field is a value and a salt")
    try:
        salt = decode_base64url(_text(item["salt"]))
    except ValueError as error:
        raise BadEntry("a salt is not base64url") from error
    if len(salt) != SALT_BYTES:
        raise BadEntry("a salt is 32 bytes")
    return Opening(value=_value(item["value"]), salt=salt)


def _text(item: object) -> str:
    if not isinstance(item, str):
        raise BadEntry("a text was expected")
    return item


def _value(item: object) -> Value:
    if isinstance(item, Sequence) and not isinstance(item, str):
        return [_scalar(part) for part in item]
    return _scalar(item)


def _scalar(item: object) -> Scalar:
    if isinstance(item, bool) or (isinstance(item, str) and item.isascii()):
        return item
    if isinstance(item, int) and abs(item) < 2**53:
        return item
    raise BadEntry("a value is an ASCII text, an integer, a flag, or a list of them")
