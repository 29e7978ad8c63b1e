"""Entries that cabinets leave, and the places they add to the navigation."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.registry import ConventionSystem, Template, register_convention_system
from beffroi.kernel.grants.rules import Uses
from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place
from beffroi.systems.cabinets.rules import SYSTEM

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
        "cabinet.added",
        _("A cabinet was added."),
        {"cabinet": FieldType.UUID, "operator": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "cabinet.imported",
        _("A list of cabinets was written down; `digest` is over the identifiers of those it added and changed."),
        {
            "batch": FieldType.UUID,
            "added": FieldType.INTEGER,
            "changed": FieldType.INTEGER,
            "digest": FieldType.HASH,
        },
        lasting=True,
    ),
    RegisterKind(
        "cabinet.import-undone",
        _("What a list wrote and nobody used since was taken back; `left` of it stayed."),
        {
            "batch": FieldType.UUID,
            "removed": FieldType.INTEGER,
            "restored": FieldType.INTEGER,
            "left": FieldType.INTEGER,
        },
        lasting=True,
    ),
    RegisterKind(
        "cabinet.lock-fitted",
        _("A lock in service was fitted to a cabinet."),
        {"cabinet": FieldType.UUID, "device": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "cabinet.ladder-set",
        _("A cabinet went up or down the ladder."),
        {"cabinet": FieldType.UUID, "ladder": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "cabinet.opened",
        _("A lock admitted somebody and opened; `marks` says what it could not check."),
        {**_USE, "purpose": FieldType.CODE, "marks": many(FieldType.CODE)},
        optional=frozenset({"organisation", "person", "at", "marks"}),
    ),
    RegisterKind(
        "cabinet.refused",
        _("A lock refused somebody and stayed shut."),
        {**_USE, "reason": FieldType.CODE},
        optional=frozenset({"organisation", "person", "at", "transport", "action"}),
    ),
    RegisterKind(
        "cabinet.name-seen",
        _("Somebody looked at the name of who opened, or tried to; `entry` is that of the use."),
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
        short=pgettext_lazy("a phone's bar", "Orders"),
    ),
    Place(
        "figures-cabinets",
        _("Figures of cabinets"),
        _("Openings, refusals, alerts, promises kept, over time"),
        "chart",
        25,
        town_or_desk,
    ),
)


def register_places() -> None:
    """Called once, when the application is ready."""
    for place in PLACES:
        register_place(place)


def right_to_open(count: int) -> str:
    """What a convention's plain words say of a right."""
    words = ngettext("to open this one cabinet", "to open one of these %(count)s cabinets", count)
    return words % {"count": localize(count)}


def so_many(count: int) -> str:
    """How much a convention covers."""
    return ngettext("%(count)s cabinet", "%(count)s cabinets", count) % {"count": localize(count)}


def fibre() -> Mapping[str, object]:
    """What a town and an operator usually sign; the version of the text is left to whoever has read it."""
    law = {
        "legal_text": "Code des postes et des communications électroniques",
        "legal_article": "L34-8-3",
        "legal_version_on": "",
        "least": "15",
    }
    return {
        "title": gettext("Access to street fibre cabinets"),
        "purposes": [
            {"label": gettext("Connecting a customer"), **law, "most": "720"},
            {"label": gettext("Repair"), **law, "most": "1440"},
            {"label": gettext("Maintenance"), **law, "most": "720"},
        ],
    }


def register_conventions(things: Callable[[UUID], QuerySet[Model]], uses: Callable[[Viewer, UUID, int], Uses]) -> None:
    """Called once, when the application is ready, with what conventions may cover and what is done under them."""
    fibres = Template("fibre", _("Fibre: an operator’s technicians and the street cabinets"), fibre)
    register_convention_system(
        ConventionSystem(
            SYSTEM, _("Cabinets"), things, _("Operator"), right_to_open, so_many, uses, templates=(fibres,)
        )
    )
