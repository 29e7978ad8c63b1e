"""What an owner answers to a request that waits, and whoever is on call to an emergency. The first answer stands."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.actions.orders import MINTER, close_grant, keep_key
from beffroi.kernel.grants.models import Grant, GrantResource, GrantState
from beffroi.kernel.grants.queries.admission import Admitted, Asked, admitted
from beffroi.kernel.grants.queries.parties import is_party
from beffroi.kernel.grants.rules import Capacity, Declined, Kind, Refusal, RefusalCode
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.things import Ended, close_causes
from beffroi.persistence.wake import wake


@kernel_action
def approve_grant(*, grant: Grant, organisation: UUID, by: UUID | None, now: datetime) -> Grant | Refusal:
    """An owner says yes: the right begins now, for as long as it was asked, and the minter signs it. What no longer holds closes it
    with that refusal.
    """
    row = _waiting(grant, organisation)
    if isinstance(row, Refusal):
        return _refused(grant, organisation, row, by, now)
    starts = max(row.starts, now)
    ends = starts + (row.ends - row.starts)
    if row.ends <= now:
        return _refused(grant, organisation, Refusal(RefusalCode.WINDOW_PAST), by, now)
    found = _still_admitted(row, starts, ends, now)
    if isinstance(found, Refusal):
        close_grant(grant=row, reason=found.code.value, by=by, now=now)
        return found
    approved = Grant.objects.filter(authority_id=row.authority_id, pk=row.pk, state=GrantState.WAITING).update(
        state=GrantState.ASKED, starts=starts, ends=ends, key=found.key, approved_at=now, approved_by=by
    )
    if not approved:
        return _refused(grant, organisation, Refusal(RefusalCode.ANSWERED), by, now)
    GrantResource.objects.filter(authority_id=row.authority_id, grant=row).update(starts=starts, ends=ends)
    keep_key(key=found.key, ends=ends, by=by)
    fields: dict[str, UUID | datetime] = {"organisation": organisation, "starts": starts, "ends": ends}
    record(kind="grant.approved", authority=row.authority_id, by=by, fields=fields, grant=row.pk, now=now)
    wake(MINTER)
    row.refresh_from_db()
    return row


@kernel_action
def refuse_grant(
    *, grant: Grant, organisation: UUID, because: Declined, by: UUID | None, now: datetime
) -> Grant | Refusal:
    """An owner says no, and why; the right is closed and never was one."""
    row = _waiting(grant, organisation)
    if isinstance(row, Refusal):
        return _refused(grant, organisation, row, by, now)
    declined = Grant.objects.filter(authority_id=row.authority_id, pk=row.pk, state=GrantState.WAITING).update(
        state=GrantState.CLOSED,
        reason=RefusalCode.OWNER_REFUSED.value,
        declined=because.value,
        declined_by=by,
        closed_at=now,
    )
    if not declined:
        return _refused(grant, organisation, Refusal(RefusalCode.ANSWERED), by, now)
    GrantResource.objects.filter(authority_id=row.authority_id, grant=row).update(live=False)
    fields = {"organisation": organisation, "reason": because.value}
    record(kind="grant.declined", authority=row.authority_id, by=by, fields=fields, grant=row.pk, now=now)
    close_causes(ended=Ended(row.authority_id, row.pk), by=by, now=now)
    row.refresh_from_db()
    return row


@kernel_action
def confirm_grant(*, grant: Grant, by: UUID, now: datetime) -> bool:
    """Whoever is on call confirms an emergency, while it runs or after; False when somebody did before, or it is none."""
    confirmed = Grant.objects.filter(
        authority_id=grant.authority_id, pk=grant.pk, kind=Kind.EMERGENCY.value, confirmed_at__isnull=True
    ).update(confirmed_at=now, confirmed_by=by)
    if confirmed:
        fields = {"person": grant.holder_id, "organisation": grant.organisation_id}
        record(kind="grant.confirmed", authority=grant.authority_id, by=by, fields=fields, grant=grant.pk, now=now)
    return bool(confirmed)


def _refused(grant: Grant, organisation: UUID, refusal: Refusal, by: UUID | None, now: datetime) -> Refusal:
    """An answer that changes nothing is kept, with whoever gave it and why it doesn't count."""
    fields: dict[str, UUID | str] = {"organisation": organisation, "reason": refusal.code.value}
    record(kind="grant.answer-refused", authority=grant.authority_id, by=by, fields=fields, grant=grant.pk, now=now)
    return refusal


def _waiting(grant: Grant, organisation: UUID) -> Grant | Refusal:
    """The row as it is now, if it waits and this organisation owns what it is over. Not locked yet: what it rests on comes first."""
    row = Grant.objects.select_related("convention").get(authority_id=grant.authority_id, pk=grant.pk)
    if not is_party(row.convention, organisation, Capacity.OWNS):
        return Refusal(RefusalCode.NOT_A_PARTY)
    return row if row.state == GrantState.WAITING else Refusal(RefusalCode.ANSWERED)


def _still_admitted(row: Grant, starts: datetime, ends: datetime, now: datetime) -> Admitted | Refusal:
    asked = Asked(
        convention=row.convention,
        purpose=row.purpose,
        kind=Kind(row.kind),
        action=row.action,
        holder=row.holder_id,
        organisation=row.organisation_id,
        resources=[thing.resource for thing in row.resources.all()],
        starts=starts,
        ends=ends,
        reference=row.reference,
        key=row.key_id,
        receiving=row.receiving_id,
    )
    return admitted(asked, now, again=True)
