"""Names of what the register stores as identifiers, for whoever may read them there."""

from collections.abc import Collection, Mapping
from uuid import UUID

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.register.registry import Named
from beffroi.kernel.territory.models import ROLE_LABELS, Authority, Organisation, Territory
from beffroi.kernel.territory.queries.members import people_of
from beffroi.kernel.territory.queries.stewardship import managed_invitations, managed_memberships
from beffroi.lib.viewer import Role, Viewer


def name_organisations(_viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Organisations are no secret to whoever may read the entry that names them."""
    rows = Organisation.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {pk: Named(name) for pk, name in rows}


def name_authorities(_viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Authorities, as above."""
    rows = Authority.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {pk: Named(name) for pk, name in rows}


def name_territories(_viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Places, as above."""
    rows = Territory.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {pk: Named(name) for pk, name in rows}


def name_roles(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Roles that the viewer gives and ends: which, and where."""
    rows = managed_memberships(viewer).filter(pk__in=wanted).values_list("pk", "role", "organisation__name")
    return {pk: _role(role, where) for pk, role, where in rows}


def name_invitations(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Invitations that the viewer may make: to what, and where."""
    rows = managed_invitations(viewer).filter(pk__in=wanted).values_list("pk", "role", "organisation__name")
    return {pk: _role(role, where) for pk, role, where in rows}


def name_people(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Colleagues: people of the viewer's own organisations and of their authority's services. A firm's worker stays an identifier."""
    services = Organisation.objects.filter(serves__in=viewer.authorities()).values_list("pk", flat=True)
    colleagues = people_of({*viewer.organisations, *services}, wanted)
    own = {viewer.person} & set(wanted) if viewer.person else set()
    return {pk: Named(name) for pk, name in names(colleagues | own).items()}


def _role(role: str, where: str) -> Named:
    return Named(f"{ROLE_LABELS[Role(role)]}, {where}")
