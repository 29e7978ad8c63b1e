"""What tied people and roles to a directory goes with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.directory.models import Held, Identity
from beffroi.persistence.acts import kernel_action


@kernel_action
def forget_identities(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Whoever is forgotten here is nobody's entry any more."""
    return Identity.objects.filter(person__in=[UUID(key) for key in keys]).delete()[0]


@kernel_action
def forget_held(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Where a role came from goes with the role."""
    return Held.objects.filter(membership__in=[UUID(key) for key in keys]).delete()[0]
