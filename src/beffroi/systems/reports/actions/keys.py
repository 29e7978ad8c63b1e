"""Keys of programs that report by Open311."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import ProgramKey


@system_action
def give_key(*, authority: UUID, name: str, secret: str, by: UUID | None, now: datetime) -> ProgramKey:
    """A program may report with this secret, which isn't kept: whoever asked shows it to whoever runs the program, once."""
    digest = sha256(secret.encode()).hexdigest()
    row = ProgramKey.objects.create(authority_id=authority, name=name.strip(), digest=digest, given_at=now)
    _note(row, "given", by, now)
    return row


@system_action
def end_key(*, key: ProgramKey, by: UUID | None, now: datetime) -> None:
    """The program reports no more; what it reported stays."""
    if ProgramKey.objects.filter(pk=key.pk, ended_at__isnull=True).update(ended_at=now):
        _note(key, "ended", by, now)


def _note(row: ProgramKey, change: str, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"key": row.pk, "change": change}
    record(kind="report.key-changed", authority=row.authority_id, by=by, fields=fields, now=now)
