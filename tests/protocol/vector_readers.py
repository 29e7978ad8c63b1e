"""How this implementation reads each subject of the vector files: ``READERS[subject](input, context)`` is a value or ``Refused``."""

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import chain as chains
from beffroi.protocol.v1.certificate import (
    Certificate,
    recall_certificate,
    renew_certificate,
    verify_certificate,
    verify_device_request,
)
from beffroi.protocol.v1.clock import Anchor, ClockChange, FreshNonce, GateClock
from beffroi.protocol.v1.errors import RefusalError, Refused, expect, refusing
from beffroi.protocol.v1.exchange import proof_message, respond, verify_challenge, verify_result
from beffroi.protocol.v1.frames import FORMS, ChallengeRequest, Response, decode_frame, encode_frame
from beffroi.protocol.v1.gate import ChallengeBook, GateState, Given, decide, give_challenge
from beffroi.protocol.v1.grant import Policy
from beffroi.protocol.v1.jwk import load_octet_key, read_holder_key
from beffroi.protocol.v1.keyset import KeySet, Reading, verify_keyset
from beffroi.protocol.v1.members import decode_bytes
from beffroi.protocol.v1.possession import verify_possession
from beffroi.protocol.v1.revocation import recall_revocation_list, verify_revocation_list
from beffroi.protocol.v1.stamp import verify_master_stamp, verify_stamp
from beffroi.protocol.v1.strictjson import parse
from beffroi.protocol.v1.trust import Trust
from tests.protocol.vector_forge import Json

Reader = Callable[[dict[str, Json], dict[str, Json]], "dict[str, Json] | Refused"]

READERS: dict[str, Reader] = {}


def reads(subject: str) -> Callable[[Callable[[dict[str, Json], dict[str, Json]], dict[str, Json]]], Reader]:
    """Register the reader of a subject; refusals inside come out as values."""

    def register(function: Callable[[dict[str, Json], dict[str, Json]], dict[str, Json]]) -> Reader:
        READERS[subject] = refusing(function)
        return READERS[subject]

    return register


def keyset(context: dict[str, Json], token: str | None = None, held: int = 0) -> KeySet:
    """The context's key set, or another."""
    roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in context["roots"])
    given = token or context["keyset"]
    return expect(verify_keyset(given, roots=roots, authority=context["authority"], held=held))


def certificate(context: dict[str, Json]) -> Certificate:
    """The lock's."""
    return expect(verify_certificate(context["certificate"], keyset=keyset(context), at=Reading(context["now"])))


