"""The signed parts of an exchange: challenge and result by the gate, proof by the holder. Both sides' functions are here.

The gate's decision is ``gate.decide``; a holder runs ``verify_challenge`` → ``respond`` → ``verify_result``.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.chain import hash_of
from beffroi.protocol.v1.errors import REASONS, Reason, RefusalError, making, refusing
from beffroi.protocol.v1.frames import Response
from beffroi.protocol.v1.grant import TRANSPORTS
from beffroi.protocol.v1.jwk import HolderKey
from beffroi.protocol.v1.jws import Place, Token, check_es256, sign_es256
from beffroi.protocol.v1.keyset import VERSION
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.strictjson import Body, canonical

LABEL = "beffroi/1/response"
ADMITTED = "admitted"
MARK_TIME_UNKNOWN = "time-unknown"
MARK_REVOCATIONS_OLD = "revocations-old"
RELAY_KIND = "relay"
"""The kind of a device that signs for gates other than itself."""
MARKS = (MARK_REVOCATIONS_OLD, MARK_TIME_UNKNOWN)

CHALLENGE_PLACE = Place("beffroi-challenge+jwt", limit=2048)
RESULT_PLACE = Place("beffroi-result+jwt", limit=2048)

_CHALLENGE_NAMES = frozenset({"ver", "gate", "nonce", "time", "set", "rev", "transport"})
_REV_NAMES = frozenset({"age", "num", "set"})
_RESULT_NAMES = frozenset({"gate", "nonce", "out", "marks", "time", "boot", "seq"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a gate says when it is asked: who it is, what it holds, and a nonce. Ages are seconds, None when unknown."""

    gate: str
    nonce: str
    time: Moment
    keyset: int
    revocations: tuple[int, int]
    """(key set, number) of its revocation list; (0, 0) for none."""
    revocations_age: int | None
    transport: str
    version: int = VERSION
    token: str = field(default="", compare=False, repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the compact form, base64url."""
        return hash_of(self.token)


@dataclass(frozen=True, slots=True)
class Result:
    """How an exchange ended. ``outcome`` is ``admitted`` or a reason code; (boot, sequence) is the event that records
    it; sequence 0 when the gate could not store one.
    """

    gate: str
    nonce: str
    outcome: str
    marks: tuple[str, ...]
    time: Moment
    boot: int
    sequence: int

    @property
    def admitted(self) -> bool:
        """Whether the gate opened."""
        return self.outcome == ADMITTED


def is_mark(value: object) -> bool:
    """Whether a value is one of the marks that an admission may bear."""
    return value in MARKS


@making
def make_challenge(challenge: Challenge, *, key: Ed25519PrivateKey, device: str | None = None) -> str:
    """Sign a challenge with the gate's key, or with that of the ``device`` that serves it."""
    set_number, number = challenge.revocations
    payload: Body = {
        "gate": challenge.gate,
        "nonce": challenge.nonce,
        "rev": {"age": members.spell_moment(challenge.revocations_age), "num": number, "set": set_number},
        "set": challenge.keyset,
        "time": members.spell_moment(challenge.time),
        "transport": challenge.transport,
        "ver": challenge.version,
    }
    _read_challenge(payload, "")
    return CHALLENGE_PLACE.make(payload, key, device or challenge.gate)


def _read_challenge(body: Body, token: str) -> Challenge:
    revocations = members.inner(body, "rev")
    members.exact(revocations, _REV_NAMES)
    age = None if revocations["age"] == members.UNKNOWN else members.count(revocations, "age")
    version = members.count(body, "ver")
    if version != VERSION:
        raise RefusalError(Reason.VERSION, str(version))
    return Challenge(
        gate=members.slug(body, "gate"),
        nonce=members.nonce(body, "nonce"),
        time=members.moment(body, "time"),
        keyset=members.count(body, "set"),
        revocations=(members.count(revocations, "set"), members.count(revocations, "num")),
        revocations_age=age,
        transport=members.choice(body, "transport", TRANSPORTS),
        version=version,
        token=token,
    )


def _check_device(parts: Token, certificate: Certificate) -> None:
    if parts.kid() != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, parts.kid())
    parts.check_ed25519(certificate.key.verifier())


