"""Roles of people in organisations: they begin, and end when they were said to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.errors import AlreadyMember, EndBeforeStart
from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.kernel.territory.queries.stewardship import check_role, is_town_s_administrator, unfit_end
from beffroi.kernel.territory.registry import ENDINGS
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


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
    """Give a person a role in an organisation; raises AlreadyMember, EndBeforeStart, MandateWithoutEnd, NotElectedThere."""
    check_role(organisation=organisation, role=role, valid_from=valid_from, valid_until=valid_until)
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
    *,
    people: Mapping[UUID, Role],
    organisation: Organisation,
    valid_from: datetime,
    by: UUID | None,
    valid_until: datetime | None = None,
) -> int:
    """Give many people a role in one organisation; those who have it already are left as they are. Returns how many began."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one list at a time
    held = Membership.objects.filter(organisation=organisation, person__in=list(people)).exclude(
        valid_until__lte=valid_from
    )
    having = set(held.values_list("person_id", "role"))
    rows = [
        Membership(
            person_id=person, organisation=organisation, role=role.value, valid_from=valid_from, valid_until=valid_until
        )
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


@kernel_action
def set_end(*, membership: Membership, ends: datetime | None, by: UUID | None, now: datetime) -> int:
    """Change when a role ends, or that it does at all (None: until said). What the role carried after its end goes with it, by every app
    that registered so; returns how many such things were closed.

    Raises EndBeforeStart, MandateWithoutEnd, AlreadyMember and LastAdministrator.
    """
    if is_town_s_administrator(membership):
        # Two can't end each other's at once.
        Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    unfit = unfit_end(membership, ends)
    if unfit is not None:
        raise unfit
    if ends is None:
        _continue(membership, by, now)
        return 0
    end_membership(membership=membership, ends=ends, by=by)
    person, organisation = membership.person_id, membership.organisation_id
    return sum(
        ENDINGS[code](person=person, organisation=organisation, ends=ends, by=by, now=now) for code in sorted(ENDINGS)
    )


def _continue(membership: Membership, by: UUID | None, now: datetime) -> None:
    membership.valid_until = None
    membership.save(update_fields=["valid_until"])
    fields = {"membership": membership.id, "person": membership.person_id}
    record(kind="membership.continued", authority=None, by=by, fields=fields, now=now)


def _began(membership: Membership, by: UUID | None) -> None:
    fields: dict[str, UUID | str] = {
        "membership": membership.id,
        "person": membership.person_id,
        "organisation": membership.organisation_id,
        "role": membership.role,
    }
    record(kind="membership.began", authority=None, by=by, fields=fields)
