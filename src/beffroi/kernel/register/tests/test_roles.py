"""The database itself keeps the register: the application's role inserts and reads, and does nothing else to it."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.register.factories import Town
from beffroi.persistence.guard import writing
from beffroi.persistence.roles import privileges_on


@pytest.mark.parametrize(
    ("table", "privileges"),
    [
        ("register_entry", {"SELECT", "INSERT"}),
        ("register_leaf", {"SELECT", "INSERT"}),
        ("register_payload", {"SELECT", "INSERT", "DELETE"}),
        ("django_migrations", {"SELECT"}),
    ],
)
def test_the_applications_role_has_no_more_than_it_needs(town: Town, table: str, privileges: set[str]) -> None:
    assert settings.BEFFROI_APP_ROLE is not None, "the tests run with two roles"
    assert privileges_on(connection, table) == privileges


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_entry SET kind = 'x'",
        "DELETE FROM register_entry",
        "TRUNCATE register_entry",
        "UPDATE register_leaf SET index = 5",
        "DELETE FROM register_leaf",
        "TRUNCATE register_leaf",
        "UPDATE register_payload SET fields = '{}'",
        "TRUNCATE register_payload",
        "DROP TRIGGER register_entry_insert_only ON register_entry",
        "ALTER TABLE register_entry DISABLE TRIGGER ALL",
    ],
)
def test_the_application_cannot_change_what_was_written(town: Town, statement: str) -> None:
    town.act()
    town.sequence()
    with pytest.raises(ProgrammingError) as caught, writing(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(caught.value.__cause__, InsufficientPrivilege)


@pytest.mark.parametrize(
    "statement", ["UPDATE register_entry SET kind = 'x'", "DELETE FROM register_leaf", "TRUNCATE register_entry"]
)
def test_even_the_owner_is_stopped_by_a_trigger(town: Town, own_database: ConnectionInfo, statement: str) -> None:
    """For an installation whose application and owner are one role."""
    town.act()
    town.sequence()
    with psycopg.connect(own_database.owner_url) as owner, pytest.raises(InsufficientPrivilege, match="insert only"):
        owner.execute(statement.encode())
