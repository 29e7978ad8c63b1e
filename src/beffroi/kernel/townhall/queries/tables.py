"""Rows of tables as text: what exports and people's own files are made of."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Field, Model, QuerySet

from beffroi.persistence.portability import Table

AT_ONCE = 2000


def rows_of(table: Table, rows: QuerySet[Model]) -> Iterator[tuple[object, ...]]:
    """The rows' values, column by column, in the order of their keys."""
    yield from rows.order_by("pk").values_list(*table.names).iterator(chunk_size=AT_ONCE)


def written(value: object) -> str:
    """A value in a cell: ISO dates in UTC, JSON for what has parts, base64 for bytes, nothing for null."""
    if value is None:
        return ""
    plain = plainly(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def plainly(value: object) -> object:
    """A value as JSON takes it."""
    plain = value
    if isinstance(value, datetime):
        plain = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    elif isinstance(value, (date, time)):
        plain = value.isoformat()
    elif isinstance(value, timedelta):
        plain = value.total_seconds()
    elif isinstance(value, (UUID, Decimal)):
        plain = str(value)
    elif isinstance(value, (bytes, memoryview, bytearray)):
        plain = base64.b64encode(bytes(value)).decode("ascii")
    elif isinstance(value, (list, tuple)):
        plain = [plainly(one) for one in value]
    return plain


def documentation(tables: Iterable[Table]) -> Iterator[tuple[str, str, str, str, str]]:
    """Each column of each table: the table, the column, its type, what it means, what it refers to; and what is withheld, and why."""
    for table in tables:
        for column in table.model._meta.concrete_fields:
            reason = table.withheld.get(column.name)
            meaning = str(column.verbose_name) if reason is None else f"— ({reason})"
            yield table.label, column.attname, _type(column), meaning, _refers(column)


def _type(column: "Field[object, object]") -> str:
    return column.get_internal_type().removesuffix("Field").lower()


def _refers(column: "Field[object, object]") -> str:
    return column.related_model._meta.label if isinstance(column.related_model, type) else ""
