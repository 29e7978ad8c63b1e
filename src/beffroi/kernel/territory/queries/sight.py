"""What one may see of people and organisations, in words, by the same rules as their pages."""

from uuid import UUID

from django.db.models import Q
from django.utils.formats import localize
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.kernel.territory.queries.people import people
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.kernel.territory.queries.stewardship import managed, sort_of
from beffroi.kernel.territory.rules import DESK, Sort
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Whose names, addresses and roles."""
    rows = managed(viewer).filter(Q(authority=authority) | Q(serves=authority) | Q(steward=authority))
    if not rows.exists():
        return []
    many = people(viewer).filter(memberships__organisation__in=rows).distinct().count()
    words = ngettext(
        "sees the name, address and roles of %(n)s person; gives and ends these roles",
        "sees the names, addresses and roles of %(n)s people; gives and ends these roles",
        many,
    )
    return [words % {"n": localize(many)}]


def seen_by(viewer: Viewer) -> list[str]:
    """Who manages one's roles, and so reads one's name and address."""
    rows = in_force(Membership.objects.filter(person=viewer.person), viewer.as_of)
    found: dict[str, None] = {}
    for row in rows.select_related("organisation__authority__organisation", "organisation__serves__organisation"):
        for keeper in _keepers(row):
            many = in_force(
                Membership.objects.filter(organisation=keeper, role=Role.ADMINISTRATOR.value), viewer.as_of
            ).count()
            if many:
                found[_said(keeper, many)] = None
    return list(found)


def _keepers(row: Membership) -> list[Organisation]:
    """The organisations whose administrators manage this role."""
    organisation = row.organisation
    keepers = [organisation]
    if organisation.serves is not None:
        keepers.append(organisation.serves.organisation)
    if sort_of(organisation) is Sort.PARTNER and organisation.steward is not None and Role(row.role) in DESK:
        keepers.append(organisation.steward.organisation)
    return keepers


def _said(keeper: Organisation, many: int) -> str:
    words = ngettext(
        "%(name)s, its administrator (%(n)s person): your name, address, roles and their dates",
        "%(name)s, its administrators (%(n)s people): your name, address, roles and their dates",
        many,
    )
    return words % {"name": keeper.name, "n": localize(many)}


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("territory", gettext_lazy("People and roles"), 10, seen, seen_by))
