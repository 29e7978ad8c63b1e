"""Entries that this app leaves, the topic on which screens are told of, and the place it adds."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place

TOPIC: Final = "screens"
KEEPERS: Final = (Role.OPERATOR, Role.ADMINISTRATOR)


def keeps_screens(viewer: Viewer) -> bool:
    """Whether the viewer pairs and removes screens of some authority."""
    return bool(viewer.authorities(*KEEPERS))


def register_own() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "screen.paired",
            _("A screen was paired: its key may read the console of the authority."),
            {"screen": FieldType.UUID, "key": FieldType.THUMBPRINT},
        )
    )
    register_kind(
        RegisterKind(
            "screen.revoked",
            _("A screen was removed: its key reads nothing any more."),
            {"screen": FieldType.UUID, "key": FieldType.THUMBPRINT},
        )
    )
    register_place(
        Place(
            "screens",
            _("Wall screens"),
            _("Screens of the supervision centre: add one, see when each was last seen, remove it"),
            "system",
            40,
            keeps_screens,
            "setting-up",
        )
    )
