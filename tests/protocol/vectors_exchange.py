"""Vectors of the exchange: challenges, proofs, decisions, results, and the enrolment of a holder's key."""

from collections.abc import Iterator

from beffroi.protocol.v1.chain import hash_of
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import (
    DAY,
    GATE,
    GRANT,
    HOUR,
    NONCE,
    NOW,
    OTHER_GATE,
    OTHER_NONCE,
    World,
    holder,
    person_key,
    signing_key,
)
from tests.protocol.vector_forge import Json, Recipe, Vector, forge, sign, token_faults
from tests.protocol.vectors_chain import GRANT_RECIPE, LOOSE, POLICY, chain_of, link

WORLD = World()
CHALLENGE = Recipe(
    subject="challenge",
    header={"alg": "Ed25519", "kid": GATE, "typ": "beffroi-challenge+jwt"},
    payload={
        "ver": 1,
        "gate": GATE,
        "nonce": NONCE,
        "time": NOW,
        "set": 7,
        "rev": {"age": HOUR, "num": 12, "set": 7},
        "transport": "local",
    },
    key=WORLD.device,
    place=lambda token: {"token": token, "gate": GATE},
    stranger="device-other",
    wrong_value={"nonce": "AAA", "transport": "pigeon", "time": "later", "gate": "-"},
)
RESULT = Recipe(
    subject="result",
    header={"alg": "Ed25519", "kid": GATE, "typ": "beffroi-result+jwt"},
    payload={"gate": GATE, "nonce": NONCE, "out": "admitted", "marks": [], "time": NOW, "boot": 3, "seq": 41},
    key=WORLD.device,
    place=lambda token: {"token": token, "challenge": CHALLENGE.token()},
    stranger="device-other",
    wrong_value={"out": "opened", "marks": ["time-unknown", "revocations-old"], "boot": 0, "seq": -1},
)
POSSESSION = Recipe(
    subject="possession",
    header={"alg": "ES256", "jwk": holder("technician").jwk, "typ": "beffroi-pop+jwt"},
    payload={"aud": "https://beffroi.example", "nonce": OTHER_NONCE},
    key=person_key("technician"),
    place=lambda token: {"token": token, "audience": "https://beffroi.example", "nonce": OTHER_NONCE},
    stranger=None,
    wrong_value={"code": "a b", "aud": ""},
)


def challenge_vectors() -> Iterator[Vector]:
    """Challenges, as a phone reads them: it wants ``gate``, and has the context's certificate."""
    value: dict[str, Json] = {"gate": GATE, "nonce": NONCE, "time": NOW, "transport": "local"}
    yield CHALLENGE.good("local, time known", CHALLENGE.token(), {**value, "hash": hash_of(CHALLENGE.token())})
    unknown = CHALLENGE.token(time="unknown", transport="relay", rev={"age": "unknown", "num": 0, "set": 0})
    yield CHALLENGE.good(
        "relay, time unknown", unknown, {**value, "time": None, "transport": "relay", "hash": hash_of(unknown)}
    )
    yield from token_faults(CHALLENGE)
    yield CHALLENGE.bad("version 2", "version", CHALLENGE.token(ver=2))
    yield CHALLENGE.bad(
        "signed by another device",
        "token-signature",
        Recipe(**{**vars(CHALLENGE), "key": signing_key("rogue")}).token(),
    )
    yield CHALLENGE.bad("names another gate", "gate-other", CHALLENGE.token(gate=OTHER_GATE))
    swapped = {"token": CHALLENGE.token(), "gate": OTHER_GATE}
    yield Vector("challenge", "swapped sticker: the phone wants another gate", swapped, "gate-other")


NETWORK: dict[str, Json] = {"transport": "network"}
GIVEN_AFAR: dict[str, Json] = {"token": CHALLENGE.token(), "uptime": 0, "spent": False, **NETWORK}


def proof_message(chain: str, challenge: str, changes: dict[str, str] | None = None) -> bytes:
    """What the last holder signs; written out here, not taken from the code under test."""
    parts = {"label": "beffroi/1/response", "challenge": hash_of(challenge), "gate": GATE, "action": "open"}
    parts |= {"chain": hash_of(chain), "transport": "local", **(changes or {})}
    text = ",".join(f'"{parts[name]}"' for name in ("label", "challenge", "gate", "action", "chain", "transport"))
    return f"[{text}]".encode()


def response(chain: str, by: str = "technician", signed: dict[str, str] | None = None, **changes: Json) -> str:
    """The text of a response frame; ``signed`` changes what the proof says, ``changes`` the frame."""
    challenge = CHALLENGE.token()
    proof = encode_bytes(sign(proof_message(chain, challenge, signed), person_key(by)))
    frame = {
        "f": "response",
        "ver": 1,
        "gate": GATE,
        "challenge": hash_of(challenge),
        "action": "open",
        "chain": chain,
        "proof": proof,
    }
    return canonical({**frame, **changes}).decode()


