"""The Merkle tree of RFC 6962 with SHA-256: hashes, proofs and their verification.

A subtree [start, end) is valid when start is a multiple of the smallest power of two that is at least its size (as in
draft-ietf-plants-merkle-tree-certs); inclusion and consistency in a whole tree are the case start = 0.
Hashes are 32 bytes. Verifiers raise BadProof; a proof's steps run from the leaf's side up, as in RFC 6962.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from .errors import BadProof

HASH_BYTES: Final = 32
GREATEST_SIZE: Final = 2**63 - 1
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# Root of the perfect subtree of 2**level leaves that begins at index * 2**level.
Node = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return joined_hash(left + right)


def joined_hash(children: bytes) -> bytes:
    """The hash above two hashes that lie one behind the other."""
    return hashlib.sha256(b"\x01" + children).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root over 2**n hashes of equal height."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


class Frontier:
    """The perfect subtrees of a growing tree: enough to append and to give its root, in logarithmic space."""

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(roots):
            raise BadProof(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(roots)}")
        self._size = size
        self._roots = list(roots)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote: the roots, largest subtree first."""
        return cls(size, [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)])

    @classmethod
    def from_nodes(cls, size: int, node: Node) -> "Frontier":
        return cls(size, [node(level, index) for level, index in _perfect_subtrees(0, size)])

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given by its hash."""
        merged, size = leaf, self._size
        while size & 1:
            merged = node_hash(self._roots.pop(), merged)
            size >>= 1
        self._roots.append(merged)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        return _join(self._roots) if self._roots else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        return b"".join(self._roots)

    def copy(self) -> "Frontier":
        return Frontier(self._size, self._roots)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The steps from leaf `index` to the root of the tree of `size` leaves; raises BadProof when there is no such leaf."""
    if not 0 <= index < size:
        raise BadProof(f"no leaf {index} in a tree of {size}")
    steps: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            steps.append(_range_root(middle, end, node))
            end = middle
        else:
            steps.append(_range_root(start, middle, node))
            start = middle
    return steps[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the tree of `new` leaves extends the tree of `old`; raises BadProof unless 0 < old ≤ new."""
    if not 0 < old <= new:
        raise BadProof(f"no consistency proof from {old} to {new}")
    steps: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            steps.append(_range_root(middle, end, node))
            end = middle
        else:
            steps.append(_range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        steps.append(_range_root(start, end, node))
    return steps[::-1]


def verify_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise BadProof unless `leaf` (a leaf's hash) is at `index` in the tree of `size` leaves with this root."""
    verify_subtree_inclusion(index=index, start=0, end=size, leaf=leaf, proof=proof, root=root)


def verify_subtree_inclusion(
    *, index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    _check_subtree(start, end)
    _check_hashes(leaf, *proof)
    if not start <= index < end:
        raise BadProof(f"leaf {index} is outside [{start}, {end})")
    place, last, computed = index - start, end - start - 1, leaf
    for step in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        if place & 1 or place == last:
            computed = node_hash(step, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise BadProof("the proof is too short")
    _same(computed, root, "the proof leads to another root")


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise BadProof unless the tree of `new` leaves extends the tree of `old`; nothing can be said of an empty tree."""
    if old == 0:
        raise BadProof("consistency with an empty tree says nothing")
    verify_subtree_consistency(start=0, end=old, size=new, subtree_root=old_root, root=new_root, proof=proof)


def verify_subtree_consistency(
    *, start: int, end: int, size: int, subtree_root: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise BadProof unless the subtree [start, end) with its root is part of the tree of `size` leaves with `root`."""
    _check_hashes(*proof)
    if start == end and 0 <= end <= size:
        if proof:
            raise BadProof("an empty subtree needs no proof")
        _same(subtree_root, EMPTY_ROOT, "not the root of an empty subtree")
        return
    _check_subtree(start, end)
    if not end <= size <= GREATEST_SIZE:
        raise BadProof(f"[{start}, {end}) is not inside a tree of {size}")
    _climb(first=start, last=end - 1, edge=size - 1, subtree_root=subtree_root, root=root, proof=list(proof))


def _climb(*, first: int, last: int, edge: int, subtree_root: bytes, root: bytes, proof: list[bytes]) -> None:
    while first != last and (last == edge or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if first == last:
        below = above = subtree_root
    elif proof:
        below = above = proof.pop(0)
    else:
        raise BadProof("the proof is too short")
    for step in proof:
        if edge == 0:
            raise BadProof("the proof is too long")
        if last & 1 or last == edge:
            if first < last:
                below = node_hash(step, below)
            above = node_hash(step, above)
            while not last & 1 and last:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            above = node_hash(above, step)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if edge != 0:
        raise BadProof("the proof is too short")
    _same(below, subtree_root, "the proof leads to another subtree")
    _same(above, root, "the proof leads to another root")


def _check_subtree(start: int, end: int) -> None:
    if not 0 <= start < end <= GREATEST_SIZE:
        raise BadProof(f"[{start}, {end}) is no subtree")
    if start % (1 << (end - start - 1).bit_length()):
        raise BadProof(f"[{start}, {end}) does not begin where a subtree can")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(item) != HASH_BYTES for item in hashes):
        raise BadProof("a hash is 32 bytes")


def _same(left: bytes, right: bytes, message: str) -> None:
    if not hmac.compare_digest(left, right):
        raise BadProof(message)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _perfect_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """(level, index) of the perfect subtrees that make up [start, end), whose start is a multiple of its size's ceiling."""
    parts: list[tuple[int, int]] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def _range_root(start: int, end: int, node: Node) -> bytes:
    return _join([node(level, index) for level, index in _perfect_subtrees(start, end)])


def _join(roots: Sequence[bytes]) -> bytes:
    joined = roots[-1]
    for left in roots[-2::-1]:
        joined = node_hash(left, joined)
    return joined
