"""Write ``docs/spec/vectors/gate/*.json``. Keys are fixed and signatures deterministic: the same bytes come out everywhere.

Run ``python -m tests.protocol.generate_vectors`` after a change of the specification; a test compares what it writes with what is there.
"""

import json
import sys
from itertools import groupby
from pathlib import Path

from beffroi.protocol.v1.keyset import Use
from beffroi.protocol.v1.members import encode_bytes
from tests.protocol import vectors_chain, vectors_exchange, vectors_log, vectors_relay, vectors_text, vectors_trust
from tests.protocol.protocol_world import (
    AUTHORITY,
    GATE,
    NOW,
    PEOPLE,
    RELAY,
    World,
    holder,
    kid,
    person_key,
    private_octet,
    sealing_key,
)
from tests.protocol.vector_forge import Json, Vector

FOLDER = Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "gate"


def context() -> dict[str, Json]:
    """What every vector may rely on. The private keys are made from their names and protect nothing."""
    world = World()
    people = {
        name: {
            **holder(name).jwk,
            "d": encode_bytes(person_key(name).private_numbers().private_value.to_bytes(32, "big")),
        }
        for name in (*PEOPLE, "second visitor")
    }
    sealing = {
        kid(Use.EVENT_ENCRYPTION, which): encode_bytes(
            sealing_key(kid(Use.EVENT_ENCRYPTION, which)).private_bytes_raw()
        )
        for which in (1, 2)
    }
    signing = {
        kid(use, which): encode_bytes(private_octet(use, which).private_bytes_raw())
        for use in Use
        if use is not Use.EVENT_ENCRYPTION
        for which in (1, 2)
    }
    return {
        "authority": AUTHORITY,
        "gate": GATE,
        "now": NOW,
        "roots": [root.jwk for root in world.roots],
        "keyset": world.keyset_token(),
        "certificate": world.certificate_token(),
        "relay": {"certificate": world.relay_certificate_token(), "device": RELAY},
        "holders": people,
        "private": {
            "roots": [encode_bytes(key.private_bytes_raw()) for key in (world.root, world.second_root)],
            "device": encode_bytes(world.device.private_bytes_raw()),
            "relay": encode_bytes(world.relay.private_bytes_raw()),
            "relay-sealing": encode_bytes(sealing_key("relay sealing").private_bytes_raw()),
            "set": signing,
            "sealing": sealing,
        },
    }


def all_vectors() -> list[Vector]:
    """Every vector, grouped by subject in a stable order."""
    sources = (vectors_text, vectors_trust, vectors_chain, vectors_exchange, vectors_log, vectors_relay)
    found = [vector for source in sources for vector in source.vectors()]
    return sorted(found, key=lambda vector: vector.subject)


def files() -> dict[str, str]:
    """The text of each file by its name."""
    written = {"context.json": context()}
    for subject, group in groupby(all_vectors(), key=lambda vector: vector.subject):
        written[f"{subject}.json"] = {"subject": subject, "vectors": [vector.body() for vector in group]}
    return {
        name: json.dumps(body, indent=1, sort_keys=True, ensure_ascii=True) + "\n" for name, body in written.items()
    }


def main() -> None:
    """Write them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text)
    found = all_vectors()
    good = sum(vector.reason is None for vector in found)
    sys.stdout.write(f"{good} good, {len(found) - good} bad\n")


if __name__ == "__main__":
    main()
