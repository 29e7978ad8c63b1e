"""What is done when the renewal of a convention is due."""

from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.grants.actions.conventions import note_renewal_due
from beffroi.kernel.grants.queries.renewal import renewals_waiting
from beffroi.kernel.grants.queries.staff import approvals_waiting
from beffroi.kernel.grants.registry import RENEWAL
from beffroi.persistence.waiting import Source, register_waiting

BEFORE_OTHERS = 15


def on_renewal(fired: Fired) -> None:
    """Two months are left."""
    note_renewal_due(authority=fired.authority, convention=fired.subject, by=None, now=fired.fired_at)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    due = "The renewal of a convention that the law bounds is due, two months before its end."
    register_deadline(DeadlineKind(RENEWAL, due, on_renewal))
    register_waiting(Source("grants.renewals", BEFORE_OTHERS, renewals_waiting))
    register_waiting(Source("grants.approvals", BEFORE_OTHERS, approvals_waiting))
