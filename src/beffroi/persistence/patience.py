"""Migrations while the town works: each waits a little for its locks, gives way, and tries again; none keeps a table for long.

Whoever waits for a table makes all who come after wait too, readers as well. So a migration waits four seconds at most, is undone, and
is tried again later, when whoever held the table may have gone; and a statement that would keep one for longer than five is undone too.
What reads without keeping anybody out (an index made beside the writers, a constraint that is validated, rows that are filled in by
batches, each in a transaction of its own) takes the time it takes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.core.management.commands import migrate
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

LOCK_NOT_AVAILABLE: Final = "55P03"
DEADLOCK: Final = "40P01"
QUERY_CANCELED: Final = "57014"
CONCURRENT: Final = (AddIndexConcurrently, RemoveIndexConcurrently)


class TownBusy(Exception):
    """A migration that could not be applied while the town works; nothing of it was. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a lock is waited for and that a statement may take; pauses between tries."""

    lock: float = 4.0
    statement: float = 5.0
    pauses: tuple[float, ...] = (1, 2, 4, 8, 15, 30)


def state(error: OperationalError) -> str:
    """PostgreSQL's code of what went wrong, such as 55P03; empty when it never came that far."""
    return str(getattr(error.__cause__, "sqlstate", "") or "")


class PatientExecutor(MigrationExecutor):
    """Django's, whose migrations of a database in use keep to these limits."""

    limits = Limits()
    pause: Callable[[float], None] = staticmethod(time.sleep)

    def apply_migration(
        self, state_before: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Raises TownBusy."""
        applied: Any = self.loader.applied_migrations
        if fake or not applied:  # from zero: nobody waits
            return super().apply_migration(state_before, migration, fake, fake_initial)
        if any(isinstance(operation, CONCURRENT) for operation in migration.operations):
            set_limits(
                self.connection, 0, 0
            )  # it waits for others beside them, and what it half made can't be made again
            return super().apply_migration(state_before, migration, fake, fake_initial)
        reads = not migration.atomic or all(isinstance(each, ValidateConstraint) for each in migration.operations)
        set_limits(self.connection, self.limits.lock, 0 if reads else self.limits.statement)
        for pause in (*self.limits.pauses, None):
            try:
                return super().apply_migration(state_before.clone(), migration, fake, fake_initial)
            except OperationalError as error:
                self._give_way(error, migration, pause)
        raise AssertionError("the last pause is none")

    def _give_way(self, error: OperationalError, migration: Migration, pause: float | None) -> None:
        name = f"{migration.app_label}.{migration.name}"
        if state(error) == QUERY_CANCELED:
            raise TownBusy(
                f"{name} keeps a table for more than {self.limits.statement:g} s: nothing of it was done, what runs goes on. Apply it at "
                "an hour when the town can wait: `beffroi migrate --closed`"
            ) from error
        if state(error) not in (LOCK_NOT_AVAILABLE, DEADLOCK):  # it has a table, an act another, and each wants both
            raise error
        if pause is None:
            raise TownBusy(
                f"{name} waited {len(self.limits.pauses) + 1} times for a table that others use, {self.limits.lock:g} s each: nothing "
                "of it was done, what runs goes on. Try again; pg_stat_activity names the oldest transaction (xact_start)"
            ) from error
        self.pause(pause)


class UnlimitedExecutor(MigrationExecutor):
    """For an hour when nobody is there: each migration takes the time it takes."""


def set_limits(connection: BaseDatabaseWrapper, lock: float, statement: float) -> None:
    """Seconds, 0 for none, until they are set again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
            [f"{int(lock * 1000)}ms", f"{int(statement * 1000)}ms"],
        )


def give_way(*, closed: bool = False) -> None:
    """Have Django's `migrate` command of this process keep to the limits; not when the town is `closed`."""
    migrate.MigrationExecutor = UnlimitedExecutor if closed else PatientExecutor  # type: ignore[attr-defined]  # its own import
