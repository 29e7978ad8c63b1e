"""What may stand on the record: kinds, and values that are identifiers, codes, numbers and times, never typed text."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from beffroi.protocol.register.entry import Scalar, Value

from .errors import BadField, RegisterError

GREATEST_INTEGER = 2**53 - 1  # RFC 8785 writes numbers as IEEE doubles
GREATEST_SEQUENCE = 1000

Given = str | int | UUID | datetime
GivenValue = Given | Sequence[Given]


class FieldType(StrEnum):
    """The types a field of an entry may have; each has one canonical JSON form."""

    UUID = "uuid"
    THUMBPRINT = "thumbprint"  # RFC 7638, SHA-256, base64url: 43 characters
    HASH = "hash"  # SHA-256, 64 lower-case hexadecimal digits
    CODE = "code"  # a slug of a closed list: a kind, a purpose, a reason, a state
    DEVICE = "device"  # a gate's or device's id
    KEY = "key"  # a key id (kid)
    INTEGER = "integer"
    FLAG = "flag"
    MINUTE = "minute"  # "2026-11-22T04:41Z"
    TIMESTAMP = "timestamp"  # "2026-11-22T04:41:07Z"


_PATTERNS = {
    FieldType.THUMBPRINT: re.compile(r"[A-Za-z0-9_-]{43}"),
    FieldType.HASH: re.compile(r"[0-9a-f]{64}"),
    FieldType.CODE: re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*"),
    FieldType.DEVICE: re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*"),
    FieldType.KEY: re.compile(r"[A-Za-z0-9_-]+(?:[.:][A-Za-z0-9_-]+)*"),
}
_GREATEST_LENGTH = 64


def minute(moment: datetime) -> str:
    """The minute that holds `moment`, in UTC: "2026-11-22T04:41Z"; a naive datetime is refused."""
    return _aware(moment).strftime("%Y-%m-%dT%H:%MZ")


def canonical_value(kind: FieldType, value: GivenValue, *, many: bool) -> Value:
    """The JSON value that is committed to for `value`; raises BadField when it does not fit its type."""
    if not many:
        if isinstance(value, Sequence) and not isinstance(value, str):
            raise BadField(f"one {kind} expected, not a sequence")
        return _scalar(kind, value)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadField(f"a sequence of {kind} expected")
    if len(value) > GREATEST_SEQUENCE:
        raise BadField(f"at most {GREATEST_SEQUENCE} values in one field")
    return [_scalar(kind, item) for item in value]


def _scalar(kind: FieldType, value: Given) -> Scalar:
    form = _FORMS.get(kind)
    if form is not None:
        return form(value)
    if isinstance(value, str) and len(value) <= _GREATEST_LENGTH and _PATTERNS[kind].fullmatch(value):
        return value
    raise BadField(f"not a {kind}")


def _uuid(value: Given) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        try:
            parsed = UUID(value)
        except ValueError as error:
            raise BadField("not a uuid") from error
        if str(parsed) == value:
            return value
    raise BadField("not a uuid in its canonical form")


def _integer(value: Given) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > GREATEST_INTEGER:
        raise BadField("not an integer between -(2^53-1) and 2^53-1")
    return value


def _flag(value: Given) -> bool:
    if not isinstance(value, bool):
        raise BadField("not a flag")
    return value


def _aware(value: Given) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadField("not a datetime with its zone")
    return value.astimezone(UTC)


def _minute(value: Given) -> str:
    return minute(_aware(value))


def _timestamp(value: Given) -> str:
    return _aware(value).strftime("%Y-%m-%dT%H:%M:%SZ")


_FORMS: dict[FieldType, Callable[[Given], Scalar]] = {
    FieldType.UUID: _uuid,
    FieldType.INTEGER: _integer,
    FieldType.FLAG: _flag,
    FieldType.MINUTE: _minute,
    FieldType.TIMESTAMP: _timestamp,
}


# Said by record() itself, whatever the kind: who acted, for whom and under which mandate when not for themselves, under which grant,
# with which key.
RESERVED = {
    "by": FieldType.UUID,
    "for": FieldType.UUID,
    "mandate": FieldType.UUID,
    "grant": FieldType.UUID,
    "holder": FieldType.THUMBPRINT,
}

_CODE = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Many:
    """A field that holds a sequence of one type."""

    type: FieldType


def many(kind: FieldType) -> Many:
    return Many(kind)


class Text(Protocol):
    """A text that is read in the language in force when it is written out."""

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class RegisterKind:
    """One kind of entry. Every field is required unless its name is in `optional`.

    Its values are kept as traces of access are, and for longer when it is an act of administration: `lasting`.
    """

    code: str
    description: str | Text
    fields: Mapping[str, FieldType | Many]
    optional: frozenset[str] = frozenset()
    lasting: bool = False

    def __post_init__(self) -> None:
        if len(self.code) > _GREATEST_LENGTH or not _CODE.fullmatch(self.code):
            raise RegisterError(f"{self.code!r} is not a register kind: lower-case words joined by dots or hyphens")
        if isinstance(self.description, str) and not self.description.strip():
            raise RegisterError(f"the register kind {self.code} needs a description")
        for name in self.fields:
            if name in RESERVED or len(name) > _GREATEST_LENGTH or not _NAME.fullmatch(name):
                raise RegisterError(f"{self.code}: {name!r} cannot name a field")
        if not self.optional <= set(self.fields):
            raise RegisterError(f"{self.code}: an optional field is not among its fields")

    def check_names(self, given: Iterable[str]) -> None:
        """Raise BadField when a field is unknown or a required one is missing."""
        names = set(given)
        unknown = names - set(self.fields)
        missing = set(self.fields) - self.optional - names
        if unknown or missing:
            raise BadField(f"{self.code}: unknown {sorted(unknown)}, missing {sorted(missing)}")
