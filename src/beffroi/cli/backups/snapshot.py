"""One moment of the database, for as long as the dump reads it: what the register is in it, whose roots, how many rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction

from beffroi.adapters.archive.age import recipient_of_root
from beffroi.kernel.grants.queries import roots
from beffroi.kernel.register.queries.standing import heads
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.protocol.backup.manifest import INSTALLATION, LogState

LOCK: Final = 0x6265_6666_6261_6B31  # "beffbak1"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`exported` is its name for other sessions; `published` of the logs is not known here."""

    exported: str
    at: datetime
    migrations: dict[str, str]
    logs: tuple[LogState, ...]
    tables: dict[str, int]


def try_lock() -> bool:
    """One backup at a time of a database, wherever it is made; held for this connection's life."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def recipients() -> dict[str, tuple[str, ...]]:
    """The roots of each authority as recipients, by its id, and those of the first one as the installation's; empty before there is any."""
    found: dict[str, tuple[str, ...]] = {}
    for authority in every_authority().order_by("created_at", "id"):
        own = tuple(recipient_of_root(root.raw) for root in roots(authority.pk))
        if own:
            found.setdefault(INSTALLATION, own)
            found[str(authority.pk)] = own
    return found


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Held while the block lasts. It reads only, keeps nobody waiting, and what is committed meanwhile is not in it."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot(), date_trunc('second', statement_timestamp())")
        exported, at = cursor.fetchone()
        yield Snapshot(exported, at.astimezone(UTC), migrations(), log_states(), rows())


def migrations() -> dict[str, str]:
    """The last migration of each app."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
        return dict(cursor.fetchall())


def log_states() -> tuple[LogState, ...]:
    """Every generation of every log, as its head row has it."""
    return tuple(
        LogState(
            log=head.name.log,
            generation=head.name.generation,
            origin=head.origin,
            size=head.size,
            root=head.tree().root().hex(),
            closed=head.closed,
            published=0,
        )
        for head in heads()
    )


def rows() -> dict[str, int]:
    """How many rows each table has."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of tables
            (found[table],) = cursor.fetchone()
    return found
