"""Migrations of a town at work: they wait a little, give way, try again; what keeps a table too long is undone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Index

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.config.settings.database import connection as described
from beffroi.persistence.patience import Limits, PatientExecutor, TownBusy, set_limits

SHORT = Limits(lock=0.05, statement=5, pauses=(1, 2))
INDEX = Index(fields=["topic"], name="change_topic")
LINE = "ALTER TABLE persistence_change ADD COLUMN colour text"


@pytest.fixture
def owner(own_database: ConnectionInfo) -> Iterator[BaseDatabaseWrapper]:
    """The connection of a process that migrates: the owner's, without the guard."""
    settings = connections.settings["default"]
    before = dict(settings)
    connections.close_all()
    settings.update(described(own_database.owner_url), CONN_MAX_AGE=0)
    connection = connections["default"]
    connection.ensure_connection()
    connection.execute_wrappers.clear()
    try:
        yield connection
    finally:
        connections.close_all()
        settings.update(before)


def migration(*statements: str | Operation, atomic: bool = True) -> Migration:
    operations = [each if isinstance(each, Operation) else RunSQL(each) for each in statements]
    made: Migration = type("Colour", (Migration,), {"operations": operations, "atomic": atomic})(
        "9999_colour", "persistence"
    )
    return made


def executor(owner: BaseDatabaseWrapper, limits: Limits = SHORT) -> PatientExecutor:
    made = PatientExecutor(owner)
    made.limits = limits
    return made


@contextmanager
def in_use(info: ConnectionInfo) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody reads the table, and goes on thinking about it."""
    with psycopg.connect(info.app_url) as reader:
        reader.execute("SELECT count(*) FROM persistence_change")
        yield reader


def columns(info: ConnectionInfo) -> set[object]:
    with psycopg.connect(info.owner_url) as connection:
        rows = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'persistence_change'"
        )
        return {name for (name,) in rows}


def recorded(info: ConnectionInfo) -> bool:
    with psycopg.connect(info.owner_url) as connection:
        return connection.execute("SELECT 1 FROM django_migrations WHERE name = '9999_colour'").fetchone() is not None


def test_it_gives_way_and_has_its_lock_once_the_reader_is_done(
    own_database: ConnectionInfo, owner: BaseDatabaseWrapper
) -> None:
    paused: list[float] = []
    with in_use(own_database) as reader:
        patient = executor(owner)

        def pause(seconds: float) -> None:
            paused.append(seconds)
            assert "colour" not in columns(own_database), "another may read meanwhile: nothing is held"
            if len(paused) == 2:
                reader.rollback()

        patient.pause = pause
        patient.apply_migration(ProjectState(), migration(LINE))
    assert paused == [1, 2]
    assert "colour" in columns(own_database)
    assert recorded(own_database)


def test_it_gives_way_to_an_act_that_wants_what_it_has_and_has_what_it_wants(
    own_database: ConnectionInfo, owner: BaseDatabaseWrapper
) -> None:
    """A migration takes the tables of its operations one after the other, an act in another order."""
    patient = executor(owner, Limits(lock=60, statement=60, pauses=(0,)))
    with (
        psycopg.connect(own_database.app_url) as act,
        psycopg.connect(own_database.owner_url, autocommit=True) as looking,
    ):
        act.execute("SELECT 1 FROM persistence_change")

        def want() -> None:
            """Once the migration waits for the act, the act wants what the migration has."""
            waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE persistence_change%%'"
            while looking.execute(waiting).fetchone() is None:
                pass
            try:
                act.execute("SELECT 1 FROM persistence_cache")
            except psycopg.errors.DeadlockDetected:
                act.rollback()  # PostgreSQL ends either of the two
            act.rollback()

        thread = threading.Thread(target=want)
        thread.start()
        patient.apply_migration(ProjectState(), migration("ALTER TABLE persistence_cache ADD COLUMN colour text", LINE))
        thread.join()
    assert "colour" in columns(own_database)


def test_it_says_so_when_the_lock_never_comes_and_has_done_nothing(
    own_database: ConnectionInfo, owner: BaseDatabaseWrapper
) -> None:
    patient = executor(owner)
    patient.pause = lambda _: None
    with in_use(own_database), pytest.raises(TownBusy, match=r"persistence\.9999_colour waited 3 times"):
        patient.apply_migration(ProjectState(), migration("CREATE TABLE aside (id int)", LINE))
    assert "colour" not in columns(own_database)
    assert not recorded(own_database)
    with psycopg.connect(own_database.owner_url) as connection:
        assert connection.execute("SELECT to_regclass('aside')").fetchone() == (None,)


def test_a_statement_that_would_last_is_undone(own_database: ConnectionInfo, owner: BaseDatabaseWrapper) -> None:
    patient = executor(owner, Limits(lock=4, statement=0.05))
    with pytest.raises(TownBusy, match="beffroi migrate --closed"):
        patient.apply_migration(ProjectState(), migration(LINE, "SELECT pg_sleep(600)"))
    assert "colour" not in columns(own_database)
    assert not recorded(own_database)


def test_what_keeps_nobody_out_takes_its_time(own_database: ConnectionInfo, owner: BaseDatabaseWrapper) -> None:
    patient = executor(owner, Limits(lock=4, statement=0.001))
    patient.apply_migration(ProjectState(), migration("SELECT pg_sleep(0.1)", atomic=False))
    assert recorded(own_database)
    for operation, waits in (
        (ValidateConstraint("change", "none"), "4s"),
        (AddIndexConcurrently("change", INDEX), "0"),
    ):
        with pytest.raises(LookupError):  # there is no such model: it came to the operation itself
            patient.apply_migration(ProjectState(), migration(operation, atomic=False))
        with owner.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
            assert cursor.fetchone() == ("0", waits)


def test_another_fault_is_not_taken_for_a_town_at_work(
    own_database: ConnectionInfo, owner: BaseDatabaseWrapper
) -> None:
    patient = executor(owner)
    patient.pause = lambda _: pytest.fail("it is not the town")
    with pytest.raises(OperationalError):
        patient.apply_migration(ProjectState(), migration("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_the_limits_are_those_that_are_promised(own_database: ConnectionInfo, owner: BaseDatabaseWrapper) -> None:
    set_limits(owner, Limits().lock, Limits().statement)
    with owner.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("4s", "5s")
