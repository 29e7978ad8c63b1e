"""What a viewer is built from: memberships in force at a moment."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.lib.viewer import Post, Role


def live_posts(*, person: UUID, as_of: datetime) -> tuple[Post, ...]:
    """The person's memberships in force at that moment: what a viewer is built from."""
    rows = (
        in_force(Membership.objects.filter(person_id=person), as_of)
        .select_related("organisation__authority")
        .order_by("valid_from", "id")
    )
    return tuple(post_in(row.organisation, Role(row.role)) for row in rows)


def post_in(organisation: Organisation, role: Role) -> Post:
    """What a role in an organisation gives: an authority's own people serve it in every role that gives a right; those of its services
    only to keep watch: they don't administer it.
    """
    if role is Role.MEMBER:
        served = None
    elif hasattr(organisation, "authority"):
        served = organisation.authority.id
    else:
        served = organisation.serves_id if role is Role.OPERATOR else None
    return Post(organisation=organisation.pk, role=role, authority=served)


def in_force(rows: QuerySet[Membership], as_of: datetime) -> QuerySet[Membership]:
    """A membership lasts up to, and not at, its end."""
    return rows.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=as_of), valid_from__lte=as_of, person__is_active=True
    )
