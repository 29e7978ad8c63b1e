"""A thing that conventions cover becomes another sort of thing: what that leaves of the rights over it.

Its conventions are locked first, as whoever asks for a right does: what is asked in the same moment comes before or after, never between.
"""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.actions.orders import close_grants
from beffroi.kernel.grants.models import ConventionPurpose, ConventionResource, Grant
from beffroi.kernel.grants.queries.admission import lock_covering
from beffroi.kernel.grants.rules import RefusalCode
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action


@kernel_action
def change_place(*, authority: UUID, resource: UUID, place_kind: str, by: UUID | None, now: datetime) -> int:
    """A thing stands in another kind of place: conventions admit for it what they admit there, and rights whose purpose is not for it are
    closed; returns how many were.
    """
    lock_covering(authority=authority, resource=resource)
    covered = ConventionResource.objects.filter(authority_id=authority, resource=resource)
    ended = 0
    for row in covered.exclude(place_kind__in=["", place_kind]).order_by("convention_id"):
        row.place_kind = place_kind
        row.save(update_fields=["place_kind"])
        record(
            kind="convention.place-changed",
            authority=authority,
            by=by,
            fields={"convention": row.convention_id, "resource": resource, "place_kind": place_kind},
            now=now,
        )
        purposes = ConventionPurpose.objects.filter(authority_id=authority, convention=row.convention_id)
        for purpose in purposes.exclude(place_kinds__len=0).exclude(place_kinds__contains=[place_kind]).order_by("pk"):
            rights = Grant.objects.filter(convention=row.convention_id, purpose=purpose.purpose, kind=purpose.kind)
            over = rights.filter(authority_id=authority, resources__resource=resource)
            ended += close_grants(grants=over, reason=RefusalCode.PURPOSE_NOT_HERE.value, by=by, now=now)
    return ended


@kernel_action
def close_over(*, authority: UUID, resource: UUID, reason: str, by: UUID | None, now: datetime) -> int:
    """Close every right over a thing, which is not any more what they were given for; returns how many were closed."""
    lock_covering(authority=authority, resource=resource)
    over = Grant.objects.filter(authority_id=authority, resources__resource=resource)
    return close_grants(grants=over, reason=reason, by=by, now=now)
