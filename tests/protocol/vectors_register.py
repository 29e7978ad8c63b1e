"""Vectors of the register: checkpoints of one log that agree, extend or contradict each other, and receipts of it.

Run ``python -m tests.protocol.vectors_register`` after a change of the specification; the browser's verifier and ours read these files.
"""

import base64
import json
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint
from beffroi.protocol.register.entry import Opening, commitment, entry_bytes
from beffroi.protocol.register.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, node_hash
from beffroi.protocol.register.note import verifier_key
from beffroi.protocol.register.receipt import Receipt

LOG = "7b0a2c5e-1d3f-4a6b-8c9d-0e1f2a3b4c5d"
ORIGIN = f"meaux.example/register/{LOG}"
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"a key of the register's vectors").digest())
FOLDER = Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "register"
SIZES = (1, 2, 3, 4, 7, 8, 13, 64, 65)


def body(index: int) -> tuple[bytes, dict[str, Opening]]:
    """Leaf `index`, and what opens it."""
    opening = Opening(value=index, salt=sha256(f"salt {index}".encode()).digest())
    fields = {"number": commitment(opening.salt, opening.value)}
    return entry_bytes(kind="test.act", log=LOG, at="2026-11-22T05:41Z", fields=fields), {"number": opening}


def tree(size: int, *, other: bool = False) -> list[bytes]:
    """Hashes of its leaves; `other` rewrote the third."""
    return [leaf_hash(b"rewritten" if other and index == 2 else body(index)[0]) for index in range(size)]


def note(size: int, *, other: bool = False) -> str:
    """The signed checkpoint of that size."""
    frontier = Frontier()
    frontier.extend(tree(size, other=other))
    return sign_checkpoint(Checkpoint(ORIGIN, size, frontier.root()), [KEY])


class Nodes:
    """Perfect subtrees of a small tree, as proofs ask for them: (level, index)."""

    def __init__(self, size: int) -> None:
        self.leaves = tree(size)

    def __call__(self, level: int, index: int) -> bytes:
        if level == 0:
            return self.leaves[index]
        return node_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))


def _steps(proof: list[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in proof]


def consistency() -> dict[str, object]:
    """Pairs of checkpoints with the proof that a server gives, and what a reader says of them."""
    vectors: list[dict[str, object]] = []
    for old in SIZES:
        for new in (size for size in SIZES if size >= old):
            proof = _steps(consistency_proof(old, new, Nodes(new)))
            vectors.append(
                {
                    "name": f"{old} and {new}",
                    "held": note(new),
                    "brought": note(old),
                    "proof": proof,
                    "says": "same" if old == new else "extends",
                }
            )
    proof = _steps(consistency_proof(7, 13, Nodes(13)))
    wrong = {
        "rewritten": (note(13), note(7, other=True), proof, "forked"),
        "rewritten, of the same size": (note(13), note(13, other=True), [], "forked"),
        "a step too few": (note(13), note(7), proof[:-1], "forked"),
        "steps of another proof": (note(13), note(7), _steps(consistency_proof(4, 13, Nodes(13))), "forked"),
        "cut short": (note(13), note(7).split("\n\n", maxsplit=1)[0] + "\n", proof, "unreadable"),
        "another size under the same signature": (note(13), note(7).replace("\n7\n", "\n6\n"), proof, "unsigned"),
    }
    for name, (held, brought, steps, says) in wrong.items():
        vectors.append({"name": name, "held": held, "brought": brought, "proof": steps, "says": says})
    return {"key": str(verifier_key(ORIGIN, KEY)), "vectors": vectors}


def receipts() -> dict[str, object]:
    """Receipts as they are handed over, and the checks that fail."""
    vectors: list[dict[str, object]] = [
        {"name": f"leaf {index} of {size}", "receipt": _receipt(index, size), "fails": []}
        for size in SIZES
        for index in sorted({0, size // 2, size - 1})
    ]
    whole = _receipt(5, 13)
    opened, _other = whole.split('"salt"', maxsplit=1)
    vectors += [
        {"name": "another value", "receipt": whole.replace('"value": 5', '"value": 6'), "fails": ["openings"]},
        {"name": "another place", "receipt": whole.replace('"index": 5', '"index": 6'), "fails": ["inclusion"]},
        {"name": "a file cut short", "receipt": opened, "fails": None},
    ]
    return {"key": str(verifier_key(ORIGIN, KEY)), "vectors": vectors}


def _receipt(index: int, size: int) -> str:
    entry, openings = body(index)
    proof = tuple(inclusion_proof(index, size, Nodes(size)))
    made = Receipt(origin=ORIGIN, index=index, entry=entry, proof=proof, checkpoint=note(size), openings=openings)
    return made.to_bytes().decode()


def files() -> dict[str, str]:
    """The text of each file by its name."""
    made = {"consistency.json": consistency(), "receipts.json": receipts()}
    return {name: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for name, content in made.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text)
        sys.stdout.write(f"{FOLDER / name}\n")
