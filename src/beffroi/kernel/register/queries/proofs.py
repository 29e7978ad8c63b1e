"""Proofs and receipts, from the published files alone: what is handed out is what a stranger can fetch too."""

from collections.abc import Container
from uuid import UUID

from beffroi.kernel.register.models import Entry
from beffroi.kernel.register.queries.acts import NOTHING, Reach, visible_entry
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.register.queries.published import Shelf, checkpoint_in, served_checkpoint
from beffroi.lib.viewer import Viewer
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint
from beffroi.protocol.register.errors import BadProof
from beffroi.protocol.register.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_inclusion
from beffroi.protocol.register.receipt import Receipt


def prove_inclusion(archive: Archive, *, index: int, size: int) -> list[bytes]:
    """Steps from leaf `index` to the root at `size`, at most what is published; raises BadProof, BadTile."""
    _within(archive, size)
    return inclusion_proof(index, size, archive.nodes(size))


def prove_consistency(archive: Archive, *, old: int, new: int) -> list[bytes]:
    """Proof that the log at `new` extends the log at `old`; raises BadProof, BadTile."""
    published = _within(archive, new)
    # Partial tiles of sizes between two checkpoints were never written: all nodes come from the published tree.
    return consistency_proof(old, new, archive.nodes(published.size))


def receipt(
    viewer: Viewer,
    entry: UUID,
    *,
    place: Shelf,
    reach: Reach = NOTHING,
    opened: Container[str] | None = None,
) -> Receipt | None:
    """The receipt of an entry, opening the fields named in `opened` (all when None).

    None when the viewer may not see the entry, and until it is published (within a second).
    Raises BadProof or BadTile when the published files do not prove it, which is a defect of this server.
    """
    act = visible_entry(viewer, entry, reach=reach)
    if act is None or act.place is None:
        return None
    name, index = act.place
    archive = place.archive(name)
    note = archive.checkpoint()
    if note is None:
        return None
    checkpoint = checkpoint_in(note)
    if index >= checkpoint.size:
        return None
    body = bytes(Entry.objects.get(pk=entry).body)
    proof = inclusion_proof(index, checkpoint.size, archive.nodes(checkpoint.size))
    verify_inclusion(index=index, size=checkpoint.size, leaf=leaf_hash(body), proof=proof, root=checkpoint.root)
    openings = openings_of([entry]).get(entry, {})
    return Receipt(
        origin=checkpoint.origin,
        index=index,
        entry=body,
        proof=tuple(proof),
        checkpoint=note,
        openings={field: item for field, item in openings.items() if opened is None or field in opened},
    )


def _within(archive: Archive, size: int) -> Checkpoint:
    published = served_checkpoint(archive)
    if published is None or size > published.size:
        raise BadProof("nothing is published at that size")
    return published
