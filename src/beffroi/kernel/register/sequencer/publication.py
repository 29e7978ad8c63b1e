"""Publishing a log: journal, tiles, then the signed checkpoint, never one that does not extend the last."""

from collections.abc import Iterable, Sequence
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


def publish_fresh(head: HeadState, bodies: Sequence[bytes], place: Shelf, keys: KeyRing) -> bool:
    """Publish the entries that were just numbered, without asking the database again, so that logs go side by side.

    False, and nothing done, when there is more to it: other leaves are to be published too, or the journal is to be written.
    """
    if any(mark in body for body in bodies for mark in _MARKS):
        return False
    archive, own = place.archive(head.name), keys.of(head.name.log)
    with archive.locked():
        published = signed_checkpoint(archive, own)
        size = 0 if published is None else published.size
        if size != head.size - len(bodies):
            return False
        hashes = [leaf_hash(body) for body in bodies]
        check_extends(head, archive, published, hashes)
        tree = archive.frontier(size)
        tree.extend(hashes)
        if tree.to_bytes() != head.frontier:
            raise LogForked(f"{head.origin}: the entries are not those that were numbered")
        archive.extend(size, bodies)
        archive.publish(sign_checkpoint(Checkpoint(head.origin, head.size, tree.root()), own.signing))
    return True


def _write_journal(rows: Iterable[tuple[UUID, bytes, bytes]], place: Shelf, log: str) -> None:
    acts = {identifier: body for identifier, _, body in rows if any(mark in body for mark in _MARKS)}
    acts = {identifier: body for identifier, body in acts.items() if parse_entry(body).kind in (ERASED, LOST)}
    if not acts:
        return
    opened = openings_of(acts)
    lines = [JournalLine(acts[identifier], openings) for identifier, openings in opened.items()]
    journal(place, log).append(lines)
