"""What a viewer may see of the record: acts of the authorities they serve, and those of grants and keys the caller answers for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.register.models import Entry, Leaf, Payload
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.lib.viewer import Role, Viewer
from beffroi.protocol.register.entry import INSTALLATION, Value
from beffroi.protocol.register.names import LogName


@dataclass(frozen=True, slots=True)
class Reach:
    """Grants and keys (RFC 7638 thumbprints) whose acts the viewer may see, as the app that owns the grants has decided."""

    grants: frozenset[UUID] = frozenset()
    holders: frozenset[str] = frozenset()


NOTHING = Reach()


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """An entry as it is shown. `place` is None until it is numbered; `values` is None when they were erased or lost."""

    entry: UUID
    kind: str
    log: str
    at: datetime
    place: tuple[LogName, int] | None
    values: Mapping[str, Value] | None


def acts_of_grant(viewer: Viewer, grant: UUID, *, reach: Reach = NOTHING, limit: int = 200) -> list[RecordedAct]:
    """The acts under one grant, oldest first."""
    return _acts(_visible(viewer, reach).filter(grant=grant), limit)


def entries_of_holders(viewer: Viewer, holders: Collection[str], *, reach: Reach = NOTHING) -> QuerySet[Entry]:
    """The entries of acts with these keys, the latest first."""
    payloads = _visible(viewer, reach).filter(holder__in=holders)
    return Entry.objects.filter(pk__in=payloads.values("entry")).order_by("-number")


def entries_there(*, log: str, kind: str) -> set[UUID]:
    """Every entry of a kind in one log, values or none: for the weekly look over what was destroyed."""
    return set(Entry.objects.filter(log=log, kind=kind).values_list("id", flat=True))


def _visible(viewer: Viewer, reach: Reach) -> QuerySet[Payload]:
    return Payload.objects.filter(
        Q(log__in=readable_logs(viewer)) | Q(grant__in=reach.grants) | Q(holder__in=reach.holders)
    )


def readable_logs(viewer: Viewer) -> list[str]:
    """The logs of the viewer's authorities; the installation's for an authority's administrators."""
    logs = [str(authority) for authority in viewer.authorities()]
    return [*logs, INSTALLATION] if viewer.authorities(Role.ADMINISTRATOR) else logs


def _acts(payloads: QuerySet[Payload], limit: int) -> list[RecordedAct]:
    identifiers = payloads.values_list("entry", flat=True)
    return described(Entry.objects.filter(pk__in=identifiers).order_by("number")[:limit])


def described(rows: Iterable[Entry]) -> list[RecordedAct]:
    """Entries that the caller has scoped, as they are shown."""
    entries = list(rows)
    opened = openings_of(row.id for row in entries)
    leaves = Leaf.objects.filter(entry__in=[row.id for row in entries]).order_by("generation")
    places = {leaf.entry: (LogName(leaf.log, leaf.generation), leaf.index) for leaf in leaves}
    return [
        RecordedAct(
            entry=row.id,
            kind=row.kind,
            log=row.log,
            at=row.at,
            place=places.get(row.id),
            values={name: item.value for name, item in opened[row.id].items()} if row.id in opened else None,
        )
        for row in entries
    ]
