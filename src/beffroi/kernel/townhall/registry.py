"""Entries that this app leaves, and the places it adds."""

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.counter.registry import register_done
from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place

EXPORT_ENDS = "townhall.export-ends"

EXPORT = {"export": FieldType.UUID}
TRIED = {"snapshot": FieldType.TIMESTAMP, "entries": FieldType.INTEGER, "seconds": FieldType.INTEGER}
KINDS = (
    RegisterKind("export.asked", _("Somebody asked for all of the authority's data."), EXPORT, lasting=True),
    RegisterKind(
        "export.taken",
        _("Somebody took the file of an export away."),
        EXPORT | {"digest": FieldType.HASH},
        lasting=True,
    ),
    RegisterKind("backup.tried", _("A backup was restored on trial, and its register verified."), TRIED, lasting=True),
    RegisterKind("export.erased", _("The file of an export was erased: its time was over."), EXPORT, lasting=True),
)


def _administers(viewer: Viewer) -> bool:
    return bool(viewer.authorities(Role.ADMINISTRATOR))


OWN_DATA = _("What is held of this person, to be read and printed")
PLACES = (
    Place(
        "start",
        _("First steps"),
        _("What the town has, and what remains to be set up"),
        "check",
        10,
        _administers,
        "setting-up",
    ),
    Place(
        "settings",
        _("Settings"),
        _("Name, logo, colour, domain, contact, legal notice"),
        "settings",
        20,
        _administers,
        "setting-up",
    ),
    Place(
        "systems",
        _("Systems and data"),
        _("What is switched on, its impact assessment, the processing register"),
        "shield",
        30,
        lambda viewer: bool(viewer.authorities()),
        "setting-up",
    ),
    Place(
        "export",
        _("Take the data away"),
        _("All the authority’s tables and its register, as a file"),
        "download",
        90,
        _administers,
        "setting-up",
    ),
    # One's own account page leads there; an agent who acts for somebody does not see that one.
    Place("my-data", _("My data"), OWN_DATA, "print", 85, lambda viewer: viewer.agent is not None, "mine"),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
    for place in PLACES:
        register_place(place)
    register_done("show-own-data", _("What is held of you was shown, to be printed"))
