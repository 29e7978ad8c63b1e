"""What one may read of the register, in words, by the same rules as its pages."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.register.queries.acts import readable_logs
from beffroi.lib.viewer import Viewer
from beffroi.persistence.sight import Sight, register_sight
from beffroi.protocol.register.entry import INSTALLATION


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """The authority's log, and the installation's."""
    logs = readable_logs(viewer)
    if str(authority) not in logs:
        return []
    found = [_("reads the authority’s register: what was done and when, without names")]
    if INSTALLATION in logs:
        found.append(_("reads the installation’s register: accounts, roles, organisations"))
    return found


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("register", gettext_lazy("The register"), 60, seen))
