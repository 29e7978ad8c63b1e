"""What one may see and do of conventions and rights, in words, by the same rules as their pages."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import conventions_of_partners, in_force, visible_conventions, visible_grants
from beffroi.kernel.grants.queries.conventions import A_SECOND
from beffroi.kernel.grants.queries.parties import bound
from beffroi.kernel.grants.rules import Capacity, Kind
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.registry import Tie, register_ties
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def binding(authority: UUID, as_of: datetime) -> list[Convention]:
    """Conventions in force with an authority (callers scope it), by partner."""
    rows = Convention.objects.filter(in_force(as_of), authority_id=authority)
    return list(rows.select_related("partner").order_by("partner__name", "valid_until", "id"))


def ties(viewer: Viewer, organisation: UUID) -> list[Tie]:
    """The conventions in force that bind an organisation, of those that the viewer reads: lines of its page."""
    party = Q(partner=organisation) | Q(authority__organisation=organisation) | bound([organisation], *Capacity)
    rows = visible_conventions(viewer).filter(in_force(viewer.as_of), party)
    words = _("%(title)s, until %(day)s")
    return [
        Tie(words % {"title": row.title, "day": last_day_of(row)}, reverse("convention", args=[row.pk])) for row in rows
    ]


def concerned_authorities(viewer: Viewer) -> frozenset[UUID]:
    """Those that the viewer serves or belongs to, and those with whom a convention in force binds the viewer's organisations."""
    theirs = Authority.objects.filter(Q(organisation__in=viewer.organisations) | Q(services__in=viewer.organisations))
    party = Q(partner__in=viewer.organisations) | bound(viewer.organisations, *Capacity)
    binding_them = Convention.objects.filter(in_force(viewer.as_of), party)
    return frozenset(theirs.values_list("pk", flat=True)) | frozenset(
        binding_them.values_list("authority_id", flat=True)
    )


def last_day_of(convention: Convention) -> str:
    """Its last day, as it is read."""
    return date_format(localtime(convention.valid_until - A_SECOND), "SHORT_DATE_FORMAT")


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Conventions and rights."""
    rows = visible_conventions(viewer).filter(authority_id=authority)
    found = []
    many = rows.count()
    if many:
        words = ngettext("reads %(n)s convention", "reads %(n)s conventions", many) % {"n": localize(many)}
        found.append(words)
    if authority in viewer.authorities(Role.ADMINISTRATOR):
        found.append(_("signs conventions, ends them, and switches systems on and off"))
    desk = conventions_of_partners(viewer, organisations=viewer.organisations_as(Role.DISPATCHER))
    for row in rows.filter(pk__in=desk, purposes__kind=Kind.WORK_ORDER.value).distinct():
        said = {"title": row.title, "day": last_day_of(row)}
        found.append(_("gives work orders to its own technicians, under %(title)s, until %(day)s") % said)
    if viewer.organisations_as(Role.TECHNICIAN) and viewer.conventions & set(rows.values_list("pk", flat=True)):
        found.append(_("opens with a work order of their firm, and sees their own orders only"))
    under_way = visible_grants(viewer).filter(authority_id=authority, ends__gt=viewer.as_of).exclude(state="closed")
    if authority in viewer.authorities():
        rights = under_way.count()
        words = ngettext(
            "sees %(n)s access right under way, with its holder",
            "sees %(n)s access rights under way, with their holders",
            rights,
        )
        found.append(words % {"n": localize(rights)})
    return found


def register() -> None:
    """Called once, when the application is ready."""
    register_ties("grants", ties)
    register_sight(Sight("grants", gettext_lazy("Conventions and access rights"), 20, seen))
