"""What one may do of what is kept, in words."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """How long things are kept is an authority's administrators' to say."""
    if authority not in viewer.authorities(Role.ADMINISTRATOR):
        return []
    return [_("sets how long each kind of thing is kept within the law’s bounds, and reads what was destroyed")]


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("retention", gettext_lazy("What is kept"), 70, seen))
