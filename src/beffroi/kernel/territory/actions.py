"""The only place that writes places, organisations and memberships."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.errors import AlreadyMember, EndBeforeStart, SlugTaken
from beffroi.kernel.territory.models import (
    Authority,
    Membership,
    Organisation,
    OrganisationKind,
    Territory,
    TerritoryKind,
)
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


@kernel_action
def create_organisation(
    *, name: str, kind: OrganisationKind, by: UUID | None, serves: UUID | None = None
) -> Organisation:
    """Register an organisation, as an authority's service when `serves` names one; raises django's ValidationError on a name taken."""
    organisation = Organisation(name=name.strip(), kind=kind, serves_id=serves)
    organisation.full_clean()
    organisation.save()
    fields: dict[str, UUID | str] = {"organisation": organisation.id, "kind": str(kind)}
    if serves is not None:
        fields["serves"] = serves
    record(kind="organisation.created", authority=None, by=by, fields=fields)
    return organisation


@kernel_action
def create_authority(
    *,
    slug: str,
    name: str,
    by: UUID | None,
    kind: OrganisationKind = OrganisationKind.TOWN_HALL,
    territory: TerritoryKind = TerritoryKind.COMMUNE,
) -> Authority:
    """Begin an authority's part: its own organisation, the root of its tree, the first entry of its log. Raises SlugTaken."""
    if Authority.objects.filter(slug=slug).exists():
        raise SlugTaken
    organisation = create_organisation(name=name, kind=kind, by=by)
    authority = Authority(slug=slug, name=name.strip(), organisation=organisation)
    authority.full_clean()
    authority.save()
    Territory.objects.create(authority=authority, kind=territory, name=authority.name)
    record(kind="authority.created", authority=authority.id, by=by, fields={"authority": authority.id})
    return authority


@kernel_action
def create_territory(
    *, authority: Authority, parent: Territory, kind: TerritoryKind, name: str, by: UUID | None
) -> Territory:
    """Add a place to the tree: content, exempt from the register by its class."""
    territory = Territory(authority=authority, parent=parent, kind=kind, name=name.strip())
    territory.full_clean()
    territory.save()
    return territory


@kernel_action
def begin_membership(
    *,
    person: UUID,
    organisation: Organisation,
    role: Role,
    valid_from: datetime,
    by: UUID | None,
    valid_until: datetime | None = None,
) -> Membership:
    """Give a person a role in an organisation; raises AlreadyMember, EndBeforeStart."""
    if valid_until is not None and valid_until < valid_from:
        raise EndBeforeStart
    overlapping = Membership.objects.filter(person_id=person, organisation=organisation, role=role).exclude(
        valid_until__lte=valid_from
    )
    if valid_until is not None:
        overlapping = overlapping.filter(valid_from__lt=valid_until)
    if overlapping.exists():
        raise AlreadyMember
    membership = Membership.objects.create(
        person_id=person, organisation=organisation, role=role.value, valid_from=valid_from, valid_until=valid_until
    )
    _began(membership, by)
    return membership


@kernel_action
def begin_memberships(
    *, people: Mapping[UUID, Role], organisation: Organisation, valid_from: datetime, by: UUID | None
) -> int:
    """Give many people a role in one organisation; those who have it already are left as they are. Returns how many began."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one list at a time
    held = Membership.objects.filter(organisation=organisation, person__in=list(people)).exclude(
        valid_until__lte=valid_from
    )
    having = set(held.values_list("person_id", "role"))
    rows = [
        Membership(person_id=person, organisation=organisation, role=role.value, valid_from=valid_from)
        for person, role in people.items()
        if (person, role.value) not in having
    ]
    Membership.objects.bulk_create(rows)
    for row in rows:
        _began(row, by)
    return len(rows)


@kernel_action
def end_membership(*, membership: Membership, ends: datetime, by: UUID | None) -> Membership:
    """Set when a membership ends, now or later; raises EndBeforeStart."""
    if ends < membership.valid_from:
        raise EndBeforeStart
    membership.valid_until = ends
    membership.save(update_fields=["valid_until"])
    record(
        kind="membership.ended",
        authority=None,
        by=by,
        fields={"membership": membership.id, "person": membership.person_id, "ends": ends},
    )
    return membership


def _began(membership: Membership, by: UUID | None) -> None:
    fields: dict[str, UUID | str] = {
        "membership": membership.id,
        "person": membership.person_id,
        "organisation": membership.organisation_id,
        "role": membership.role,
    }
    record(kind="membership.began", authority=None, by=by, fields=fields)