@reads("json")
def read_json(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    return {"value": expect(parse(bytes.fromhex(given["hex"]), given.get("limit", 65536)))}


@reads("jwk")
def read_jwk(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    return {"thumbprint": expect(read_holder_key(given["jwk"])).thumbprint}


@reads("frame")
def read_frame(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    frame = decode_frame(given["text"].encode())
    if isinstance(frame, Refused):
        raise RefusalError(frame.reason, frame.detail)
    assert encode_frame(frame).decode() == given["text"]
    return {"f": next(name for name, form in FORMS.items() if isinstance(frame, form))}


@reads("keyset")
def read_keyset(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = keyset(context, given["token"], given["held"])
    return {"number": found.number, "keys": len(found.keys)}


@reads("certificate")
def read_certificate(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_certificate(given["token"], keyset=keyset(context), at=Reading(given["now"])))
    return {"device": found.device, "kind": found.kind, "name": found.name}


@reads("renewal")
def read_renewal(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    held, at = expect(recall_certificate(given["held"])), Reading(given["now"])
    found = expect(renew_certificate(given["token"], held=held, keyset=keyset(context), at=at))
    return {"device": found.device, "kind": found.kind, "name": found.name}


@reads("device-request")
def read_request(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_device_request(given["token"]))
    return {"device": found.device, "kind": found.kind}


@reads("revocation")
def read_revocation(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    held = expect(recall_revocation_list(given["held"])) if "held" in given else None
    found = expect(verify_revocation_list(given["token"], keyset=keyset(context), at=Reading(given["now"]), held=held))
    return {"set": found.keyset, "number": found.number}


def _clock(given: dict[str, Json]) -> GateClock:
    far = given.get("far")
    return GateClock(
        floor=given["floor"],
        anchor=None if given["now"] is None else Anchor(given["now"], 0),
        fresh=None if given["fresh"] is None else FreshNonce(given["fresh"], given.get("fresh_at", 0)),
        far=None if far is None else Anchor(far["time"], far["uptime"]),
    )


def _moved(clock: GateClock, change: ClockChange) -> dict[str, Json]:
    return {"now": clock.now(0), "by": change.by, "held": change.held}


@reads("stamp")
def read_stamp(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    clock = _clock(given["clock"])
    stamp = expect(verify_stamp(given["token"], keyset=keyset(context), at=clock.reading(0)))
    return _moved(*expect(clock.take(stamp, device=context["gate"], uptime=0)))


@reads("master-stamp")
def read_master_stamp(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in context["roots"])
    stamp = expect(verify_master_stamp(given["token"], roots=roots, authority=context["authority"]))
    return _moved(*expect(_clock(given["clock"]).take(stamp, device=context["gate"], uptime=0)))


@reads("chain")
def read_chain(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(
        chains.verify_chain(given["chain"], keyset=keyset(context, given.get("keyset")), at=Reading(given["now"]))
    )
    scope = found.scope
    return {
        "grant": found.grant.id,
        "holders": list(found.holders),
        "resources": list(scope.resources),
        "actions": list(scope.actions),
        "start": scope.start,
        "end": scope.end,
        "depth": scope.depth,
        "policy": scope.policy.body(),
        "hash": found.hash,
    }


@reads("link-making")
def make_link(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    private = int.from_bytes(decode_bytes(context["holders"][given["holder"]]["d"]) or b"", "big")
    policy = given.get("pol")
    text = chains.extend_chain(
        given["chain"],
        holder=derive_private_key(private, SECP256R1()),
        heir=expect(read_holder_key(given["heir"])),
        depth=given["depth"],
        resources=tuple(given["res"]) if "res" in given else None,
        actions=tuple(given["act"]) if "act" in given else None,
        start=given.get("nbf"),
        end=given.get("exp"),
        policy=None if policy is None else Policy(tuple(policy["trn"]), policy["age"], policy["old"], policy["unk"]),
    )
    header, payload, _ = (decode_bytes(part) for part in text.rpartition("~")[2].split("."))
    return {"header": (header or b"").decode(), "payload": (payload or b"").decode()}


@reads("challenge")
def read_challenge(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_challenge(given["token"], certificate=certificate(context), gate=given["gate"]))
    names = ("gate", "nonce", "time", "transport", "hash")
    return {name: getattr(found, name) for name in names}


def _state(context: dict[str, Json], clock: GateClock) -> GateState:
    roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in context["roots"])
    trust = Trust(context["authority"], roots, keyset(context))
    return GateState(context["gate"], trust, clock)


@reads("asking")
def read_asking(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    expect(
        give_challenge(
            _state(context, GateClock(0, Anchor(context["now"], 0))),
            ChallengeRequest(given["version"], given["gate"]),
            transport=given["transport"],
            uptime=given["uptime"],
            touched_at=given["touched_at"],
            nonce="A" * 22,
            key=Ed25519PrivateKey.from_private_bytes(decode_bytes(context["private"]["device"]) or b""),
        )
    )
    return {}


@reads("decision")
def read_decision(given: dict[str, Json], context: dict[str, Json]) -> "dict[str, Json]":
    frame = expect(decode_frame(given["frame"].encode()))
    assert isinstance(frame, Response)
    now = given["now"]
    # The vector tells the time at the moment of the decision; the clock runs on uptime.
    anchor = None if now is None else Anchor(now, given["uptime"])
    state = _state(context, GateClock(given["floor"], anchor))
    revocations = None if given["revocations"] is None else expect(recall_revocation_list(given["revocations"]))
    trust = replace(state.trust, revocations=revocations)
    if "keyset" in given:
        trust = replace(trust, keyset=None)
    asked = given["challenge"]
    token = chains.hash_of(asked["token"])
    book = ChallengeBook((Given(token, "A" * 22, asked["transport"], asked["uptime"], asked["spent"]),))
    state = replace(state, trust=trust, book=book)
    decision = decide(state, frame, transport=given["transport"], uptime=given["uptime"])
    if decision.reason is not None:
        expect(Refused(decision.reason, decision.detail))
    return {"outcome": decision.outcome, "marks": list(decision.marks)}


@reads("proof")
def make_proof(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    challenge = expect(verify_challenge(given["challenge"], certificate=certificate(context), gate=context["gate"]))
    private = int.from_bytes(decode_bytes(context["holders"][given["holder"]]["d"]) or b"", "big")
    key = derive_private_key(private, SECP256R1())
    response = respond(challenge, chain=given["chain"], action=given["action"], holder=key)
    message = proof_message(
        challenge=challenge.hash,
        gate=challenge.gate,
        action=given["action"],
        chain=chains.hash_of(given["chain"]),
        transport=challenge.transport,
    )
    return {"message": message.decode(), "example": response.proof}


@reads("result")
def read_result(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    signer = certificate(context)
    challenge = expect(verify_challenge(given["challenge"], certificate=signer, gate=context["gate"]))
    found = expect(verify_result(given["token"], certificate=signer, challenge=challenge))
    return {"outcome": found.outcome, "marks": list(found.marks), "boot": found.boot, "sequence": found.sequence}


@reads("possession")
def read_possession(given: dict[str, Json], context: dict[str, Json]) -> dict[str, Json]:
    found = expect(verify_possession(given["token"], audience=given["audience"], nonce=given["nonce"]))
    return {"thumbprint": found.key.thumbprint, "code": found.code}
