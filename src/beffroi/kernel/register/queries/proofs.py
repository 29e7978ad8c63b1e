"""Proofs about what is published, from the published files alone."""

import base64
from dataclasses import dataclass

from beffroi.kernel.register.queries.published import Shelf, checkpoint_in, served_checkpoint, shelf
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint
from beffroi.protocol.register.errors import BadProof
from beffroi.protocol.register.merkle import consistency_proof, inclusion_proof
from beffroi.protocol.register.names import LogName


def prove_inclusion(archive: Archive, *, index: int, size: int) -> list[bytes]:
    """Steps from leaf `index` to the root at `size`, at most what is published; raises BadProof, BadTile."""
    published = _within(archive, size)
    # Partial tiles exist for sizes that had a checkpoint only: the nodes come from the published tree, which extends this one.
    return inclusion_proof(index, size, archive.nodes(published.size, cached=True))


def prove_consistency(archive: Archive, *, old: int, new: int) -> list[bytes]:
    """Proof that the log at `new` extends the log at `old`; raises BadProof, BadTile."""
    published = _within(archive, new)
    return consistency_proof(old, new, archive.nodes(published.size, cached=True))


def _within(archive: Archive, size: int) -> Checkpoint:
    published = served_checkpoint(archive)
    if published is None or size > published.size:
        raise BadProof("nothing is published at that size")
    return published


@dataclass(frozen=True, slots=True)
class Standing:
    """How a log stands in its published files: `note` is the signed checkpoint, "" before the first."""

    origin: str
    size: int
    root: str
    note: str
    closed: bool


def standing(name: LogName, place: Shelf | None = None) -> Standing:
    """What anybody reads of a log at this moment."""
    archive = (place or shelf()).archive(name)
    note = archive.checkpoint()
    if note is None:
        return Standing("", 0, "", "", closed=False)
    checkpoint = checkpoint_in(note)
    root = base64.b64encode(checkpoint.root).decode()
    return Standing(checkpoint.origin, checkpoint.size, root, note, closed=archive.end() is not None)
