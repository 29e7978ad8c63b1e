"""Keeping what a look of the reconciler found."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.retention.models import Check
from beffroi.kernel.retention.queries.agreement import findings
from beffroi.persistence.acts import kernel_action


@kernel_action
def check_authority(*, authority: UUID, now: datetime, by: UUID | None) -> Check:
    """Compare disk, tables and register for one authority, and keep what was found. It changes nothing else."""
    found = [{"code": one.code, "subject": one.subject, "count": one.count} for one in findings(authority, now)]
    return Check.objects.create(authority_id=authority, at=now, findings=found)
