"""Rights: asked for, closed before their time, cut short when their holder leaves the firm."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from beffroi.kernel.grants.models import Grant, GrantResource, GrantState, HolderKey
from beffroi.kernel.grants.queries import live_key
from beffroi.kernel.grants.queries.admission import Admitted, Asked, admitted, clock
from beffroi.kernel.grants.rules import BRIEF, HELD_AS, Approval, Bounds, Kind, Refusal, RefusalCode
from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.actions import memberships
from beffroi.kernel.territory.models import Membership
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.things import Ended, close_causes
from beffroi.persistence.wake import wake

MINTER = "beffroi_minter"


@kernel_action
def ask_grant(*, asked: Asked, by: UUID | None, now: datetime) -> Grant | Refusal:
    """Give a right if the convention admits it; a refusal is kept with its reason. The minter signs it once the holder has a phone; a
    request waits for the owner's approval first where the convention wants it.
    """
    # What is asked from an earlier moment begins now: nobody has a right in the past, nor a membership that must cover it.
    asked = replace(asked, starts=max(asked.starts, now))
    found = admitted(asked, now)
    if isinstance(found, Refusal):
        _refused(asked, found, by, now)
        return found
    waits = asked.kind is Kind.REQUEST and asked.convention.approval == Approval.OWNER.value
    grant = _insert(asked, found, by=by, now=now, state=GrantState.WAITING if waits else GrantState.ASKED)
    taken = _reserve(grant, asked.resources)
    if taken is not None:
        grant.delete()
        refusal = Refusal(RefusalCode.ALREADY_ORDERED, taken)
        _refused(asked, refusal, by, now)
        return refusal
    keep_key(key=found.key, ends=grant.ends, by=by)
    fields = {
        **_fields(asked),
        "resources": list(asked.resources),
        "starts": asked.starts,
        "ends": asked.ends,
        "person": asked.holder,
        **({"receiving": grant.receiving_id} if grant.receiving_id else {}),
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


@kernel_action
def close_grants(*, grants: QuerySet[Grant], reason: str, by: UUID | None, now: datetime) -> int:
    """End all of these rights that are neither closed nor over, in one order everywhere; returns how many were ended."""
    rows = grants.filter(ends__gt=now).exclude(state=GrantState.CLOSED).order_by("id")
    return sum(close_grant(grant=grant, reason=reason, by=by, now=now) for grant in rows)


@kernel_action
def close_named(*, authority: UUID, grants: Collection[UUID], reason: str, by: UUID | None, now: datetime) -> int:
    """The same, for those that a system names."""
    rows = Grant.objects.filter(authority_id=authority, pk__in=list(grants))
    return close_grants(grants=rows, reason=reason, by=by, now=now)


@kernel_action
def keep_key(*, key: HolderKey | None, ends: datetime, by: UUID | None) -> None:
    """Have a browser's key live until the end of a right that is given to it: none outlasts it. Part of the act that gives it."""
    if key is not None and key.expires_at is not None and key.expires_at < ends:
        key.expires_at = ends
        key.save(update_fields=["expires_at"])


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
    """Close the rights of somebody who leaves a firm then, and shorten the work order that straddles it; returns how many these were.

    Somebody whose role there for such rights goes on without a break, in another one, keeps them until that one ends; what lies in a
    role that begins later stays theirs.
    """
    closed = 0
    for roles in sorted(set(HELD_AS.values()), key=sorted):
        for grant, until in _outlasting(person, organisation, roles, ends, now):
            closed += 1
            if grant.kind != Kind.WORK_ORDER.value or max(grant.starts, now) >= until:
                close_grant(grant=grant, reason="membership-ended", by=by, now=now)
            elif _close(grant, "membership-ended", by, now):
                shorter = _shorten(grant, ends=until, by=by, now=now)
                close_causes(ended=Ended(grant.authority_id, grant.pk, shorter.pk, shorter.ends), by=by, now=now)
    return closed


def _outlasting(
    person: UUID, organisation: UUID, roles: Collection[Role], ends: datetime, now: datetime
) -> list[tuple[Grant, datetime]]:
    """Rights held in one of these roles that last beyond it, when it ends then, each with the moment when the holder has it no more."""
    held = Membership.objects.filter(person=person, organisation=organisation, role__in=[role.value for role in roles])
    kinds = [kind.value for kind in Kind if HELD_AS[kind] == roles]
    beyond = Grant.objects.filter(holder_id=person, organisation_id=organisation, kind__in=kinds)
    for starts, until in held.order_by("valid_from").values_list("valid_from", "valid_until"):
        if starts > ends:
            inside = Q(starts__gte=starts) if until is None else Q(starts__gte=starts, ends__lte=until)
            beyond = beyond.exclude(inside)
        elif until is None:
            return []
        else:
            ends = max(ends, until)
    rows = beyond.exclude(state=GrantState.CLOSED).filter(ends__gt=max(ends, now))
    found = rows.select_related("convention").prefetch_related("resources").order_by("starts", "id")
    return [(grant, ends) for grant in found]


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
    same = Admitted(Bounds(grant.least, grant.most), live_key(grant.holder_id))
    shorter = _insert(asked, same, by=by, now=now, replaces=grant)
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


def _insert(
    asked: Asked,
    found: Admitted,
    *,
    by: UUID | None,
    now: datetime,
    state: GrantState = GrantState.ASKED,
    replaces: Grant | None = None,
) -> Grant:
    return Grant.objects.create(
        authority_id=asked.convention.authority_id,
        convention=asked.convention,
        purpose=asked.purpose,
        kind=asked.kind.value,
        action=asked.action,
        holder_id=asked.holder,
        organisation_id=asked.organisation,
        key=found.key,
        receiving_id=asked.receiving or (asked.organisation if asked.kind in BRIEF else None),
        reference=asked.reference.strip(),
        starts=asked.starts,
        ends=asked.ends,
        least=found.bounds.least,
        most=found.bounds.most,
        state=state,
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
    return f"({clock(other.starts)} → {clock(other.ends)})" if other else ""
