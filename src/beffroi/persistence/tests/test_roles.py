"""Two database roles: what the application's may not do is refused by PostgreSQL itself, whatever our own code thinks of it."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, connection
from psycopg import sql

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.territory.factories import make_authority
from beffroi.persistence.guard import our_tables, writing
from beffroi.persistence.roles import EVERYTHING, RESTRICTED, privileges_on

ONLY_GROWS = ("register_entry", "register_leaf")
FORBIDDEN = ("UPDATE {table} SET log = 'other'", "DELETE FROM {table}", "TRUNCATE {table}")


def refused(statement: sql.Composable) -> bool:
    """Whether PostgreSQL says no to this role for want of a privilege, with the write guard out of the way."""
    try:
        with writing(), connection.cursor() as cursor:
            cursor.execute(statement)
    except (ProgrammingError, OperationalError) as error:
        return bool(re.search("permission denied|must be owner", str(error)))
    return False


@pytest.mark.parametrize("table", ONLY_GROWS)
@pytest.mark.parametrize("statement", FORBIDDEN, ids=lambda text: text.split()[0].lower())
def test_the_application_cannot_rewrite_the_register(own_database: ConnectionInfo, table: str, statement: str) -> None:
    make_authority()
    assert refused(sql.SQL(statement).format(table=sql.Identifier(table)))


@pytest.mark.django_db
@pytest.mark.parametrize("table", ONLY_GROWS)
def test_the_register_only_grows(table: str) -> None:
    assert privileges_on(connection, table) == {"SELECT", "INSERT"}


@pytest.mark.django_db
def test_no_table_may_be_emptied_at_once_nor_owned() -> None:
    """Every table of ours: exactly what is declared, never TRUNCATE; and the application owns none."""
    for table in sorted(our_tables() | {"django_migrations", "persistence_cache"}):
        assert privileges_on(connection, table) == set(RESTRICTED.get(table, EVERYTHING)), table
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE stray (id int)",
        "DROP TABLE register_entry",
        "ALTER TABLE register_entry DROP COLUMN body",
    ],
)
def test_the_application_changes_no_table(own_database: ConnectionInfo, statement: str) -> None:
    assert refused(sql.SQL(statement))


@pytest.mark.parametrize("statement", FORBIDDEN[:2], ids=lambda text: text.split()[0].lower())
def test_even_the_owner_rewrites_no_entry_by_accident(own_database: ConnectionInfo, statement: str) -> None:
    """The role is not the only lock: where both roles are one, a trigger still says that the table is insert only."""
    make_authority()
    with (
        psycopg.connect(own_database.owner_url) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="register_entry is insert only"),
    ):
        owner.execute(sql.SQL(statement).format(table=sql.Identifier("register_entry")))


SAID = "from beffroi.config.settings.database import BEFFROI_APP_ROLE; print(BEFFROI_APP_ROLE)"


def role_said(app: str, owner: str | None) -> str:
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL")
    }
    variables["DATABASE_URL"] = app
    if owner:
        variables["BEFFROI_DATABASE_OWNER_URL"] = owner
    done = subprocess.run([sys.executable, "-c", SAID], env=variables, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_one_role_for_both_is_noticed(own_database: ConnectionInfo) -> None:
    """What /healthz reads: no role of the application's own when it runs as the owner, or when only one URL is given."""
    assert role_said(own_database.app_url, own_database.owner_url) == "beffroi_app"
    assert role_said(own_database.owner_url, own_database.owner_url) == "None"
    assert role_said(own_database.owner_url, None) == "None"
