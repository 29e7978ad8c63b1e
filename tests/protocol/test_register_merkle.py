"""The tree of RFC 6962: the published vectors, our own proofs on every size, and no proof that can be bent."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.protocol.register.errors import BadProof
from beffroi.protocol.register.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    perfect_root,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]
FOLDERS = {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}


def node(level: int, index: int) -> bytes:
    return perfect_root(LEAVES[index << level : (index + 1) << level])


def root(size: int) -> bytes:
    tree = Frontier()
    tree.extend(LEAVES[:size])
    return tree.root()


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.fixture
def vectors(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--conformance")
    if not folder:
        pytest.skip("the published Merkle vectors: give their folder with --conformance DIR")
    return Path(folder) / "merkle"


def check(kind: str, vector: dict[str, object]) -> None:
    proof = [decoded(step) for step in vector["proof"] or []]  # type: ignore[attr-defined]  # as the vectors are made
    get = vector.__getitem__
    if kind == "inclusion":
        leaf = decoded(str(get("leafHash")))
        verify_inclusion(
            index=int(str(get("leafIdx"))),
            size=int(str(get("treeSize"))),
            leaf=leaf,
            proof=proof,
            root=decoded(str(get("root"))),
        )
    elif kind == "subtreeinclusion":
        verify_subtree_inclusion(
            index=int(str(get("leafIdx"))),
            start=int(str(get("start"))),
            end=int(str(get("end"))),
            leaf=decoded(str(get("leafHash"))),
            proof=proof,
            root=decoded(str(get("root"))),
        )
    elif kind == "consistency":
        verify_consistency(
            old=int(str(get("size1"))),
            new=int(str(get("size2"))),
            old_root=decoded(str(get("root1"))),
            new_root=decoded(str(get("root2"))),
            proof=proof,
        )
    else:
        verify_subtree_consistency(
            start=int(str(get("start"))),
            end=int(str(get("end"))),
            size=int(str(get("size"))),
            subtree_root=decoded(str(get("root1"))),
            root=decoded(str(get("root2"))),
            proof=proof,
        )


def holds(kind: str, vector: dict[str, object]) -> bool:
    try:
        check(kind, vector)
    except BadProof:
        return False
    return True


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_published_vectors(vectors: Path, kind: str) -> None:
    paths = sorted((vectors / kind).rglob("*.json"))
    assert len(paths) == FOLDERS[kind]
    wrong = []
    for path in paths:
        vector = json.loads(path.read_text())
        if holds(kind, vector) is bool(vector["wantErr"]):
            wrong.append(f"{path.relative_to(vectors)}: {vector['desc']}")
    assert wrong == []


def test_every_leaf_of_every_small_tree_is_proven() -> None:
    for size in range(1, len(LEAVES)):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=root(size))


def test_every_small_tree_extends_every_smaller_one() -> None:
    for new in range(1, len(LEAVES)):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, node)
            verify_consistency(old=old, new=new, old_root=root(old), new_root=root(new), proof=proof)


@given(st.data())
def test_a_proof_holds_for_its_own_leaf_and_place_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES) - 1))
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    proof = inclusion_proof(index, size, node)
    for place, leaf in ((other, LEAVES[index]), (index, LEAVES[other])):
        with pytest.raises(BadProof):
            verify_inclusion(index=place, size=size, leaf=leaf, proof=proof, root=root(size))


@given(st.data())
def test_a_bent_proof_never_holds(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, len(LEAVES) - 1))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, node)
    bent = bytearray(b"".join(proof))
    bent[data.draw(st.integers(0, len(bent) - 1))] ^= data.draw(st.integers(1, 255))
    steps = [bytes(bent[i : i + 32]) for i in range(0, len(bent), 32)]
    with pytest.raises(BadProof):
        verify_consistency(old=old, new=new, old_root=root(old), new_root=root(new), proof=steps)


@given(st.integers(0, 69))
def test_a_frontier_survives_being_written_down(size: int) -> None:
    tree = Frontier()
    tree.extend(LEAVES[:size])
    read = Frontier.from_bytes(size, tree.to_bytes())
    assert read.root() == tree.root() == (root(size) if size else EMPTY_ROOT)
    assert Frontier.from_nodes(size, node).root() == tree.root()
    with pytest.raises(BadProof):
        Frontier.from_bytes(size, tree.to_bytes() + bytes(32))
