"""Entries that cabinets leave."""

from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind

_USE = {
    "cabinet": FieldType.UUID,
    "device": FieldType.UUID,
    "boot": FieldType.INTEGER,
    "sequence": FieldType.INTEGER,
    "transport": FieldType.CODE,
    "organisation": FieldType.UUID,
    "person": FieldType.UUID,
    "action": FieldType.CODE,
    "at": FieldType.TIMESTAMP,
}

KINDS = (
    RegisterKind("cabinet.added", "A cabinet was added.", {"cabinet": FieldType.UUID, "operator": FieldType.UUID}),
    RegisterKind(
        "cabinet.lock-fitted",
        "A lock in service was fitted to a cabinet.",
        {"cabinet": FieldType.UUID, "device": FieldType.UUID},
    ),
    RegisterKind(
        "cabinet.ladder-set",
        "A cabinet went up or down the ladder.",
        {"cabinet": FieldType.UUID, "ladder": FieldType.CODE},
    ),
    RegisterKind(
        "cabinet.opened",
        "A lock admitted somebody and opened; `marks` says what it could not check.",
        {**_USE, "purpose": FieldType.CODE, "marks": many(FieldType.CODE)},
        optional=frozenset({"organisation", "person", "at", "marks"}),
    ),
    RegisterKind(
        "cabinet.refused",
        "A lock refused somebody and stayed shut.",
        {**_USE, "reason": FieldType.CODE},
        optional=frozenset({"organisation", "person", "at", "transport", "action"}),
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
