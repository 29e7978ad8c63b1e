"""What leaves when an authority takes its data away, or a person theirs: each app says what is otherwise than one would guess.

Guessed: a table with a foreign key `authority` is that authority's; a foreign key to a person names them; every column leaves.
Said here: tables that are an authority's by another way, or nobody's to take; columns that name a person without a foreign key;
columns that tell of somebody in particular; columns that never leave. A test refuses a table of which nothing is known, and a
column that looks like a secret and isn't named.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.utils.functional import Promise

Words = str | Promise
Scope = Callable[[UUID], QuerySet[Model]]

SCOPES: dict[str, Scope] = {}
NAMING: dict[str, tuple[str, ...]] = {}
# By table, columns that tell of somebody, and the columns that say of whom.
ABOUT: dict[str, dict[str, tuple[str, ...]]] = {}
WITHHELD: dict[str, dict[str, Words]] = {}
# What a row is to whoever reads, where its class has no such name.
CALLED: dict[str, Words] = {}
# Tables that no authority takes, and why.
NOBODYS: dict[str, Words] = {}
# By table, the column that holds a MultiPolygon's coordinates (RFC 7946).
SURFACES: dict[str, str] = {}
# What lies in files beside the tables, by the app that keeps it.
ATTACHMENTS: dict[str, Callable[[UUID], Iterable["Attachment"]]] = {}
POINT = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that leaves: its columns as they are written, and what is withheld, with the reason."""

    model: type[Model]
    columns: tuple["Field[object, object]", ...]
    naming: tuple[str, ...]
    withheld: dict[str, Words] = field(default_factory=dict)
    about: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`alerts.Audience`."""
        return self.model._meta.label

    @property
    def words(self) -> str:
        """What one of its rows is."""
        return str(CALLED.get(self.label, self.model._meta.verbose_name))

    @property
    def names(self) -> tuple[str, ...]:
        """Columns as they are called in the database."""
        return tuple(column.attname for column in self.columns)

    @property
    def keys(self) -> list[str]:
        """Columns that tell a row from the others."""
        return [column.attname for column in self.model._meta.pk_fields]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an authority's that leaves with its tables. `name`: its path in the file, with the identifier of the row that it is of;
    `read` gives its bytes, or None when it was destroyed meanwhile.
    """

    name: str
    media_type: str
    read: Callable[[], bytes | None]


def register_attachments(code: str, files: Callable[[UUID], Iterable[Attachment]]) -> None:
    """Say which files of an authority leave with its tables."""
    if ATTACHMENTS.setdefault(code, files) is not files:
        raise ValueError(f"two lots of files are called {code}")


def register_surface(model: str, column: str) -> None:
    """Say which column holds a surface."""
    if SURFACES.setdefault(model, column) != column:
        raise ValueError(f"{model} has two surfaces")


def register_called(model: str, words: Words) -> None:
    """Say what a row of a table is to whoever takes it away."""
    if CALLED.setdefault(model, words) is not words:
        raise ValueError(f"{model} is called twice")


def register_scope(model: str, rows: Scope) -> None:
    """Say which rows of a table are an authority's, where no foreign key says it."""
    if SCOPES.setdefault(model, rows) is not rows:
        raise ValueError(f"{model} is scoped twice")


def register_naming(model: str, *columns: str) -> None:
    """Say which columns name a person without a foreign key."""
    if NAMING.setdefault(model, columns) != columns:
        raise ValueError(f"{model} names people twice")


def register_about(model: str, columns: Sequence[str], people: Sequence[str]) -> None:
    """Say which columns tell of somebody (a name, an address) and which say of whom: of the others in the row, nobody takes them."""
    ABOUT.setdefault(model, {}).update(dict.fromkeys(columns, tuple(people)))


def register_withheld(model: str, columns: Sequence[str], reason: Words) -> None:
    """Say which columns never leave, and why."""
    WITHHELD.setdefault(model, {}).update(dict.fromkeys(columns, reason))


def register_nobodys(models: Sequence[str], reason: Words) -> None:
    """Say which tables no authority takes, and why."""
    NOBODYS.update(dict.fromkeys(models, reason))


def table_of(model: type[Model]) -> Table:
    """What leaves of a table."""
    withheld = WITHHELD.get(model._meta.label, {})
    columns = tuple(column for column in model._meta.concrete_fields if column.name not in withheld)
    return Table(model, columns, naming(model), withheld, ABOUT.get(model._meta.label, {}))


def naming(model: type[Model]) -> tuple[str, ...]:
    """Columns that name a person."""
    keys = [column.attname for column in model._meta.concrete_fields if _to(column) == settings.AUTH_USER_MODEL]
    return (*keys, *NAMING.get(model._meta.label, ()))


def scope_of(model: type[Model]) -> Scope | None:
    """Which rows are an authority's; None for a table that is no authority's."""
    label = model._meta.label
    if label in SCOPES:
        return SCOPES[label]
    if any(
        column.name == "authority" and _to(column) == "territory.Authority" for column in model._meta.concrete_fields
    ):
        return lambda authority: QuerySet(model).filter(authority=authority)
    return None


def authority_tables() -> list[Table]:
    """Every table of which an authority takes its rows, by label."""
    return [table_of(model) for model in models() if scope_of(model) and model._meta.label not in NOBODYS]


def person_tables() -> list[Table]:
    """Every table of which a person takes the rows that name them, by label."""
    return [table_of(model) for model in models() if naming(model)]


def models() -> list[type[Model]]:
    """Every table there is, by label."""
    return sorted(apps.get_models(), key=lambda model: model._meta.label)


def _to(column: "Field[object, object]") -> str:
    return column.related_model._meta.label if isinstance(column, ForeignKey) else ""
