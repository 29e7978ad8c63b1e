"""What is held of one person: every row that names them, for themselves (RGPD, 15 and 20)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.registry import KINDS
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.kernel.townhall.queries.tables import plainly
from beffroi.persistence.portability import Table, person_tables

# How the values of an entry name somebody.
NAMED_AS = ("by", "person", "for")
# Of one table: beyond it, a file is what helps.
ON_PAPER = 200
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Columns that have no words of their own and are a person's to read all the same.
OWN_WORDS = {
    "made_at": gettext_lazy("made on"),
    "expires_at": gettext_lazy("good until"),
    "accepted_at": gettext_lazy("accepted on"),
    "withdrawn_at": gettext_lazy("withdrawn on"),
    "handed_at": gettext_lazy("sent on"),
    "shown_at": gettext_lazy("seen on"),
    "acknowledged_at": gettext_lazy("answered on"),
    "last_seen_at": gettext_lazy("last seen on"),
    "number": gettext_lazy("number"),
    "ip": gettext_lazy("network address"),
    "user_agent": gettext_lazy("browser"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a table names somebody."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table's rows on paper, each as pairs of words; `more` of them are not on it."""

    words: str
    rows: list[list[tuple[str, str]]]
    more: int


def held_of(person: UUID) -> list[Held]:
    """Tables that hold something of the person, in words, and how many rows."""
    found = []
    for table in person_tables():
        count = _rows(table, person).count()
        if count:
            found.append(Held(table.words, count))
    entries = _payloads(person).count()
    if entries:
        found.append(Held(_("register entry"), entries))
    return found


def own_rows(person: UUID) -> dict[str, list[dict[str, object]]]:
    """Everything, by table. Other people's identifiers are hidden, and what never leaves is left out."""
    found = {table.label: [_shown(table, row, person) for row in _values(table, person)] for table in person_tables()}
    found["register.Entry"] = list(_entries(person))
    return {label: rows for label, rows in found.items() if rows}


def own_sheets(person: UUID) -> list[Sheet]:
    """The same in words, for a paper: without what only programs read (identifiers, counters) and what is empty; of a table with very
    many rows the rest is counted.
    """
    found = []
    for table in person_tables():
        rows = list(islice(_values(table, person), ON_PAPER))
        if rows:
            names = _names(table, rows)
            told = [_in_words(table, _shown(table, row, person), names) for row in rows]
            found.append(Sheet(table.words, told, _rows(table, person).count() - len(rows)))
    entries = list(_entries(person))
    if entries:
        told = [_entry_in_words(entry) for entry in entries[-ON_PAPER:]]
        found.append(Sheet(_("register entry"), told, len(entries) - len(told)))
    return found


def _names(table: Table, rows: list[dict[str, object]]) -> dict[str, str]:
    """The authorities and organisations that these rows speak of: whom one deals with is no secret to oneself."""
    found: dict[str, str] = {}
    for model in (Authority, Organisation):
        columns = [column.attname for column in table.columns if column.related_model is model]
        wanted = {row[name] for row in rows for name in columns}
        found |= {str(key): name for key, name in QuerySet(model).filter(pk__in=wanted).values_list("pk", "name")}
    return found


def _in_words(table: Table, row: Mapping[str, object], names: Mapping[str, str]) -> list[tuple[str, str]]:
    told = []
    for column in table.columns:
        value = row[column.attname]
        label = OWN_WORDS.get(column.name) if isinstance(column.verbose_name, str) else column.verbose_name
        if label is None or column.primary_key or value in (None, "", [], {}):
            continue
        chosen = dict(column.flatchoices).get(value) if isinstance(value, str) else None
        words = names.get(str(value)) or str(chosen or "") or _plain(value)
        if not IDENTIFIER.fullmatch(words):
            told.append((str(label), words))
    return told


def _entry_in_words(entry: Mapping[str, object]) -> list[tuple[str, str]]:
    kind = KINDS.get(str(entry["kind"]))
    told = str(kind.description) if kind else str(entry["kind"])
    return [(_("what happened"), told), (_("date and time"), _plain(entry["at"])), (_("number"), str(entry["entry"]))]


def _plain(value: object) -> str:
    """A value as people read it. Moments come as they are written to a file."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    moment = parse_datetime(value) if isinstance(value, str) and MOMENT.match(value) else None
    return date_format(localtime(moment), "DATETIME_FORMAT") if moment else str(value)


def _rows(table: Table, person: UUID) -> QuerySet[Model]:
    named = Q(pk__in=[])
    for column in table.naming:
        named |= Q(**{column: person})
    return QuerySet(table.model).filter(named)


def _values(table: Table, person: UUID) -> Iterator[dict[str, object]]:
    yield from _rows(table, person).order_by("pk").values(*table.names)


def _shown(table: Table, row: Mapping[str, object], person: UUID) -> dict[str, object]:
    hidden = _("somebody else")
    return {name: hidden if _anothers(table, row, name, person) else plainly(value) for name, value in row.items()}


def _anothers(table: Table, row: Mapping[str, object], name: str, person: UUID) -> bool:
    """Whether a column names somebody else, or tells of them."""
    if name in table.naming:
        return row[name] not in {None, person}
    return name in table.about and person not in {row[column] for column in table.about[name]}


def _payloads(person: UUID) -> QuerySet[Payload]:
    named = Q(pk__in=[])
    for name in NAMED_AS:
        named |= Q(**{f"fields__{name}__value": str(person)})
    return Payload.objects.filter(named)


def _entries(person: UUID) -> Iterator[dict[str, object]]:
    """Which acts, when, and how the person is named in each: what else an entry says may be about somebody else."""
    named = {
        row.entry: [name for name in NAMED_AS if row.fields.get(name, {}).get("value") == str(person)]
        for row in _payloads(person).iterator()
    }
    for entry in Entry.objects.filter(pk__in=list(named)).order_by("number"):
        yield {
            "entry": str(entry.id),
            "kind": entry.kind,
            "at": plainly(entry.at),
            "log": entry.log,
            "named_as": named[entry.id],
        }
