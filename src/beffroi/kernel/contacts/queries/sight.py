"""What one may see and do of door contacts, in words, by the same rules as their list."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.contacts.queries.contacts import visible_contacts
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Contacts, what they tell of their doors, and how they are."""
    if authority not in viewer.authorities(Role.ADMINISTRATOR, Role.AGENT, Role.OPERATOR):
        return []
    many = visible_contacts(viewer).filter(authority_id=authority, retired_at__isnull=True).count()
    words = ngettext(
        "sees %(n)s door contact and what it tells", "sees %(n)s door contacts and what they tell", many
    ) % {"n": localize(many)}
    if authority in viewer.authorities(Role.ADMINISTRATOR):
        return [words, _("puts door contacts on doors and takes them off")]
    return [words]


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("contacts", gettext_lazy("Door contacts"), 52, seen))
