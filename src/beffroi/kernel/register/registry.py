"""The kinds of entries that exist: an explicit dictionary, filled from each app's `apps.py` with `register_kind`."""

from .errors import RegisterError, UnknownKind
from .rules import FieldType, Many, RegisterKind, many

__all__ = ["KINDS", "FieldType", "Many", "RegisterKind", "kind_named", "many", "register_kind", "registered_kinds"]

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
