"""Taking a log up again after its database was restored or replaced: back from the published files, or on in a new generation.

Nothing here signs a checkpoint: the sequencer does, once the database extends what was published.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import connection

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.register.actions.erasure import delete_payloads
from beffroi.kernel.register.actions.sequencing import add_leaves, lock_heads
from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.models import Entry, Head, Leaf
from beffroi.kernel.register.queries.payloads import entries_by_hash, openings_of
from beffroi.kernel.register.queries.standing import leaf_hashes, state_of
from beffroi.kernel.register.registry import LOST, OPENED, RESUMED
from beffroi.kernel.register.rules import GREATEST_SEQUENCE, GivenValue
from beffroi.persistence.acts import system_action
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint, LogEnd
from beffroi.protocol.register.entry import INSTALLATION, openings_to_json, parse_entry
from beffroi.protocol.register.errors import BadTile
from beffroi.protocol.register.journal import ErasureJournal, JournalLine
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.names import LogName


@dataclass(frozen=True, slots=True)
class Published:
    """A generation as its files stand: the archive and the last checkpoint that we signed for it."""

    name: LogName
    archive: Archive
    last: Checkpoint


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was done for one log: leaves taken back, values lost for good, entries whose values were erased again."""

    name: LogName
    leaves: int
    lost: int
    erased: int


@system_action
def take_back(*, published: Published, journal: ErasureJournal, now: datetime) -> Resumed:
    """Insert the leaves that the database lost, as they were published, and apply again the erasures it forgot.

    The caller has checked the archive against its checkpoint. Raises LogForked when what the database has is not the
    beginning of what was published.
    """
    name, archive, last = published.name, published.archive, published.last
    head = lock_heads(origins={name.log: last.origin})[name.log]
    state = state_of(head)
    if state.name != name or state.size > last.size or _edge(archive, state.size, last.size) != state.frontier:
        raise LogForked(f"{last.origin}: what the database has is not the beginning of what was published")
    bodies = list(archive.entries(state.size, last.size, last.size))
    hashes = [leaf_hash(body) for body in bodies]
    identifiers = _restore_entries(name.log, bodies)
    add_leaves([(head, list(zip(identifiers, hashes, strict=True)))])
    explained, erased = _erase_again(name.log, journal)
    lost = _without_values(name.log, [digest for digest in hashes if digest not in explained])
    _record_lost(name.log, lost, reason="database-restored", now=now)
    fields = {"first": state.size, "last": last.size - 1, "lost": len(lost)}
    record(kind=RESUMED, authority=_authority(name.log), by=None, fields=fields, now=now)
    return Resumed(name=name, leaves=len(bodies), lost=len(lost), erased=erased)


@system_action
def continue_log(
    *,
    published: Sequence[Published],
    next_origin: str,
    journal: ErasureJournal,
    seal: Callable[[LogEnd], None],
    now: datetime,
) -> Resumed:
    """Close what the database contradicts, and open the next generation.

    `published` is the database's own generation and those after it, oldest first; the last of them gets its signed end from
    `seal`, called once everything is written and before the commit. The new generation begins with an entry that says so,
    then the database's leaves that the closed one does not have in their place.
    """
    current, top = published[0], published[-1]
    log = current.name.log
    head = lock_heads(origins={log: current.last.origin})[log]
    if LogName(head.log, head.generation) != current.name:
        raise LogForked(f"{current.last.origin}: the database is at another generation")
    agreed = _agreed(current, head.size)
    head.closed = True
    head.save(update_fields=["closed"])
    for unknown in published[1:]:  # generations that this database never had: their files say all there is
        name, origin = unknown.name, unknown.last.origin
        Head.objects.create(log=log, generation=name.generation, origin=origin, closed=True)
    following = top.name.next
    fresh = Head.objects.create(log=log, generation=following.generation, origin=next_origin)
    end = LogEnd(last=top.last, next_origin=next_origin, agreed=agreed if top is current else 0)
    opened = _record_opened(following, end, now)
    disowned = Leaf.objects.filter(log=log, generation=current.name.generation, index__gte=agreed).order_by("index")
    add_leaves([(fresh, [opened, *((leaf.entry, bytes(leaf.hash)) for leaf in disowned)])])
    explained, erased = _erase_again(log, journal)
    tail = itertools.chain(
        _readable_hashes(current.archive, agreed, current.last.size),
        *(_readable_hashes(later.archive, 0, later.last.size) for later in published[1:]),
    )
    lost = _without_values(log, [digest for digest in tail if digest not in explained])
    _record_lost(log, lost, reason="log-continued", now=now)
    seal(end)
    return Resumed(name=following, leaves=fresh.size, lost=len(lost), erased=erased)


