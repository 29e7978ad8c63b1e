"""Who is designated to ask under a convention: named, approved until a date, withdrawn."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.actions.orders import close_grants
from beffroi.kernel.grants.errors import DesignationInvalid
from beffroi.kernel.grants.models import Convention, Designation, Grant
from beffroi.kernel.grants.queries.parties import is_party
from beffroi.kernel.grants.rules import BRIEF, HELD_AS, Capacity, Kind
from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.models import Membership
from beffroi.persistence.acts import kernel_action


@kernel_action
def designate(
    *,
    convention: Convention,
    organisation: UUID,
    person: UUID,
    approved_until: datetime,
    by: UUID | None,
    now: datetime,
) -> Designation:
    """Name somebody of a party that asks, until their approval ends; saying it again changes that end, and closes what would outlast it.

    Raises DesignationInvalid.
    """
    # Two can't name the same person at once.
    Convention.objects.select_for_update().get(authority_id=convention.authority_id, pk=convention.pk)
    if approved_until <= now:
        raise DesignationInvalid("their approval has ended already")
    if not is_party(convention, organisation, Capacity.ASKS):
        raise DesignationInvalid("this organisation does not ask under this convention")
    if not _serves(organisation, person, now):
        raise DesignationInvalid("this person keeps neither watch nor a desk there")
    row, created = Designation.objects.select_for_update().get_or_create(
        authority_id=convention.authority_id,
        convention=convention,
        organisation_id=organisation,
        person_id=person,
        withdrawn_at=None,
        defaults={"approved_until": approved_until, "designated_at": now, "designated_by_id": by},
    )
    if not created:
        if row.approved_until == approved_until:
            return row
        row.approved_until = approved_until
        row.save(update_fields=["approved_until"])
    fields: dict[str, UUID | datetime] = {
        "convention": convention.pk,
        "organisation": organisation,
        "person": person,
        "until": approved_until,
    }
    record(kind="staff.designated", authority=convention.authority_id, by=by, fields=fields, now=now)
    _close_beyond(row, "approval-expired", approved_until, by, now)
    return row


@kernel_action
def withdraw_designation(*, designation: Designation, by: UUID | None, now: datetime) -> int | None:
    """Somebody may ask no more: their requests are closed; returns how many were, None when it was withdrawn before."""
    changed = Designation.objects.filter(
        authority_id=designation.authority_id, pk=designation.pk, withdrawn_at__isnull=True
    ).update(withdrawn_at=now, withdrawn_by=by)
    if not changed:
        return None
    fields = {
        "convention": designation.convention_id,
        "organisation": designation.organisation_id,
        "person": designation.person_id,
    }
    record(kind="staff.withdrawn", authority=designation.authority_id, by=by, fields=fields, now=now)
    return _close_beyond(designation, "designation-withdrawn", now, by, now)


def _serves(organisation: UUID, person: UUID, now: datetime) -> bool:
    roles = {role.value for kind in BRIEF for role in HELD_AS[kind]}
    rows = Membership.objects.filter(person=person, organisation=organisation, role__in=roles)
    return rows.exclude(valid_until__lte=now).exists()


def _close_beyond(row: Designation, reason: str, beyond: datetime, by: UUID | None, now: datetime) -> int:
    """Close what they hold under it that would last beyond a moment; returns how many."""
    kinds = [kind.value for kind in Kind if kind in BRIEF]
    held = Grant.objects.filter(
        authority_id=row.authority_id,
        convention=row.convention_id,
        organisation=row.organisation_id,
        holder=row.person_id,
        kind__in=kinds,
        ends__gt=beyond,
    )
    return close_grants(grants=held, reason=reason, by=by, now=now)