def _decision(name: str, frame: str, end: str | list[str], **changes: Json) -> Vector:
    """A gate at uptime 1,000 ms that gave ``challenge`` at uptime 0, locally."""
    state: dict[str, Json] = {
        "frame": frame,
        "challenge": {"token": CHALLENGE.token(), "transport": "local", "uptime": 0, "spent": False},
        "transport": "local",
        "uptime": 1000,
        "now": NOW,
        "floor": NOW - DAY,
        "revocations": WORLD.revocation_token(),
    }
    if isinstance(end, str):
        return Vector("decision", name, {**state, **changes}, end)
    return Vector("decision", name, {**state, **changes}, None, {"outcome": "admitted", "marks": end})


def admitted_vectors() -> Iterator[Vector]:
    """What opens."""
    chain, late = chain_of(3), {"now": None, "revocations": WORLD.revocation_token(issued=NOW - 30 * DAY)}
    yield _decision("three links", response(chain), [])
    yield _decision("the grant's own holder", response(chain_of(0), "operator"), [])
    yield _decision("the last second", response(chain), [], now=NOW + 23 * HOUR - 1)
    yield _decision("an old list, flagged", response(chain), ["revocations-old"], revocations=late["revocations"])
    yield _decision("no list, flagged", response(chain), ["revocations-old"], revocations=None)
    yield _decision("time unknown", response(chain), ["time-unknown"], now=None)
    afar = chain_of(3, GRANT_RECIPE.token(pol={**LOOSE, "trn": ["network"]}))
    yield _decision("over the network", response(afar, signed=NETWORK), [], challenge=GIVEN_AFAR, **NETWORK)
    yield _decision("time unknown and an old list", response(chain), ["revocations-old", "time-unknown"], **late)


def refused_vectors() -> Iterator[Vector]:
    """What stays shut, each time by one change to what opens."""
    chain, strict = chain_of(3), chain_of(3, GRANT_RECIPE.token(pol=POLICY))
    given: dict[str, Json] = {"token": CHALLENGE.token(), "transport": "local", "uptime": 0, "spent": False}
    relay_only = chain_of(3, GRANT_RECIPE.token(pol={**LOOSE, "trn": ["relay"]}))
    afar = chain_of(3, GRANT_RECIPE.token(pol={**LOOSE, "trn": ["network"]}))
    elsewhere = chain_of(3, GRANT_RECIPE.token(res=[OTHER_GATE]))
    inspect = chain_of(3, GRANT_RECIPE.token(act=["inspect"]))
    grant = GRANT_RECIPE.token()
    wide = f"{grant}~{link(grant, 'operator', 'technician', exp=NOW + 24 * HOUR)}"
    revoked = WORLD.revocation_token(grants=frozenset({GRANT}))
    subcontractor = WORLD.revocation_token(keys=frozenset({holder("subcontractor").thumbprint}))
    tries: list[tuple[str, str, str, dict[str, Json]]] = [
        ("not commissioned", response(chain), "not-commissioned", {"keyset": None, "revocations": None}),
        ("downgrade to version 0", response(chain, ver=0), "version", {}),
        ("version 2", response(chain, ver=2), "version", {}),
        ("for another gate", response(chain, gate=OTHER_GATE), "gate-other", {}),
        ("no such challenge", response(chain, challenge=hash_of("x")), "challenge-unknown", {}),
        ("replay", response(chain), "challenge-used", {"challenge": {**given, "spent": True}}),
        ("after 30 seconds", response(chain), "challenge-expired", {"uptime": 30_001}),
        ("relayed, given locally", response(chain), "challenge-transport", {"transport": "relay"}),
        ("over the network, given locally", response(chain), "challenge-transport", NETWORK),
        (
            "over the network, the right is for next to it",
            response(chain, signed=NETWORK),
            "transport-not-admitted",
            {**NETWORK, "challenge": GIVEN_AFAR},
        ),
        ("next to it, the right is for the network", response(afar), "transport-not-admitted", {}),
        ("a copied chain without its key", response(chain, "visitor"), "proof-signature", {}),
        ("signed by the holder before", response(chain, "subcontractor"), "proof-signature", {}),
        ("proof for another action", response(chain, signed={"action": "inspect"}), "proof-signature", {}),
        ("proof for another gate", response(chain, signed={"gate": OTHER_GATE}), "proof-signature", {}),
        ("proof for another transport", response(chain, signed={"transport": "relay"}), "proof-signature", {}),
        ("proof for another chain", response(chain, signed={"chain": hash_of("x")}), "proof-signature", {}),
        ("proof for another challenge", response(chain, signed={"challenge": hash_of("x")}), "proof-signature", {}),
        ("proof under another label", response(chain, signed={"label": "beffroi/2/response"}), "proof-signature", {}),
        ("a proof of zeros", response(chain, proof="A" * 86), "proof-signature", {}),
        ("the right is elsewhere", response(elsewhere), "resource-not-granted", {}),
        ("the right is to inspect", response(inspect), "action-not-granted", {}),
        ("the right is for the relay", response(relay_only), "transport-not-admitted", {}),
        ("a link wider than its parent", response(wide), "chain-window", {}),
        ("grant revoked", response(chain), "grant-revoked", {"revocations": revoked}),
        ("a firm of the chain revoked", response(chain), "holder-revoked", {"revocations": subcontractor}),
        ("a second too early", response(chain), "too-early", {"now": NOW - HOUR - 1}),
        ("the second it ends", response(chain), "expired", {"now": NOW + 23 * HOUR}),
        ("time unknown, not allowed for", response(strict), "time-unknown", {"now": None}),
        ("time unknown, ended for certain", response(chain), "expired", {"now": None, "floor": NOW + 23 * HOUR}),
        (
            "a list older than allowed",
            response(strict),
            "revocations-old",
            {"revocations": WORLD.revocation_token(issued=NOW - 73 * HOUR)},
        ),
        ("no list", response(strict), "revocations-old", {"revocations": None}),
        ("a proof with its unused bits set", response(chain, proof="A" * 85 + "B"), "member-value", {}),
        ("a member too many", response(chain, master="key"), "member-unknown", {}),
    ]
    for name, frame, reason, changes in tries:
        yield _decision(name, frame, reason, **changes)


