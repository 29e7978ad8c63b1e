"""Publishing a log: journal, tiles, then the signed checkpoint, never one that does not extend the last."""

from collections.abc import Iterable
from uuid import UUID

from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.register.queries.published import Shelf, journal, signed_checkpoint
from beffroi.kernel.register.queries.standing import HeadState, check_extends, leaves
from beffroi.kernel.register.registry import ERASED, LOST
from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint
from beffroi.protocol.register.entry import parse_entry
from beffroi.protocol.register.journal import JournalLine
from beffroi.protocol.register.merkle import leaf_hash

_STEP = 8192
_MARKS = (f'"kind":"{ERASED}"'.encode(), f'"kind":"{LOST}"'.encode())


def publish(head: HeadState, place: Shelf, keys: KeyRing) -> int:
    """Publish what the database numbered and the files lack; returns how many leaves. Raises SequencerStopped."""
    archive, own = place.archive(head.name), keys.of(head.name.log)
    with archive.locked():
        published = signed_checkpoint(archive, own)
        check_extends(head, archive, published)
        first = size = 0 if published is None else published.size
        tree = archive.frontier(size)
        while size < head.size:
            rows = leaves(head.name, size, min(size + _STEP, head.size))
            bodies = [body for _, _, body in rows]
            if any(leaf_hash(body) != digest for _, digest, body in rows):
                raise LogForked(
                    f"{head.origin}: an entry is no longer what its leaf says, between {size} and {head.size}"
                )
            tree.extend(digest for _, digest, _ in rows)
            _write_journal(rows, place, head.name.log)
            archive.extend(size, bodies)
            size = tree.size
            archive.publish(sign_checkpoint(Checkpoint(head.origin, size, tree.root()), own.signing))
        return size - first


def _write_journal(rows: Iterable[tuple[UUID, bytes, bytes]], place: Shelf, log: str) -> None:
    acts = {identifier: body for identifier, _, body in rows if any(mark in body for mark in _MARKS)}
    acts = {identifier: body for identifier, body in acts.items() if parse_entry(body).kind in (ERASED, LOST)}
    if not acts:
        return
    opened = openings_of(acts)
    lines = [JournalLine(acts[identifier], openings) for identifier, openings in opened.items()]
    journal(place, log).append(lines)
