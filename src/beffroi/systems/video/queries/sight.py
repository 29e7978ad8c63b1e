"""What one may see of cameras, in words, by the same rules as their pages."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight
from beffroi.systems.video.queries.access import ANSWERING
from beffroi.systems.video.queries.cameras import visible_sites


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Sites and cameras, and what else."""
    many = visible_sites(viewer).filter(authority_id=authority).count()
    found = []
    if many:
        words = ngettext("sees %(n)s site with cameras", "sees %(n)s sites with cameras", many)
        found.append(words % {"n": localize(many)})
    if authority in viewer.authorities(Role.ADMINISTRATOR):
        found.append(_("sets up cameras and relays; a camera’s password is shown to nobody"))
    if authority in viewer.authorities(*ANSWERING):
        found.append(_("answers inhabitants’ requests about their images"))
    return found


def seen_by(_viewer: Viewer) -> list[str]:
    """Nobody learns of a person from a list of cameras."""
    return []


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("video", gettext_lazy("Cameras"), 45, seen, seen_by))
