"""Destroying rights and conventions whose time is over, with what hangs on them. Retention decides which, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.models import (
    Convention,
    ConventionParty,
    ConventionPurpose,
    ConventionResource,
    Grant,
    GrantResource,
)
from beffroi.persistence.acts import kernel_action


@kernel_action
def destroy_grants(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy rights; those that they replaced go with a later batch."""
    GrantResource.objects.filter(grant__in=[UUID(key) for key in keys]).delete()
    _all, by_model = Grant.objects.filter(pk__in=keys).delete()
    return by_model.get(Grant._meta.label, 0)


@kernel_action
def destroy_conventions(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy conventions with their parties, purposes and what they covered: the database wants the archives' visa for each."""
    conventions = [UUID(key) for key in keys]
    ConventionParty.objects.filter(convention__in=conventions).delete()
    ConventionResource.objects.filter(convention__in=conventions).delete()
    ConventionPurpose.objects.filter(convention__in=conventions).delete()
    _all, by_model = Convention.objects.filter(pk__in=keys).delete()
    return by_model.get(Convention._meta.label, 0)