def asking_vectors() -> Iterator[Vector]:
    """Whether a gate gives a challenge at all; ``touched_at`` is an uptime or null."""

    def ask(name: str, end: str | None, **changes: Json) -> Vector:
        given = {"version": 1, "gate": GATE, "transport": "relay", "uptime": 100_000, "touched_at": 90_000, **changes}
        return Vector("asking", name, given, end, {} if end is None else None)

    yield ask("touched ten seconds ago", None)
    yield ask("touched a minute ago", None, touched_at=40_000)
    yield ask("next to it, untouched", None, transport="local", touched_at=None)
    yield ask("over the network, untouched", None, transport="network", touched_at=None)
    yield ask("relay, never touched", "not-touched", touched_at=None)
    yield ask("relay, touched 60.001 s ago", "not-touched", touched_at=39_999)
    yield ask("another gate", "gate-other", gate=OTHER_GATE)
    yield ask("downgrade", "version", version=0)


def proof_vectors() -> Iterator[Vector]:
    """What a phone signs, byte for byte; ``example`` is one valid signature among many."""
    for links, by in ((0, "operator"), (3, "technician")):
        chain = chain_of(links)
        message = proof_message(chain, CHALLENGE.token())
        example = encode_bytes(sign(message, person_key(by)))
        given = {"challenge": CHALLENGE.token(), "chain": chain, "action": "open", "holder": by}
        yield Vector("proof", f"{links} links", given, None, {"message": message.decode(), "example": example})


def result_vectors() -> Iterator[Vector]:
    """Results, as a phone reads them after ``challenge``."""
    value: dict[str, Json] = {"outcome": "admitted", "marks": [], "boot": 3, "sequence": 41}
    yield RESULT.good("admitted", RESULT.token(), value)
    yield RESULT.good("refused", RESULT.token(out="expired"), {**value, "outcome": "expired"})
    marked = ["revocations-old", "time-unknown"]
    yield RESULT.good("marked", RESULT.token(marks=marked, time="unknown"), {**value, "marks": marked})
    yield from token_faults(RESULT)
    yield RESULT.bad("of another exchange", "result-other", RESULT.token(nonce=OTHER_NONCE))
    yield RESULT.bad("of another gate", "result-other", RESULT.token(gate=OTHER_GATE))


def possession_vectors() -> Iterator[Vector]:
    """Proofs of possession."""
    thumbprint = holder("technician").thumbprint
    yield POSSESSION.good("without a code", POSSESSION.token(), {"thumbprint": thumbprint, "code": None})
    yield POSSESSION.good("with a code", POSSESSION.token(code="K7-42"), {"thumbprint": thumbprint, "code": "K7-42"})
    yield from token_faults(POSSESSION)
    yield POSSESSION.bad("for another server", "possession-audience", POSSESSION.token(aud="https://evil.example"))
    yield POSSESSION.bad("over another nonce", "possession-nonce", POSSESSION.token(nonce=NONCE))
    header = {**POSSESSION.header, "jwk": holder("visitor").jwk}
    stolen = forge(canonical(header), canonical(POSSESSION.payload), person_key("technician"))
    yield POSSESSION.bad("in the name of another's key", "token-signature", stolen)


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from challenge_vectors()
    yield from asking_vectors()
    yield from admitted_vectors()
    yield from refused_vectors()
    yield from proof_vectors()
    yield from result_vectors()
    yield from possession_vectors()
