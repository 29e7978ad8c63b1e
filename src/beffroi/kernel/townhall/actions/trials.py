"""A backup was restored on trial: the one thing about backups that is on the record, since a town answers for it."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.persistence.acts import system_action


@system_action
def record_trial(*, snapshot: datetime, entries: int, seconds: int, by: UUID | None, now: datetime) -> None:
    """A backup of that moment was restored apart and its register of so many entries verified, in so many seconds."""
    fields: dict[str, GivenValue] = {"snapshot": snapshot, "entries": entries, "seconds": seconds}
    record(kind="backup.tried", authority=None, by=by, fields=fields, now=now)
