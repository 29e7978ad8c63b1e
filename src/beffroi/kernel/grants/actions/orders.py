"""Rights: asked for, closed before their time, cut short when their holder leaves the firm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from beffroi.kernel.grants.models import Convention, ConventionPurpose, Grant, GrantResource, GrantState
from beffroi.kernel.grants.queries import in_force, is_switched_on, live_key
from beffroi.kernel.grants.rules import Bounds, Kind, Refusal, RefusalCode, check_window
from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.actions import memberships
from beffroi.kernel.territory.models import Membership
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.things import Ended, close_causes
from beffroi.persistence.wake import wake

MINTER = "beffroi_minter"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a convention, by an organisation, for one of its people."""

    convention: Convention
    purpose: str
    kind: Kind
    action: str
    holder: UUID
    organisation: UUID
    resources: Sequence[UUID]
    starts: datetime
    ends: datetime
    reference: str = ""


@kernel_action
def ask_grant(*, asked: Asked, by: UUID | None, now: datetime) -> Grant | Refusal:
    """Give a right if the convention admits it; a refusal is kept with its reason. The minter signs it once the holder has a phone."""
    # What is asked from an earlier moment begins now: nobody has a right in the past, nor a membership that must cover it.
    asked = replace(asked, starts=max(asked.starts, now))
    admitted = _admitted(asked, now)
    if isinstance(admitted, Refusal):
        _refused(asked, admitted, by, now)
        return admitted
    grant = _insert(asked, admitted, by=by, now=now)
    taken = _reserve(grant, asked.resources)
    if taken is not None:
        grant.delete()
        refusal = Refusal(RefusalCode.ALREADY_ORDERED, taken)
        _refused(asked, refusal, by, now)
        return refusal
    fields = {
        **_fields(asked),
        "resources": list(asked.resources),
        "starts": asked.starts,
        "ends": asked.ends,
        "person": asked.holder,
    }
    record(kind="grant.asked", authority=asked.convention.authority_id, by=by, fields=fields, grant=grant.id, now=now)
    wake(MINTER)
    return grant


@kernel_action
def close_grant(*, grant: Grant, reason: str, by: UUID | None, now: datetime) -> bool:
    """End a right before its time; returns False when it was closed or over already."""
    if not _close(grant, reason, by, now):
        return False
    close_causes(ended=Ended(grant.authority_id, grant.pk), by=by, now=now)
    return True


def _close(grant: Grant, reason: str, by: UUID | None, now: datetime) -> bool:
    closed = (
        Grant.objects.filter(authority_id=grant.authority_id, pk=grant.pk, ends__gt=now)
        .exclude(state=GrantState.CLOSED)
        .update(state=GrantState.CLOSED, reason=reason, closed_at=now)
    )
    if not closed:
        return False
    GrantResource.objects.filter(authority_id=grant.authority_id, grant=grant).update(live=False)
    record(kind="grant.closed", authority=grant.authority_id, by=by, fields={"reason": reason}, grant=grant.id, now=now)
    wake(MINTER)
    return True


@kernel_action
def end_membership(*, membership: Membership, ends: datetime, by: UUID | None, now: datetime) -> None:
    """End a membership, now or later: rights that lie after it are closed, the one that straddles it is replaced by a shorter one."""
    memberships.end_membership(membership=membership, ends=ends, by=by)
    close_after(person=membership.person_id, organisation=membership.organisation_id, ends=ends, by=by, now=now)


@kernel_action
def close_after(*, person: UUID, organisation: UUID, ends: datetime, by: UUID | None, now: datetime) -> int:
    """Close the rights of somebody who leaves a firm then, and shorten the one that straddles it; returns how many these were.

    Somebody whose technician's role there goes on without a break, in another one, keeps them until that one ends; what lies in a role
    that begins later stays theirs.
    """
    roles = Membership.objects.filter(person=person, organisation=organisation, role=Role.TECHNICIAN.value)
    beyond = Grant.objects.filter(holder_id=person, organisation_id=organisation).exclude(state=GrantState.CLOSED)
    for starts, until in roles.order_by("valid_from").values_list("valid_from", "valid_until"):
        if starts > ends:
            inside = Q(starts__gte=starts) if until is None else Q(starts__gte=starts, ends__lte=until)
            beyond = beyond.exclude(inside)
        elif until is None:
            return 0
        else:
            ends = max(ends, until)
    rows = beyond.filter(ends__gt=max(ends, now)).select_related("convention").prefetch_related("resources")
    closed = list(rows.order_by("starts", "id"))
    for grant in closed:
        if max(grant.starts, now) >= ends:
            close_grant(grant=grant, reason="membership-ended", by=by, now=now)
        elif _close(grant, "membership-ended", by, now):
            shorter = _shorten(grant, ends=ends, by=by, now=now)
            close_causes(ended=Ended(grant.authority_id, grant.pk, shorter.pk, shorter.ends), by=by, now=now)
    return len(closed)


