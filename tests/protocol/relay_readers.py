"""How this implementation reads the vectors of a camera relay; importing this registers the readers."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1.beat import verify_beat
from beffroi.protocol.v1.certificate import Certificate, verify_certificate
from beffroi.protocol.v1.chain import verify_chain
from beffroi.protocol.v1.clock import Anchor, GateClock
from beffroi.protocol.v1.errors import expect
from beffroi.protocol.v1.exchange import verify_challenge, verify_result
from beffroi.protocol.v1.gate import GateState
from beffroi.protocol.v1.jwk import load_octet_key
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.members import decode_bytes
from beffroi.protocol.v1.revocation import recall_revocation_list
from beffroi.protocol.v1.sources import open_sources, verify_sealing_key, verify_source_list
from beffroi.protocol.v1.trust import Trust
from beffroi.protocol.v1.use import standing
from tests.protocol.log_readers import READERS
from tests.protocol.vector_forge import Json
from tests.protocol.vector_readers import keyset, reads

__all__ = ["READERS"]


def relay(context: dict[str, Json], token: str | None = None) -> Certificate:
    """The context's relay, or whoever the vector's own certificate names."""
    given = token or context["relay"]["certificate"]
    return expect(verify_certificate(given, keyset=keyset(context), at=Reading(context["now"])))


@reads("relayed-challenge")
def read_challenge(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    signer = relay(context, given.get("certificate"))
    found = expect(verify_challenge(given["token"], certificate=signer, gate=given["gate"], relay=given.get("relay")))
    names = ("gate", "nonce", "time", "transport", "hash")
    return {name: getattr(found, name) for name in names}


@reads("relayed-result")
def read_result(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    signer = relay(context)
    challenge = expect(
        verify_challenge(given["challenge"], certificate=signer, gate=given["gate"], relay=signer.device)
    )
    found = expect(verify_result(given["token"], certificate=signer, challenge=challenge))
    return {"outcome": found.outcome, "gate": found.gate}


@reads("beat")
def read_beat(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    boot, number = given["last"]
    found = expect(verify_beat(given["token"], certificate=relay(context), last=(boot, number)))
    return {"order": list(found.order), "uses": list(found.uses)}


@reads("sealing-key")
def read_sealing_key(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_sealing_key(given["token"], certificate=relay(context)))
    return {"device": found.device, "kid": found.kid}


@reads("sources")
def read_sources(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    held, number = given["held"]
    found = expect(
        verify_source_list(
            given["token"],
            keyset=keyset(context),
            at=Reading(given["now"]),
            device=context["relay"]["device"],
            held=(held, number),
        )
    )
    private = X25519PrivateKey.from_private_bytes(decode_bytes(context["private"]["relay-sealing"]) or b"")
    opened = expect(open_sources(found, sealing=private))
    return {"order": list(found.order), "gates": [source.body() for source in opened]}


@reads("standing")
def read_standing(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in context["roots"])
    chain = expect(verify_chain(given["chain"], keyset=keyset(context), at=Reading(context["now"])))
    held = None if given["revocations"] is None else expect(recall_revocation_list(given["revocations"]))
    trust = Trust(context["authority"], roots, keyset(context, given.get("keyset")), held)
    now = given["now"]
    clock = GateClock(given["floor"], None if now is None else Anchor(now, given["uptime"]))
    state = replace(GateState(context["gate"], trust, clock))
    found = expect(standing(state, chain, uptime=given["uptime"]))
    return {"until": found.until, "reason": str(found.reason)}
