"""Two database roles: the owner, which only migrations use, and the application's, which may do what its tables allow.

An app names the tables on which the application may do less with `restrict`; everything else it may read and write, and
nothing may it truncate, alter or drop. Run after every migration, so that a table or a role that is new is covered.
"""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import sql

EVERYTHING: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
RESTRICTED: dict[str, tuple[str, ...]] = {"django_migrations": ("SELECT",), "persistence_release": ("SELECT",)}


def restrict(table: str, *privileges: str) -> None:
    """The application's role may do no more than `privileges` on `table`."""
    if not set(privileges) < set(EVERYTHING):
        raise ValueError(f"{table}: {privileges} restricts nothing")
    RESTRICTED[table] = privileges


def grant_app_role(connection: BaseDatabaseWrapper, role: str | None = None) -> None:
    """Give the application's role its rights on every table of the current schema.

    The role is settings.BEFFROI_APP_ROLE unless named. Does nothing when the application runs as the owner.
    Must run as the owner of the tables.
    """
    role = role or settings.BEFFROI_APP_ROLE
    if role is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role), "all": _listed(EVERYTHING)}
        for statement in (
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT {all} ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {all} ON TABLES TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
        for table, privileges in RESTRICTED.items():
            _restrict(cursor, table, privileges, role)


def privileges_on(connection: BaseDatabaseWrapper, table: str) -> frozenset[str]:
    """What the connected role may do on `table`, TRUNCATE included: what /healthz and the tests look at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p FROM unnest(%s::text[]) AS p WHERE has_table_privilege(%s, p)", [[*EVERYTHING, "TRUNCATE"], table]
        )
        return frozenset(name for (name,) in cursor.fetchall())


def _restrict(cursor: CursorWrapper, table: str, privileges: Sequence[str], role: str) -> None:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    if not cursor.fetchone()[0]:
        return
    names = {"table": sql.Identifier(table), "role": sql.Identifier(role), "some": _listed(privileges)}
    cursor.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
    cursor.execute(sql.SQL("GRANT {some} ON {table} TO {role}").format(**names))


def _listed(privileges: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(name) for name in privileges)
