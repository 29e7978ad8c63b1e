"""What the worker does for retention: each night what is past its time goes; each week disk, tables and register are compared."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.retention.actions.checks import check_authority
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.actions.durations import release_overdue
from beffroi.kernel.retention.queries.schedule import all_authorities, due, rules_of
from beffroi.kernel.retention.registry import ERASURE, NIGHT, RECONCILIATION
from beffroi.kernel.retention.rules import civil_day, next_night, next_week
from beffroi.persistence.keeping import KEPT, Fate


def subject_of(code: str) -> UUID:
    """Deadlines are about a subject: a rule's is made of its code."""
    return uuid5(NAMESPACE_URL, f"urn:beffroi:retention:{code}")


def on_night(fired: Fired) -> None:
    """One authority's night: holds whose day has come end, and each rule with something past its time gets its turn at once. The
    oldest authority's nights serve what belongs to the installation.
    """
    now = fired.fired_at
    owners = [fired.authority, None] if fired.authority == next(iter(all_authorities())) else [fired.authority]
    for owner in owners:
        release_overdue(authority=owner, on=civil_day(now), by=None, now=now)
        for kept in rules_of(installation=owner is None):
            if kept.fate is Fate.ERASED and due(kept, owner, now).exists():
                _set_erasure(fired.authority, kept.code, now)


def on_erasure(fired: Fired) -> None:
    """One rule's turn: a batch goes, and while there are more, another turn comes at once."""
    kept = KEPT.get(str(fired.data.get("rule")))
    if kept is None or kept.fate is not Fate.ERASED:
        return  # a rule that this release knows no more
    owner = None if kept.installation else fired.authority
    gone = destroy_due(kept=kept, authority=owner, now=fired.fired_at, by=None)
    if gone == kept.at_once:
        _set_erasure(fired.authority, kept.code, fired.fired_at)


def on_reconciliation(fired: Fired) -> None:
    """The weekly look."""
    check_authority(authority=fired.authority, now=fired.fired_at, by=None)


def _set_erasure(authority: UUID, rule: str, now: datetime) -> None:
    subject = subject_of(rule)
    set_deadline(
        kind=ERASURE, authority=authority, subject=subject, since=now, promise=timedelta(0), data={"rule": rule}
    )


def register_deadlines() -> None:
    """Called once, when the application is ready."""
    night = "Each night, what is past its time is looked for."
    week = "Disk, tables and register are compared, each week."
    register_deadline(DeadlineKind(NIGHT, night, on_night, following=next_night))
    register_deadline(DeadlineKind(ERASURE, "A batch of things of one rule goes.", on_erasure))
    register_deadline(DeadlineKind(RECONCILIATION, week, on_reconciliation, following=next_week))
