"""The kinds of entries that exist: an explicit dictionary, filled from each app's `apps.py` with `register_kind`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import BadField, RegisterError, UnknownKind
from .rules import FieldType

__all__ = ["KINDS", "FieldType", "Many", "RegisterKind", "kind_named", "many", "register_kind", "registered_kinds"]

# Said by record() itself, whatever the kind: who acted, under which grant, with which key.
RESERVED = {"by": FieldType.UUID, "grant": FieldType.UUID, "holder": FieldType.THUMBPRINT}

_CODE = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_GREATEST_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Many:
    """A field that holds a sequence of one type."""

    type: FieldType


def many(kind: FieldType) -> Many:
    return Many(kind)


@dataclass(frozen=True)
class RegisterKind:
    """One kind of entry. Every field is required unless its name is in `optional`."""

    code: str
    description: str
    fields: Mapping[str, FieldType | Many]
    optional: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if len(self.code) > _GREATEST_LENGTH or not _CODE.fullmatch(self.code):
            raise RegisterError(f"{self.code!r} is not a register kind: lower-case words joined by dots or hyphens")
        if not self.description.strip():
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


KINDS: dict[str, RegisterKind] = {}


def register_kind(kind: RegisterKind) -> None:
    """Make `kind` known; saying the same thing twice is allowed, two things under one code are not."""
    known = KINDS.setdefault(kind.code, kind)
    if known != kind:
        raise RegisterError(f"two register kinds are called {kind.code}")


def kind_named(code: str) -> RegisterKind:
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(f"no register kind is called {code!r}") from None


def registered_kinds() -> tuple[RegisterKind, ...]:
    """All kinds, by code: what the documentation lists."""
    return tuple(KINDS[code] for code in sorted(KINDS))


ERASED = "register.erased"
LOST = "register.lost"
OPENED = "register.opened"
RESUMED = "register.resumed"

# What the register does itself is on the record too, and its own values are never erased: they explain what is missing.
OWN_KINDS = (
    RegisterKind(
        code=ERASED,
        description="The values of these entries were destroyed; `erased` names them by the hash of their leaf.",
        fields={"erased": many(FieldType.HASH), "reason": FieldType.CODE},
    ),
    RegisterKind(
        code=LOST,
        description="The values of these entries were lost with a database; `lost` names them by the hash of their leaf.",
        fields={"lost": many(FieldType.HASH), "reason": FieldType.CODE},
    ),
    RegisterKind(
        code=RESUMED,
        description="Leaves `first` to `last`, which the database had lost, were taken back from the published log.",
        fields={"first": FieldType.INTEGER, "last": FieldType.INTEGER, "lost": FieldType.INTEGER},
    ),
    RegisterKind(
        code=OPENED,
        description="A generation of the log begins; the one before was closed, and its first `agreed` leaves stand.",
        fields={
            "generation": FieldType.INTEGER,
            "previous_size": FieldType.INTEGER,
            "previous_root": FieldType.HASH,
            "agreed": FieldType.INTEGER,
            "reason": FieldType.CODE,
        },
    ),
)