@refusing
def verify_challenge(token: str, *, certificate: Certificate, gate: str, relay: str | None = None) -> Challenge:
    """The challenge, when the certified device signed it and it is the gate that the holder was asked to open.

    ``gate`` is what the holder wants (from the sticker, from the work order): a challenge of any other is ``gate-other``. So is
    one signed by another relay than the one that the holder was told serves it, or by a device that is no relay.
    """
    if certificate.device != (gate if relay is None else relay):
        raise RefusalError(Reason.GATE_OTHER, certificate.device)
    if relay is not None and certificate.kind != RELAY_KIND:
        raise RefusalError(Reason.GATE_OTHER, certificate.kind)
    parts = CHALLENGE_PLACE.take_apart(token)
    _check_device(parts, certificate)
    challenge = _read_challenge(parts.body(_CHALLENGE_NAMES), token)
    if challenge.gate != gate:
        raise RefusalError(Reason.GATE_OTHER, challenge.gate)
    return challenge


def proof_message(*, challenge: str, gate: str, action: str, chain: str, transport: str) -> bytes:
    """The bytes that a holder signs; ``challenge`` and ``chain`` are hashes.

    They begin with ``[``, which no JWS signing input can, so the same key may sign links.
    """
    return canonical([LABEL, challenge, gate, action, chain, transport])


@making
def respond(challenge: Challenge, *, chain: str, action: str, holder: EllipticCurvePrivateKey) -> Response:
    """A holder's answer to a verified challenge: its chain, and the proof that it holds the last key."""
    message = proof_message(
        challenge=challenge.hash,
        gate=challenge.gate,
        action=action,
        chain=hash_of(chain),
        transport=challenge.transport,
    )
    proof = members.encode_bytes(sign_es256(holder, message))
    return Response(challenge.version, challenge.gate, challenge.hash, action, chain, proof)


def check_proof(response: Response, *, holder: HolderKey, chain: str, transport: str) -> None:
    """Raise ``RefusalError`` unless the last holder signed this answer; ``chain`` is the hash of the verified chain."""
    message = proof_message(
        challenge=response.challenge,
        gate=response.gate,
        action=response.action,
        chain=chain,
        transport=transport,
    )
    proof = members.decode_bytes(response.proof) or b""
    check_es256(holder, proof, message, Reason.PROOF_SIGNATURE)


@making
def make_result(result: Result, *, key: Ed25519PrivateKey, device: str | None = None) -> str:
    """Sign a result with the gate's key, or with that of the ``device`` that serves it."""
    payload: Body = {
        "boot": result.boot,
        "gate": result.gate,
        "marks": list(result.marks),
        "nonce": result.nonce,
        "out": result.outcome,
        "seq": result.sequence,
        "time": members.spell_moment(result.time),
    }
    _read_result(payload)
    return RESULT_PLACE.make(payload, key, device or result.gate)


def read_outcome(body: Body, name: str, success: str) -> str:
    """``success`` or a reason code."""
    return success if body[name] == success else members.choice(body, name, REASONS)


def _read_result(body: Body) -> Result:
    return Result(
        gate=members.slug(body, "gate"),
        nonce=members.nonce(body, "nonce"),
        outcome=read_outcome(body, "out", ADMITTED),
        marks=members.sorted_strings(body, "marks", is_mark, 0, len(MARKS)),
        time=members.moment(body, "time"),
        boot=members.ordinal(body, "boot"),
        sequence=members.count(body, "seq"),
    )


@refusing
def verify_result(token: str, *, certificate: Certificate, challenge: Challenge) -> Result:
    """The result, when the same gate signed it for the exchange that this challenge began."""
    parts = RESULT_PLACE.take_apart(token)
    _check_device(parts, certificate)
    result = _read_result(parts.body(_RESULT_NAMES))
    if result.gate != challenge.gate or result.nonce != challenge.nonce:
        raise RefusalError(Reason.RESULT_OTHER)
    return result
