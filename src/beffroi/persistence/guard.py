"""The runtime write guard: INSERT, UPDATE, DELETE, TRUNCATE and COPY on our tables only inside an action or a migration.

It reads the statement's text, as every statement passes `connection.execute_wrapper`. COPY through a cursor's `copy()` goes
past that hook, so it goes only through `copy_into()` here, which checks the same flag.
"""

import contextlib
import contextvars
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper

_open = contextvars.ContextVar("beffroi_write_guard_open", default=False)
_WRITE = re.compile(
    r'\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?|COPY|MERGE\s+INTO)\s+"?(\w+)"?',
    re.IGNORECASE,
)


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


@functools.cache
def our_tables() -> frozenset[str]:
    """Tables of our own models: allauth's, Django's sessions and the cache are not acts of the domain."""
    models = apps.get_models(include_auto_created=True)
    return frozenset(model._meta.db_table for model in models if model.__module__.startswith("beffroi."))


class Execute(Protocol):
    """Django's `execute` callback, as a wrapper receives it."""

    def __call__(self, sql: str, params: object, many: bool, context: dict[str, object]) -> CursorWrapper: ...


def guard(execute: Execute, sql: object, params: object, many: bool, context: dict[str, object]) -> CursorWrapper:
    """The wrapper that each new connection carries; `sql` is a str or a psycopg Composable."""
    text = sql if isinstance(sql, str) else str(sql)
    if not _open.get():
        for table in _WRITE.findall(text):
            if table in our_tables():
                raise UnguardedWrite(f"a write to {table} outside an action: write it in an actions module")
    return execute(text if isinstance(sql, str) else sql, params, many, context)  # type: ignore[arg-type]  # psycopg's Composable passes through


def copy_into(statement: str, rows: Iterable[tuple[object, ...]]) -> int:
    """COPY rows into one of our tables; returns how many. Refused outside an action, as every write is."""
    if not _open.get():
        raise UnguardedWrite("COPY outside an action")
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
