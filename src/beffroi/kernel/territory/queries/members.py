"""Who belongs to an organisation, by viewer."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role, Viewer


def members(viewer: Viewer, organisation: UUID) -> QuerySet[Membership]:
    """Live members of an organisation whose desk or administrator the viewer is."""
    rows = in_force(Membership.objects.filter(organisation_id=organisation), viewer.as_of).select_related(
        "person", "organisation"
    )
    if organisation not in viewer.organisations_as(Role.ADMINISTRATOR, Role.DISPATCHER):
        return rows.none()
    return rows.order_by("person__name", "id")


def desks(viewer: Viewer) -> QuerySet[Organisation]:
    """Organisations whose desk the viewer holds, by name."""
    return Organisation.objects.filter(pk__in=viewer.organisations_as(Role.DISPATCHER)).order_by("name", "id")


def technicians(viewer: Viewer, organisation: UUID) -> QuerySet[Membership]:
    """Live technicians of an organisation, for those who may see its members."""
    return members(viewer, organisation).filter(role=Role.TECHNICIAN.value)


def technicians_to_choose(viewer: Viewer, organisation: UUID) -> QuerySet[Person]:
    """The same as people, each once."""
    return Person.objects.filter(pk__in=technicians(viewer, organisation).values("person")).order_by("name", "id")


def people_of(organisations: Iterable[UUID], among: Iterable[UUID]) -> set[UUID]:
    """Those who ever were members of these organisations (callers scope the organisations)."""
    ever = Membership.objects.filter(organisation_id__in=list(organisations), person_id__in=list(among))
    return set(ever.values_list("person_id", flat=True))


def serving(organisation: UUID, roles: Iterable[Role], at: datetime) -> QuerySet[Person]:
    """Who holds one of these roles in an organisation at that moment, by name (callers scope it)."""
    posts = in_force(Membership.objects.filter(organisation_id=organisation), at)
    people = posts.filter(role__in=[role.value for role in roles]).values("person")
    return Person.objects.filter(pk__in=people).order_by("name", "id")


def staffed(organisations: Iterable[UUID], roles: Iterable[Role], at: datetime) -> frozenset[UUID]:
    """Those of these organisations where somebody holds one of these roles at that moment (callers scope them)."""
    posts = in_force(Membership.objects.filter(organisation_id__in=list(organisations)), at)
    held = posts.filter(role__in=[role.value for role in roles])
    return frozenset(held.values_list("organisation_id", flat=True))


def colleagues(viewer: Viewer, organisations: Iterable[UUID], roles: Iterable[Role]) -> QuerySet[Person]:
    """Who holds one of these roles in one of these organisations, of those that are the viewer's own; each once, by name."""
    own = [one for one in organisations if one in viewer.organisations]
    posts = in_force(Membership.objects.filter(organisation_id__in=own), viewer.as_of)
    people = posts.filter(role__in=[role.value for role in roles]).values("person")
    return Person.objects.filter(pk__in=people).order_by("name", "id")
