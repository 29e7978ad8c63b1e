"""Keeping what a look of the reconciler found, and telling those who can do something about it."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.retention.models import Check
from beffroi.kernel.retention.queries.agreement import findings
from beffroi.kernel.retention.registry import MISMATCH
from beffroi.persistence.acts import kernel_action


@kernel_action
def check_authority(*, authority: UUID, now: datetime, by: UUID | None) -> Check:
    """Compare disk, tables and register for one authority; keep what was found, and tell its administrators until all agrees."""
    found = [{"code": one.code, "subject": one.subject, "count": one.count} for one in findings(authority, now)]
    check = Check.objects.create(authority_id=authority, at=now, findings=found)
    if found:
        facts = {"differences": len(found)}
        raise_alert(
            authority=authority,
            kind=MISMATCH,
            subject=authority,
            resource=None,
            where=None,
            since=now,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
            by=by,
        )
        update_alert(authority=authority, kind=MISMATCH, subject=authority, facts=facts, now=now)
    else:
        end_alert(authority=authority, kind=MISMATCH, subject=authority, reason="agrees", now=now)
    return check
