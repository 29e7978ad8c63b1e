"""Receipts: the register's answer to "prove it", made from the published files that a stranger can fetch too."""

from collections.abc import Container
from uuid import UUID

from beffroi.kernel.register.models import Entry, Leaf
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.register.queries.published import Shelf, checkpoint_in, shelf
from beffroi.protocol.register.merkle import inclusion_proof, leaf_hash, verify_inclusion
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.receipt import Receipt


def receipt_of(entry: UUID, *, opened: Container[str] | None = None, place: Shelf | None = None) -> Receipt | None:
    """The receipt of an entry, opening the fields named in `opened` (all that are kept when None).

    None until the entry is numbered and its checkpoint published, which takes less than a second. Whether somebody may have
    it is decided by the app that knows what the act was about, before it asks.
    Raises BadProof or BadTile when the published files do not prove it, which is a defect of this server.
    """
    leaf = Leaf.objects.filter(entry=entry).order_by("generation").last()
    if leaf is None:
        return None
    archive = (place or shelf()).archive(LogName(leaf.log, leaf.generation))
    note = archive.checkpoint()
    if note is None:
        return None
    checkpoint = checkpoint_in(note)
    if leaf.index >= checkpoint.size:
        return None
    body = bytes(Entry.objects.values_list("body", flat=True).get(pk=entry))
    proof = inclusion_proof(leaf.index, checkpoint.size, archive.nodes(checkpoint.size, cached=True))
    digest = leaf_hash(body)
    verify_inclusion(index=leaf.index, size=checkpoint.size, leaf=digest, proof=proof, root=checkpoint.root)
    openings = openings_of([entry]).get(entry, {})
    return Receipt(
        origin=checkpoint.origin,
        index=leaf.index,
        entry=body,
        proof=tuple(proof),
        checkpoint=note,
        openings={name: item for name, item in openings.items() if opened is None or name in opened},
    )
