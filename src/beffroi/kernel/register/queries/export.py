"""Reading the whole register for an export: entries from the published files, values from the database."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from beffroi.kernel.register.models import Leaf
from beffroi.kernel.register.queries.payloads import entries_by_hash, openings_of
from beffroi.kernel.register.queries.published import Shelf, checkpoint_in
from beffroi.kernel.register.registry import ERASED, LOST
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.entry import Opening
from beffroi.protocol.register.export import CheckpointLine, EntryLine, Line, LogLine
from beffroi.protocol.register.merkle import leaf_hash
from beffroi.protocol.register.names import LogName

_STEP = 1024
_LOOK_EVERY = 0.1
"""Seconds between two looks for a checkpoint that covers all that was erased."""


def export_lines(
    place: Shelf, *, only: str | None = None, patience: float = 10.0, clock: Callable[[], float] = time.monotonic
) -> Iterator[Line]:
    """Every published log, or those of one authority `only`; all generations, oldest first.

    Values may be erased while this reads: each log is read as of one moment, at which its checkpoint covers every act that erased
    something; such a moment is waited for, at most `patience` seconds a log.
    """
    for name in sorted(name for name in place.names() if only in {None, name.log}):
        archive = place.archive(name)
        deadline = clock() + patience
        while True:
            end, note = archive.end(), archive.checkpoint()
            if note is None:
                break
            size = checkpoint_in(note).size
            with _one_moment():  # begins after the checkpoint was read: what it covers is there
                if end is not None or not _unpublished_erasures(name, size) or clock() > deadline:
                    yield LogLine(checkpoint_in(note).origin)
                    yield from _entries(name, archive, size)
                    yield CheckpointLine(note, end)
                    break
            time.sleep(_LOOK_EVERY)


@contextmanager
def _one_moment() -> Iterator[None]:
    """The database as it is now, whatever is written meanwhile, to be read only."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _entries(name: LogName, archive: Archive, size: int) -> Iterator[EntryLine]:
    for first in range(0, size, _STEP):
        bodies = list(archive.entries(first, min(first + _STEP, size), size))
        hashes = [leaf_hash(body) for body in bodies]
        opened = _openings(name, first, hashes)
        for index, (body, digest) in enumerate(zip(bodies, hashes, strict=True), start=first):
            yield EntryLine(index=index, hash=digest.hex(), body=body, openings=opened.get(digest))


def _openings(name: LogName, first: int, hashes: Sequence[bytes]) -> dict[bytes, dict[str, Opening]]:
    """By leaf hash. The database's leaf stands for the published one only when their hashes agree."""
    rows = Leaf.objects.filter(
        log=name.log, generation=name.generation, index__gte=first, index__lt=first + len(hashes)
    ).values_list("index", "entry", "hash")
    known = {bytes(digest): entry for index, entry, digest in rows if hashes[index - first] == bytes(digest)}
    unknown = [digest for digest in hashes if digest not in known]
    known.update(entries_by_hash(name.log, unknown))
    opened = openings_of(known.values())
    return {digest: opened[entry] for digest, entry in known.items() if entry in opened}


def _unpublished_erasures(name: LogName, size: int) -> bool:
    """Whether some values are already gone by an act that the log does not show before `size`."""
    query = """
    SELECT EXISTS (
        SELECT 1 FROM register_entry e LEFT JOIN register_leaf l ON l.entry = e.id AND l.generation = %s
        WHERE e.log = %s AND e.kind IN (%s, %s) AND (l.index IS NULL OR l.index >= %s)
          AND NOT EXISTS (SELECT 1 FROM register_leaf o WHERE o.entry = e.id AND o.generation <> %s)
    )
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [name.generation, name.log, ERASED, LOST, size, name.generation])
        return bool(cursor.fetchone()[0])
