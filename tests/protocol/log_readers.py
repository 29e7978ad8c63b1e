"""How this implementation reads the vectors of a device's log; importing this registers the readers."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1.errors import expect
from beffroi.protocol.v1.events import Head, follow, verify_batch
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.members import decode_bytes
from beffroi.protocol.v1.messages import verify_command, verify_receipt
from beffroi.protocol.v1.sealing import open_batch
from tests.protocol.vector_forge import Json
from tests.protocol.vector_readers import READERS, certificate, keyset, reads

__all__ = ["READERS"]


@reads("events")
def read_events(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_batch(given["token"], certificate=certificate(context)))
    return {"first": found.first, "last": found.last, "hash": found.hash}


@reads("following")
def read_following(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    batch = expect(verify_batch(given["token"], certificate=certificate(context)))
    found = expect(follow(Head(**given["head"]), batch))
    hole = None if found.hole is None else [found.hole.first, found.hole.last]
    return {"fresh": len(found.fresh), "sequence": found.head.sequence, "hole": hole}


@reads("receipt")
def read_receipt(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(
        verify_receipt(
            given["token"],
            keyset=keyset(context),
            at=Reading(given["now"]),
            device=context["gate"],
            last=given["last"],
            hash_at=lambda sequence: given["hashes"].get(str(sequence)),
        )
    )
    return {"upto": found.upto, "missing": [list(pair) for pair in found.missing]}


@reads("command")
def read_command(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    last, number = given["last"]
    found = expect(
        verify_command(
            given["token"],
            keyset=keyset(context),
            at=Reading(given["now"]),
            device=context["gate"],
            last=(last, number),
        )
    )
    return {"action": found.action, "order": list(found.order)}


@reads("sealed")
def read_sealed(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    keys = {
        name: X25519PrivateKey.from_private_bytes(decode_bytes(raw) or b"")
        for name, raw in context["private"]["sealing"].items()
    }
    return {"batch": expect(open_batch(given["sealed"], keys=keys))}
