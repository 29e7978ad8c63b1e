"""Kinds of entries, names of alerts, and the places that this app adds."""

from typing import Final

from django.utils.translation import gettext_lazy

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.checkup import State
from beffroi.persistence.places import Place, register_place

BAD: Final = "upkeep.bad"
WARNING: Final = "upkeep.warning"
KIND_OF: Final = {State.BAD: BAD, State.WARNING: WARNING}
LANGUAGES: Final = ("fr", "en")
WATCHING: Final = (Role.AGENT, Role.OPERATOR, Role.ADMINISTRATOR)


KINDS: Final = (
    RegisterKind(
        "upkeep.sheet-printed",
        gettext_lazy("Somebody printed the sheet of the degraded mode and put it where people find it."),
        {"digest": FieldType.HASH},
        lasting=True,
    ),
)


def _administers(viewer: Viewer) -> bool:
    return bool(viewer.authorities(Role.ADMINISTRATOR))


PLACES: Final = (
    Place(
        "upkeep",
        gettext_lazy("State of the installation"),
        gettext_lazy("What works, what doesn’t, since when, and what to do"),
        "system",
        80,
        _administers,
        "setting-up",
    ),
    Place(
        "degraded",
        gettext_lazy("Degraded mode"),
        gettext_lazy("The sheet to print before the server is down: what still works, who calls whom"),
        "print",
        85,
        lambda viewer: bool(viewer.authorities(*WATCHING)),
        "setting-up",
    ),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
    for place in PLACES:
        register_place(place)