def _edge(archive: Archive, size: int, within: int) -> bytes:
    """The right edge of the tree of the first `size` leaves, from the tiles of the log at `within`: those of its own size may never have
    been written here, since a backup may hold more leaves than it holds published ones.
    """
    return Frontier.from_nodes(size, archive.nodes(within)).to_bytes()


def _agreed(published: Published, size: int) -> int:
    """How many leaves from the first the database and the published log have in common."""
    theirs = _readable_hashes(published.archive, 0, published.last.size)
    pairs = zip(leaf_hashes(published.name, 0, size), theirs, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _readable_hashes(archive: Archive, start: int, size: int) -> Iterator[bytes]:
    """Hashes of the published leaves from `start` on, up to the first tile that cannot be read."""
    try:
        for body in archive.entries(start, size, size):
            yield leaf_hash(body)
    except BadTile:
        return


def _record_opened(following: LogName, end: LogEnd, now: datetime) -> tuple[UUID, bytes]:
    fields: dict[str, GivenValue] = {
        "generation": following.generation,
        "previous_size": end.last.size,
        "previous_root": end.last.root.hex(),
        "agreed": end.agreed,
        "reason": "log-continued",
    }
    entry = record(kind=OPENED, authority=_authority(following.log), by=None, fields=fields, now=now)
    return entry, leaf_hash(bytes(Entry.objects.get(pk=entry).body))


def _restore_entries(log: str, bodies: Sequence[bytes]) -> list[UUID]:
    """The ids of these entries, which are inserted unless the database still has them (an entry may outlive its leaf)."""
    known = entries_by_hash(log, [leaf_hash(body) for body in bodies])
    identifiers: list[UUID] = []
    rows: list[tuple[UUID, str, str, datetime, bytes]] = []
    for body in bodies:
        identifier = known.get(leaf_hash(body))
        if identifier is None:
            identifier, entry = uuid4(), parse_entry(body)
            moment = datetime.strptime(entry.at, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
            rows.append((identifier, log, entry.kind, moment, body))
        identifiers.append(identifier)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO register_entry (id, log, kind, at, body) VALUES (%s, %s, %s, %s, %s)", rows)
    return identifiers


def _erase_again(log: str, journal: ErasureJournal) -> tuple[frozenset[bytes], int]:
    """Apply the journal to a restored database; returns the hashes whose missing values it explains, and how many were erased.

    An act of the journal that the database does not have is put back with what opens it: it was never published, or it was in
    a generation that is closed, and will be numbered again.
    """
    lines = list(journal)
    identifiers = _restore_entries(log, [line.body for line in lines])
    erased: set[bytes] = set()
    lost: set[bytes] = set()
    with connection.cursor() as cursor:
        for identifier, line in zip(identifiers, lines, strict=True):
            cursor.execute(
                "INSERT INTO register_payload (entry, log, fields) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [identifier, log, json.dumps(openings_to_json(line.openings))],
            )
            erased.update(_hashes_in(line, "erased"))
            lost.update(_hashes_in(line, "lost"))
    gone = delete_payloads(entries_by_hash(log, sorted(erased)).values())
    return frozenset(erased | lost), len(gone)


def _hashes_in(line: JournalLine, name: str) -> list[bytes]:
    opening = line.openings.get(name)
    values = opening.value if opening is not None and isinstance(opening.value, list) else []
    return [bytes.fromhex(str(value)) for value in values]


def _without_values(log: str, hashes: Sequence[bytes]) -> list[bytes]:
    known = entries_by_hash(log, hashes)
    opened = openings_of(known.values())
    return [digest for digest in hashes if digest not in known or known[digest] not in opened]


def _record_lost(log: str, hashes: Sequence[bytes], *, reason: str, now: datetime) -> None:
    for first in range(0, len(hashes), GREATEST_SEQUENCE):
        named = [digest.hex() for digest in hashes[first : first + GREATEST_SEQUENCE]]
        record(kind=LOST, authority=_authority(log), by=None, fields={"lost": named, "reason": reason}, now=now)


def _authority(log: str) -> UUID | None:
    return None if log == INSTALLATION else UUID(log)
