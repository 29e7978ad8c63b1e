"""The runtime write guard: INSERT, UPDATE, DELETE, MERGE, TRUNCATE and COPY on our tables only inside an action or a migration.

It reads the statement's text, as every statement passes `connection.execute_wrapper`. COPY through a cursor's `copy()` goes
past that hook, so it goes only through `copy_into()` here, which checks the same flag; a shape test finds any other.
"""

import contextlib
import contextvars
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.sql import Composable

_open = contextvars.ContextVar("beffroi_write_guard_open", default=False)
_seen: contextvars.ContextVar[set[str] | None] = contextvars.ContextVar("beffroi_written_tables", default=None)

_COMMENT: Final = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_NAME: Final = r'(?:"?\w+"?\s*\.\s*)?"?(\w+)"?'
_WRITE: Final = re.compile(
    rf"\b(?:INSERT\s+INTO|MERGE\s+INTO(?:\s+ONLY)?|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|COPY)\s+{_NAME}",
    re.IGNORECASE,
)
_TRUNCATE: Final = re.compile(r'\bTRUNCATE\s+([\w"*.,\s]+)', re.IGNORECASE)


class UnguardedWrite(RuntimeError):
    """Something outside an action wrote to one of our tables; a defect of the program, never of its user."""


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Open the guard for what runs inside."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


@contextlib.contextmanager
def writing_watched() -> Iterator[set[str]]:
    """Which of our tables statements inside write to; the guard must be open."""
    written: set[str] = set()
    token = _seen.set(written)
    try:
        yield written
    finally:
        _seen.reset(token)


@functools.cache
def our_tables() -> frozenset[str]:
    """Tables of our own models: allauth's, Django's sessions and the cache are not acts of the domain."""
    models = apps.get_models(include_auto_created=True)
    return frozenset(model._meta.db_table for model in models if model.__module__.startswith("beffroi."))


@functools.lru_cache(maxsize=1024)
def written_tables(statement: str) -> frozenset[str]:
    """Names that the statement may write to, in lower case: every word that stands where a table is written, so more than tables.

    Read with its comments and without: what looks like a comment may be inside a value.
    """
    found: list[str] = []
    for text in (statement, _COMMENT.sub(" ", statement)):
        found += _WRITE.findall(text)
        for names in _TRUNCATE.findall(text):
            found += re.findall(r"\w+", names)
    return frozenset(name.lower() for name in found)


# The types are those of Django's own wrapper protocol (django-stubs: `_ExecuteWrapper`), whose result is untyped.
def guard(
    execute: Callable[[str, Any, bool, dict[str, Any]], Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """The wrapper that each new connection carries; psycopg's composed statements come through as such."""
    seen = _seen.get()
    if not _open.get() or seen is not None:
        database: BaseDatabaseWrapper = context["connection"]
        statement: object = sql
        text = statement.as_string(database.connection) if isinstance(statement, Composable) else sql
        ours = written_tables(text) & our_tables()
        if not _open.get():
            for table in sorted(ours):
                raise UnguardedWrite(f"a write to {table} outside an action: write it in an actions module")
        elif seen is not None:
            seen |= ours
    return execute(sql, params, many, context)


def inside_act(what: str) -> None:
    """Refuse what belongs to an act and touches no table that the guard knows."""
    if not _open.get():
        raise UnguardedWrite(f"{what} outside an action")


def copy_into(statement: str, rows: Iterable[tuple[object, ...]]) -> int:
    """COPY rows into one of our tables; returns how many. Refused outside an action, as every write is."""
    inside_act("COPY")
    count = 0
    # A cursor's `copy()` raises the driver's own errors: nobody above waits for those.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
