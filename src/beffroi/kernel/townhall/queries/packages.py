"""What says what is in an export, for programs: a Frictionless Data Package (specs.frictionlessdata.io), one resource a file.

Tables have a schema (Table Schema). What they refer to is said as `refersTo`, not as a foreign key that a reader would check: rows of
partners, and of people who work for them, are not this authority's to take.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Field, ForeignKey
from django.utils.translation import gettext as _

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.townhall.queries.tables import plainly
from beffroi.persistence.portability import Table

DESCRIPTOR: Final = "datapackage.json"
# By Django's kind of column: a type of Table Schema, and its format. Others are texts.
TYPES: Final = {
    "AutoField": ("integer", ""),
    "BigAutoField": ("integer", ""),
    "BigIntegerField": ("integer", ""),
    "IntegerField": ("integer", ""),
    "PositiveBigIntegerField": ("integer", ""),
    "PositiveIntegerField": ("integer", ""),
    "PositiveSmallIntegerField": ("integer", ""),
    "SmallIntegerField": ("integer", ""),
    "FloatField": ("number", ""),
    "DecimalField": ("number", ""),
    "DurationField": ("number", ""),  # seconds
    "BooleanField": ("boolean", ""),
    "DateField": ("date", ""),
    "TimeField": ("time", ""),
    "DateTimeField": ("datetime", "any"),
    "UUIDField": ("string", "uuid"),
    "EmailField": ("string", "email"),
    "BinaryField": ("string", "binary"),
    "ArrayField": ("array", ""),
    "JSONField": ("any", ""),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the package: what it is, how long, its SHA-256."""

    path: str
    title: str
    media_type: str
    size: int
    digest: str
    table: Table | None = None
    rows: int = 0

    def described(self) -> dict[str, object]:
        """As the package says it."""
        told: dict[str, object] = {
            "name": self.path.lower(),
            "path": self.path,
            "title": self.title,
            "mediatype": self.media_type,
            "bytes": self.size,
            "hash": f"sha256:{self.digest}",
        }
        if self.table is None:
            return told | {"type": "file"}  # not to be read as a table, whatever its name ends with
        withheld = {name: str(reason) for name, reason in self.table.withheld.items()}
        return told | {
            "type": "table",
            "profile": "tabular-data-resource",
            "format": "csv",
            "encoding": "utf-8",
            "rows": self.rows,
            "schema": _schema(self.table),
            **({"withheld": withheld} if withheld else {}),
        }


def package(authority: Authority, now: datetime, resources: Iterable[Resource]) -> dict[str, object]:
    """The descriptor."""
    return {
        "name": f"beffroi-{authority.slug}",
        "profile": "data-package",
        "title": authority.name,
        "description": _("All data of this authority, as of the day below. README.txt says what each part is."),
        "created": plainly(now.replace(microsecond=0)),
        "resources": [resource.described() for resource in resources],
    }


def _schema(table: Table) -> dict[str, object]:
    return {"fields": [_field(column) for column in table.columns], "primaryKey": table.keys}


def _field(column: "Field[object, object]") -> dict[str, object]:
    kind, form = TYPES.get(_kind(column), ("string", ""))
    told: dict[str, object] = {"name": column.attname, "type": kind, "title": str(column.verbose_name)}
    if form:
        told["format"] = form
    if kind != "string" and not column.null:  # an empty text is written as nothing is
        told["constraints"] = {"required": True}
    if isinstance(column.related_model, type):
        told["refersTo"] = column.related_model._meta.label
    return told


def _kind(column: "Field[object, object]") -> str:
    """A foreign key is of what it refers to."""
    return _kind(column.target_field) if isinstance(column, ForeignKey) else str(column.get_internal_type())
