"""Erasing what an entry says, which is itself an act on the record."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from beffroi.kernel.register.actions.entries import Randomness, record
from beffroi.kernel.register.errors import ErasureRefused
from beffroi.kernel.register.models import Entry
from beffroi.kernel.register.registry import ERASED, OWN_KINDS
from beffroi.kernel.register.rules import GREATEST_SEQUENCE
from beffroi.persistence.acts import kernel_action
from beffroi.protocol.register.entry import INSTALLATION
from beffroi.protocol.register.merkle import leaf_hash

_KEPT = frozenset(kind.code for kind in OWN_KINDS)


@kernel_action
def erase(
    *,
    entries: Sequence[UUID],
    reason: str,
    by: UUID | None,
    now: datetime | None = None,
    randomness: Randomness = secrets.token_bytes,
) -> list[UUID]:
    """Destroy the values and salts of these entries; returns the entries that say so, one or more for each log concerned.

    What was already erased is left out, so that a second call finds nothing to do and returns nothing. `reason` is a code: a
    retention rule, a request. Raises ErasureRefused for an entry that does not exist or that is the register's own.
    """
    rows = {row.id: row for row in Entry.objects.filter(pk__in=entries)}
    missing = set(entries) - set(rows)
    if missing:
        raise ErasureRefused(f"{len(missing)} of these entries do not exist")
    if any(row.kind in _KEPT for row in rows.values()):
        raise ErasureRefused("what the register says of itself explains what is missing, and stays")
    by_log: dict[str, list[str]] = {}
    for identifier in delete_payloads(rows):
        row = rows[identifier]
        by_log.setdefault(row.log, []).append(leaf_hash(bytes(row.body)).hex())
    return [
        record(
            kind=ERASED,
            authority=None if log == INSTALLATION else UUID(log),
            by=by,
            fields={"erased": sorted(hashes)[first : first + GREATEST_SEQUENCE], "reason": reason},
            now=now,
            randomness=randomness,
        )
        for log, hashes in sorted(by_log.items())
        for first in range(0, len(hashes), GREATEST_SEQUENCE)
    ]


def delete_payloads(entries: Iterable[UUID]) -> list[UUID]:
    """Delete payloads; returns the entries that had one."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM register_payload WHERE entry = ANY(%s) RETURNING entry", [list(entries)])
        return [entry for (entry,) in cursor.fetchall()]
