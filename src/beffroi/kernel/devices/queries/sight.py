"""What one may see and do of devices, in words, by the same rules as their list."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.devices.queries.health import find_devices
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Devices and how they are."""
    if authority not in viewer.authorities(Role.ADMINISTRATOR, Role.AGENT):
        return []
    many = find_devices(viewer).filter(authority_id=authority).count()
    words = ngettext("sees %(n)s device and how it is", "sees %(n)s devices and how they are", many) % {
        "n": localize(many)
    }
    if authority in viewer.authorities(Role.ADMINISTRATOR):
        return [words, _("tells devices something, and takes them out of service")]
    return [words]


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("devices", gettext_lazy("Devices"), 50, seen))
