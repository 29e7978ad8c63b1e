"""Entries that cabinets leave, and the places they add to the navigation."""

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place

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
    RegisterKind(
        "cabinet.added", "A cabinet was added.", {"cabinet": FieldType.UUID, "operator": FieldType.UUID}, lasting=True
    ),
    RegisterKind(
        "cabinet.lock-fitted",
        "A lock in service was fitted to a cabinet.",
        {"cabinet": FieldType.UUID, "device": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "cabinet.ladder-set",
        "A cabinet went up or down the ladder.",
        {"cabinet": FieldType.UUID, "ladder": FieldType.CODE},
        lasting=True,
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
    RegisterKind(
        "cabinet.name-seen",
        "Somebody looked at the name of who opened, or tried to: `entry` is that of the use.",
        {"cabinet": FieldType.UUID, "entry": FieldType.UUID},
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)


def town_or_desk(viewer: Viewer) -> bool:
    """Whoever sees cabinets: the authority's people, and a desk under a convention in force."""
    return bool(viewer.authorities() or (viewer.conventions and viewer.organisations_as(Role.DISPATCHER)))


PLACES = (
    Place("cabinets", _("Cabinets"), _("Their doors, their locks, who opened them"), "cabinet", 10, town_or_desk),
    Place(
        "orders",
        _("Work orders"),
        _("Who may open which cabinet, for what, until when"),
        "grant",
        20,
        lambda viewer: bool(viewer.authorities() or viewer.organisations_as(Role.DISPATCHER, Role.TECHNICIAN)),
    ),
    Place(
        "cabinets-system",
        _("Switch cabinets on"),
        _("The impact assessment and the switch"),
        "settings",
        60,
        lambda viewer: bool(viewer.authorities(Role.ADMINISTRATOR)),
    ),
)


def register_places() -> None:
    """Called once, when the application is ready."""
    for place in PLACES:
        register_place(place)