def _shorten(grant: Grant, *, ends: datetime, by: UUID | None, now: datetime) -> Grant:
    resources = [row.resource for row in grant.resources.all()]
    asked = Asked(
        convention=grant.convention,
        purpose=grant.purpose,
        kind=Kind(grant.kind),
        action=grant.action,
        holder=grant.holder_id,
        organisation=grant.organisation_id,
        resources=resources,
        starts=grant.starts,
        ends=ends,
        reference=grant.reference,
    )
    shorter = _insert(asked, Bounds(grant.least, grant.most), by=by, now=now, replaces=grant)
    _reserve(shorter, resources)
    fields = {**_fields(asked), "resources": resources, "starts": asked.starts, "ends": ends, "person": asked.holder}
    record(kind="grant.asked", authority=grant.authority_id, by=by, fields=fields, grant=shorter.id, now=now)
    return shorter


def _fields(asked: Asked) -> dict[str, UUID | str]:
    return {
        "convention": asked.convention.id,
        "purpose": asked.purpose,
        "kind": asked.kind.value,
        "organisation": asked.organisation,
    }


def _refused(asked: Asked, refusal: Refusal, by: UUID | None, now: datetime) -> None:
    record(
        kind="grant.refused",
        authority=asked.convention.authority_id,
        by=by,
        fields={
            **_fields(asked),
            "resources": list(asked.resources),
            "reason": refusal.code.value,
            "person": asked.holder,
        },
        now=now,
    )


def _admitted(asked: Asked, now: datetime) -> Bounds | Refusal:
    """The convention's bounds, or the first reason against."""
    convention = asked.convention
    if not is_switched_on(authority=convention.authority_id, system=convention.system):
        return Refusal(RefusalCode.SYSTEM_OFF)
    if asked.organisation != convention.partner_id:
        return Refusal(RefusalCode.NOT_A_PARTY)
    # Locked against its own end: a right can't be asked in the same moment.
    live = Convention.objects.select_for_update(of=("self",)).filter(
        in_force(now), authority_id=convention.authority_id, pk=convention.pk
    )
    current = live.first()
    if current is None or asked.starts < current.valid_from or asked.ends > current.valid_until:
        return Refusal(RefusalCode.CONVENTION_NOT_IN_FORCE, _dates(convention))
    covered = set(convention.resources.filter(resource__in=asked.resources).values_list("resource", flat=True))
    if not asked.resources or covered != set(asked.resources):
        return Refusal(RefusalCode.RESOURCE_OUTSIDE)
    purpose = ConventionPurpose.objects.filter(
        authority_id=convention.authority_id, convention=convention, purpose=asked.purpose, kind=asked.kind.value
    ).first()
    if purpose is None:
        return Refusal(RefusalCode.PURPOSE_NOT_ADMITTED)
    bounds = Bounds(purpose.least, purpose.most)
    return check_window(starts=asked.starts, ends=asked.ends, bounds=bounds, now=now) or _member(asked) or bounds


def _member(asked: Asked) -> Refusal | None:
    """Whether the holder is a technician of the organisation during the whole window; the row is locked against its end."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(
        person_id=asked.holder, organisation_id=asked.organisation, role=Role.TECHNICIAN.value, person__is_active=True
    )
    whole = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=asked.ends), valid_from__lte=asked.starts)
    if whole.first() is not None:
        return None
    straddling = rows.filter(valid_until__gt=asked.starts, valid_until__lt=asked.ends).first()
    until = _clock(straddling.valid_until) if straddling and straddling.valid_until else ""
    return Refusal(RefusalCode.NOT_A_MEMBER, f"→ {until}" if until else "")


def _insert(asked: Asked, bounds: Bounds, *, by: UUID | None, now: datetime, replaces: Grant | None = None) -> Grant:
    return Grant.objects.create(
        authority_id=asked.convention.authority_id,
        convention=asked.convention,
        purpose=asked.purpose,
        kind=asked.kind.value,
        action=asked.action,
        holder_id=asked.holder,
        organisation_id=asked.organisation,
        key=live_key(asked.holder),
        reference=asked.reference.strip(),
        starts=asked.starts,
        ends=asked.ends,
        least=bounds.least,
        most=bounds.most,
        asked_at=now,
        asked_by_id=by,
        replaces=replaces,
    )


_RESERVE = """
INSERT INTO grants_grantresource (authority_id, convention_id, grant_id, resource, organisation_id, kind, starts, ends, live)
SELECT authority_id, convention_id, id, unnest(%s::uuid[]), organisation_id, kind, starts, ends, true
FROM grants_grant WHERE id = %s
ON CONFLICT DO NOTHING
"""


def _reserve(grant: Grant, resources: Sequence[UUID]) -> str | None:
    """Take the resources for the window; returns the window that is in the way, in words, else None.

    INSERT … ON CONFLICT DO NOTHING against the exclusion constraint: no check before, no deadlock, no exception that would
    doom the refusal's own entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [list(resources), grant.id])
        if cursor.rowcount == len(resources):
            return None
    GrantResource.objects.filter(authority_id=grant.authority_id, grant=grant).delete()
    other = (
        GrantResource.objects.filter(
            authority_id=grant.authority_id,
            resource__in=resources,
            organisation_id=grant.organisation_id,
            live=True,
            starts__lt=grant.ends,
            ends__gt=grant.starts,
        )
        .order_by("starts")
        .first()
    )
    return f"({_clock(other.starts)} → {_clock(other.ends)})" if other else ""


def _dates(convention: Convention) -> str:
    end = convention.ended_at or convention.valid_until
    return f"({_clock(convention.valid_from)} → {_clock(end)})"


def _clock(moment: datetime) -> str:
    """A moment as people here write it: the same figures in French and English."""
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M")
