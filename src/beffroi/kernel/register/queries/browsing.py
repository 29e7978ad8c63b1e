"""The register as those who serve an authority read it: its entries by place, kind, time and what they are about."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from beffroi.kernel.register.models import Entry, Head, Leaf, Payload
from beffroi.kernel.register.queries.acts import RecordedAct, described, readable_logs
from beffroi.kernel.register.registry import ERASED, LOST, RIGHTS_UNDER, registered_kinds
from beffroi.kernel.register.rules import RESERVED, FieldType, Many
from beffroi.lib.viewer import Viewer
from beffroi.protocol.register.merkle import leaf_hash
from beffroi.protocol.register.names import LogName

# How far back a search looks unless it says so: the index goes by time.
USUALLY = timedelta(days=31)
# Acts of one thing: its identifier stands in some field, alone or among several.
_ABOUT = """
SELECT p.entry FROM register_payload p WHERE p.log = %s AND p.fields @> ANY (%s::jsonb[])
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a page of the register shows of one log: everything in its order, or what a search finds between two moments."""

    log: str
    kind: str = ""
    thing: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.kind or self.thing or self.since or self.until)


def numbered(log: str) -> QuerySet[Leaf]:
    """Every numbered entry of the open generation of a log (callers scope it), the latest first."""
    generation = Head.objects.filter(log=log).order_by("-generation").values_list("generation", flat=True).first()
    return Leaf.objects.filter(log=log, generation=generation or 1).order_by("-index")


def size_of(log: str) -> int:
    """How many there are: the head's own count."""
    return Head.objects.filter(log=log).order_by("-generation").values_list("size", flat=True).first() or 0


def found(sought: Sought) -> QuerySet[Entry]:
    """What a search finds, the latest first."""
    rows = Entry.objects.filter(log=sought.log)
    if sought.since:
        rows = rows.filter(at__gte=sought.since)
    if sought.until:
        rows = rows.filter(at__lt=sought.until)
    if sought.kind:
        rows = rows.filter(kind=sought.kind)
    if sought.thing:
        about = Q(pk__in=RawSQL(_ABOUT, [sought.log, _mentions(sought.thing)]))  # noqa: S611 - constant SQL, bound values
        for rights in RIGHTS_UNDER:
            about |= Q(pk__in=Payload.objects.filter(log=sought.log, grant__in=rights(sought.thing)).values("entry"))
        rows = rows.filter(about)
    return rows.order_by("-at", "-number")


def acts_of_leaves(leaves: Sequence[Leaf]) -> list[RecordedAct]:
    """The entries of these leaves, in the same order."""
    acts = {act.entry: act for act in described(Entry.objects.filter(pk__in=[leaf.entry for leaf in leaves]))}
    return [acts[leaf.entry] for leaf in leaves if leaf.entry in acts]


def lines(sought: Sought, most: int) -> Iterator[RecordedAct]:
    """What is shown, for an export: at most so many."""
    if sought.narrowed:
        yield from described(found(sought)[:most])
        return
    yield from acts_of_leaves(list(numbered(sought.log)[:most]))


def act(viewer: Viewer, entry: UUID) -> RecordedAct | None:
    """One entry of a log that the viewer may read."""
    rows = described(Entry.objects.filter(pk=entry, log__in=readable_logs(viewer)))
    return rows[0] if rows else None


def body_of(entry: UUID) -> bytes:
    """The leaf's bytes, of an entry that the viewer's own query let through."""
    return bytes(Entry.objects.values_list("body", flat=True).get(pk=entry))


def what_took(entry: UUID) -> tuple[str, UUID] | None:
    """Why the values of an entry are gone: the kind of the entry that says so, and that entry. None when nothing says it."""
    row = Entry.objects.filter(pk=entry).first()
    if row is None:
        return None
    digest = leaf_hash(bytes(row.body)).hex()
    for kind, name in ((ERASED, "erased"), (LOST, "lost")):
        said = json.dumps({name: {"value": [digest]}})
        entries = Entry.objects.filter(log=row.log, kind=kind, at__gte=row.at).values("pk")
        there = Payload.objects.filter(entry__in=entries).extra(where=["fields @> %s::jsonb"], params=[said])
        if taker := there.values_list("entry", flat=True).first():
            return kind, taker
    return None


def logs_of(viewer: Viewer) -> list[str]:
    """Logs that the viewer may read, the authorities' before the installation's."""
    return readable_logs(viewer)


def name_of(log: str) -> LogName:
    """The open generation of a log."""
    generation = Head.objects.filter(log=log).order_by("-generation").values_list("generation", flat=True).first()
    return LogName(log, generation or 1)


def _mentions(thing: UUID) -> list[str]:
    """What a payload that names the thing contains, for each field that may name one."""
    alone: set[str] = {name for name, declared in RESERVED.items() if declared is FieldType.UUID}
    several: set[str] = set()
    for kind in registered_kinds():
        for name, declared in kind.fields.items():
            if isinstance(declared, Many) and declared.type is FieldType.UUID:
                several.add(name)
            elif declared is FieldType.UUID:
                alone.add(name)
    one: list[Mapping[str, object]] = [{name: {"value": str(thing)}} for name in sorted(alone)]
    return [json.dumps(said) for said in (*one, *({name: {"value": [str(thing)]}} for name in sorted(several)))]
