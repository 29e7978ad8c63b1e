"""How the database stands to the published logs: what waits for a place, and whether the one extends the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from beffroi.kernel.register.errors import DatabaseBehind, LogClosed, LogForked, PublishedLogBroken
from beffroi.kernel.register.models import Head
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.merkle import Frontier
from beffroi.protocol.register.names import LogName

_STEP = 10_000


@dataclass(frozen=True, slots=True)
class HeadState:
    """A head row as it was read: which log, how many leaves, and the perfect subtrees of their tree."""

    name: LogName
    origin: str
    size: int
    frontier: bytes
    closed: bool

    def tree(self) -> Frontier:
        return Frontier.from_bytes(self.size, self.frontier)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that have no leaf, by log, in their order of insertion: (id, body).

    When `complete`, every entry of a transaction before `horizon` was either here or has a leaf.
    """

    entries: dict[str, list[tuple[UUID, bytes]]]
    complete: bool
    horizon: int


# Entries with no leaf, never those "after the last": an act may commit long after it took its number. The snapshot's xmin is the
# oldest transaction still running, so what came before it has been seen for good and needs no second look.
_WAITING = """
SELECT e.log, e.id, e.body FROM register_entry e
WHERE e.transaction >= %s AND NOT EXISTS (SELECT 1 FROM register_leaf l WHERE l.entry = e.id)
ORDER BY e.number LIMIT %s
"""


def waiting(*, horizon: int, limit: int) -> Waiting:
    """At most `limit` entries without a leaf, of transactions from `horizon` on (0: all)."""
    entries: dict[str, list[tuple[UUID, bytes]]] = {}
    with connection.cursor() as cursor:
        # An older snapshot than the next statement's: the horizon can only be too early, never too late.
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest,) = cursor.fetchone()
        cursor.execute(_WAITING, [horizon, limit])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    for log, identifier, body in rows:
        entries.setdefault(log, []).append((identifier, bytes(body)))
    return Waiting(entries=entries, complete=len(rows) < limit, horizon=oldest)


def state_of(row: Head) -> HeadState:
    name = LogName(row.log, row.generation)
    return HeadState(name=name, origin=row.origin, size=row.size, frontier=bytes(row.frontier), closed=row.closed)


def heads() -> list[HeadState]:
    return [state_of(row) for row in Head.objects.order_by("log", "generation")]


def leaf_hashes(name: LogName, start: int, end: int) -> Iterator[bytes]:
    """Hashes of the database's leaves [start, end), in order; raises LogForked at a gap."""
    for first in range(start, end, _STEP):
        last = min(first + _STEP, end)
        rows = _numbered(name, first, last, "SELECT l.index, l.hash FROM register_leaf l")
        yield from (bytes(digest) for _, digest in rows)


def leaves(name: LogName, start: int, end: int) -> Sequence[tuple[UUID, bytes, bytes]]:
    """(entry id, leaf hash, entry body) of the database's leaves [start, end), in order; raises LogForked at a gap."""
    query = "SELECT l.index, l.entry, l.hash, e.body FROM register_leaf l JOIN register_entry e ON e.id = l.entry"
    rows = _numbered(name, start, end, query)
    return [(entry, bytes(digest), bytes(body)) for _, entry, digest, body in rows]


def check_extends(
    head: HeadState | None, archive: Archive, published: Checkpoint | None, further: Iterable[bytes] | None = None
) -> None:
    """Raise SequencerStopped unless the database's log, `head`, extends what was published and signed.

    The published tree, grown by the database's further leaves, must be the database's tree: one hash comparison says it all.
    `further` is the hashes of those leaves, which are read from the database when it is not given.
    """
    if head is not None and head.closed:
        return  # its files stand as they were closed, whatever the database has
    if archive.end() is not None:
        raise LogClosed(f"{archive.folder.name} was closed by a signed end that the database does not know")
    if published is None:
        return
    size = 0 if head is None else head.size
    if head is None or size < published.size:
        raise DatabaseBehind(
            f"{published.origin}: {published.size} leaves were published, the database has {size}; it was restored, or "
            "another server took over without the last acts"
        )
    try:
        tree = archive.frontier(published.size)
    except RegisterFormatError as error:
        raise PublishedLogBroken(f"{published.origin}: {error}") from error
    if tree.root() != published.root:
        raise PublishedLogBroken(f"{published.origin}: the published tiles are not those of their own checkpoint")
    tree.extend(leaf_hashes(head.name, published.size, size) if further is None else further)
    if tree.to_bytes() != head.frontier or head.origin != published.origin:
        raise LogForked(f"{published.origin}: the database's leaves are not those that were published")


def _numbered(name: LogName, start: int, end: int, query: str) -> list[tuple[Any, ...]]:
    where = " WHERE l.log = %s AND l.generation = %s AND l.index >= %s AND l.index < %s ORDER BY l.index"
    with connection.cursor() as cursor:
        cursor.execute(query + where, [name.log, name.generation, start, end])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if [row[0] for row in rows] != list(range(start, end)):
        raise LogForked(f"{name.folder}: leaves {start} to {end} are not all in the database")
    return rows
