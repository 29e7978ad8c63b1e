"""Whom conventions bind and in which capacity, and who was designated to ask under them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from beffroi.kernel.grants.models import Convention, ConventionParty, Designation, Grant, GrantState
from beffroi.kernel.grants.rules import Capacity
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.viewer import Role, Viewer


def bound(organisations: Iterable[UUID], *capacities: Capacity) -> Q:
    """Conventions of which one of these organisations is a party, in one of the capacities. Where no party was ever named, as before
    there were any, the partner asks.
    """
    named = list(organisations)
    own = ConventionParty.objects.filter(organisation__in=named, capacity__in=[each.value for each in capacities])
    found = Q(pk__in=own.values("convention"))
    if Capacity.ASKS in capacities:
        found |= Q(~Exists(ConventionParty.objects.filter(convention=OuterRef("pk"))), partner__in=named)
    return found


def is_party(convention: Convention, organisation: UUID, capacity: Capacity) -> bool:
    """Whether a convention binds an organisation in that capacity."""
    return Convention.objects.filter(bound([organisation], capacity), pk=convention.pk).exists()


def parties_of(convention: Convention, capacity: Capacity) -> list[Organisation]:
    """Those that a convention (callers scope it) binds in a capacity, by name."""
    rows = Organisation.objects.filter(party_to__convention=convention, party_to__capacity=capacity.value)
    return list(rows.order_by("name", "pk"))


def conventions_asked(viewer: Viewer, *roles: Role) -> QuerySet[Convention]:
    """Those of the viewer's conventions in force under which an organisation where they hold one of the roles may ask."""
    return Convention.objects.filter(bound(viewer.organisations_as(*roles), Capacity.ASKS), pk__in=viewer.conventions)


def conventions_owned(viewer: Viewer) -> QuerySet[Convention]:
    """Those of the viewer's conventions in force whose things belong to an organisation whose desk they hold."""
    desks = viewer.organisations_as(Role.DISPATCHER)
    return Convention.objects.filter(bound(desks, Capacity.OWNS), pk__in=viewer.conventions)


def owner_for(viewer: Viewer, grant: Grant) -> UUID | None:
    """The organisation in whose name the viewer may answer a request; None for whoever may not."""
    desks = viewer.organisations_as(Role.DISPATCHER)
    owners = ConventionParty.objects.filter(
        convention=grant.convention_id,
        convention__in=viewer.conventions,
        capacity=Capacity.OWNS.value,
        organisation__in=desks,
    )
    return owners.order_by("organisation_id").values_list("organisation_id", flat=True).first()


def requests_to_answer(viewer: Viewer) -> QuerySet[Grant]:
    """Requests that wait for a yes or a no of an organisation whose desk the viewer holds, the oldest first."""
    rows = Grant.objects.filter(
        state=GrantState.WAITING, ends__gt=viewer.as_of, convention__in=conventions_owned(viewer)
    )
    return rows.select_related("holder", "organisation", "convention").order_by("asked_at", "id")


def live_designations(as_of: datetime) -> Q:
    """Designations neither withdrawn nor past their approval."""
    return Q(withdrawn_at__isnull=True, approved_until__gt=as_of)


def designations(viewer: Viewer, convention: Convention) -> QuerySet[Designation]:
    """Who was designated under a convention and not withdrawn, whether their approval runs or has ended: all for the authority's
    administrators, those of their own house for whoever holds its desk or administers it.
    """
    own = viewer.organisations_as(Role.ADMINISTRATOR, Role.DISPATCHER)
    rows = Designation.objects.filter(convention=convention, withdrawn_at__isnull=True)
    if convention.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        rows = rows.filter(organisation__in=own)
    return rows.select_related("person", "organisation").order_by("organisation__name", "person__name", "id")


def own_designations(viewer: Viewer) -> QuerySet[Designation]:
    """The viewer's own, live, under conventions in force: where they may ask."""
    rows = Designation.objects.filter(
        live_designations(viewer.as_of), person=viewer.person, convention__in=viewer.conventions
    )
    return rows.select_related("convention", "organisation").order_by("convention__title", "id")
