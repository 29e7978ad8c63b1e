"""Framing: canonical JSON objects named by ``f``, behind a 4-byte big-endian length on a stream, bare as an MQTT payload.

``encode_frame`` writes one, ``decode_frame`` reads one, ``FrameReader`` cuts a stream. The same bytes go over TCP, over the relay
and over whatever radio comes next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from beffroi.protocol.v1 import carriage, members
from beffroi.protocol.v1.carriage import ListOrder, read_order
from beffroi.protocol.v1.errors import REASONS, Reason, RefusalError, Refused, refusing
from beffroi.protocol.v1.strictjson import Body, canonical, load_object

EXCHANGE_LIMIT = 8192
CARRIAGE_LIMIT = 98304
# What goes down may hold a relay's list of sources; a packet of the broker's holds it, with what is around it.
DOWN_LIMIT = 253952
LENGTH_BYTES = 4
NAME = "f"


@dataclass(frozen=True, slots=True)
class Hello:
    """Holder → gate: who are you?"""

    version: int

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"ver": self.version}


@dataclass(frozen=True, slots=True)
class Gate:
    """Gate → holder: my certificate, and what I hold, so that the holder knows what to carry."""

    version: int
    gate: str
    certificate: str
    keyset: int
    revocations: ListOrder
    unreceipted: int

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {
            "certificate": self.certificate,
            "gate": self.gate,
            "keyset": self.keyset,
            "revocations": list(self.revocations),
            "unreceipted": self.unreceipted,
            "ver": self.version,
        }


@dataclass(frozen=True, slots=True)
class ChallengeRequest:
    """Holder → gate."""

    version: int
    gate: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"gate": self.gate, "ver": self.version}


@dataclass(frozen=True, slots=True)
class ChallengeFrame:
    """Gate → holder."""

    challenge: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"challenge": self.challenge}


@dataclass(frozen=True, slots=True)
class Response:
    """Holder → gate: the chain, and the proof that its last holder answers this challenge."""

    version: int
    gate: str
    challenge: str
    """Hash of the challenge's compact form."""
    action: str
    chain: str
    proof: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {
            "action": self.action,
            "chain": self.chain,
            "challenge": self.challenge,
            "gate": self.gate,
            "proof": self.proof,
            "ver": self.version,
        }


@dataclass(frozen=True, slots=True)
class ResultFrame:
    """Gate → holder."""

    result: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"result": self.result}


@dataclass(frozen=True, slots=True)
class RefusedFrame:
    """Gate → holder: a refusal that has no challenge to be bound to. Not signed: advice, not evidence."""

    reason: Reason

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"reason": str(self.reason)}


Frame = (
    Hello
    | Gate
    | ChallengeRequest
    | ChallengeFrame
    | Response
    | ResultFrame
    | RefusedFrame
    | carriage.AskRequest
    | carriage.Ask
    | carriage.CarryDown
    | carriage.Carried
    | carriage.Events
    | carriage.BeatFrame
    | carriage.EventsRequest
    | carriage.CarryUp
)


def _read_gate(body: Body) -> Gate:
    return Gate(
        members.count(body, "ver"),
        members.slug(body, "gate"),
        members.token(body, "certificate"),
        members.count(body, "keyset"),
        read_order(body, "revocations"),
        members.count(body, "unreceipted"),
    )


def _read_response(body: Body) -> Response:
    return Response(
        members.count(body, "ver"),
        members.slug(body, "gate"),
        members.digest(body, "challenge"),
        members.slug(body, "action"),
        members.token(body, "chain"),
        members.signature(body, "proof"),
    )


def _read_refused(body: Body) -> RefusedFrame:
    return RefusedFrame(REASONS[members.choice(body, "reason", REASONS)])


@dataclass(frozen=True, slots=True)
class _Kind:
    form: type[Frame]
    read: Callable[[Body], Frame]
    limit: int
    required: frozenset[str]
    optional: frozenset[str]


def _kind(
    form: type[Frame],
    read: Callable[[Body], Frame],
    required: str = "",
    optional: tuple[str, ...] = (),
    limit: int = EXCHANGE_LIMIT,
) -> _Kind:
    return _Kind(form, read, limit, frozenset({NAME, *required.split()}), frozenset(optional))


_KINDS = {
    "hello": _kind(Hello, lambda b: Hello(members.count(b, "ver")), "ver"),
    "gate": _kind(Gate, _read_gate, "ver gate certificate keyset revocations unreceipted"),
    "challenge-request": _kind(
        ChallengeRequest, lambda b: ChallengeRequest(members.count(b, "ver"), members.slug(b, "gate")), "ver gate"
    ),
    "challenge": _kind(ChallengeFrame, lambda b: ChallengeFrame(members.token(b, "challenge")), "challenge"),
    "response": _kind(Response, _read_response, "ver gate challenge action chain proof"),
    "result": _kind(ResultFrame, lambda b: ResultFrame(members.token(b, "result")), "result"),
    "refused": _kind(RefusedFrame, _read_refused, "reason"),
    "ask-request": _kind(carriage.AskRequest, lambda _: carriage.AskRequest()),
    "ask": _kind(
        carriage.Ask, carriage.read_ask, "device keyset revocations", ("nonce", "certificate", "sources", "sealing")
    ),
    "carry-down": _kind(carriage.CarryDown, carriage.read_carry_down, "", carriage.CARRIED, DOWN_LIMIT),
    "carried": _kind(carriage.Carried, carriage.read_carried, "", carriage.CARRIED),
    "events": _kind(
        carriage.Events, lambda b: carriage.Events(members.token(b, "batch")), "batch", limit=CARRIAGE_LIMIT
    ),
    "beat": _kind(
        carriage.BeatFrame, lambda b: carriage.BeatFrame(members.token(b, "beat")), "beat", limit=CARRIAGE_LIMIT
    ),
    "events-request": _kind(
        carriage.EventsRequest, lambda b: carriage.EventsRequest(members.count(b, "after")), "after"
    ),
    "carry-up": _kind(carriage.CarryUp, carriage.read_carry_up, "sealed last", limit=CARRIAGE_LIMIT),
}
FORMS = {name: kind.form for name, kind in _KINDS.items()}
"""The class of each frame by its name."""
_NAMES_BY_FORM = {kind.form: name for name, kind in _KINDS.items()}


@refusing
def decode_frame(data: bytes) -> Frame:
    """The frame in one MQTT payload, or in one stream frame without its length."""
    if len(data) > DOWN_LIMIT:
        raise RefusalError(Reason.FRAME_SIZE)
    body = load_object(data, DOWN_LIMIT)
    name = body.get(NAME)
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise RefusalError(Reason.FRAME_TYPE)
    if len(data) > kind.limit:
        raise RefusalError(Reason.FRAME_SIZE)
    members.exact(body, kind.required, kind.optional)
    return kind.read(body)


def encode_frame(frame: Frame) -> bytes:
    """The canonical bytes of a frame, without the length."""
    return canonical({NAME: _NAMES_BY_FORM[type(frame)], **frame.body()})


def enclose(data: bytes) -> bytes:
    """A frame's bytes behind their length, as they go on a stream."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


@dataclass(slots=True)
class FrameReader:
    """Cuts a stream into the bytes of frames. After a refusal the stream can't be followed any more: close it."""

    limit: int = CARRIAGE_LIMIT
    _buffer: bytearray = field(default_factory=bytearray)

    @property
    def waiting(self) -> int:
        """Bytes of a frame that isn't complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes] | Refused:
        """The frames that are complete with these bytes; a length beyond the limit is refused before its bytes are kept."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= LENGTH_BYTES:
            length = int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
            if length > self.limit:
                self._buffer.clear()
                return Refused(Reason.FRAME_SIZE, str(length))
            end = LENGTH_BYTES + length
            if len(self._buffer) < end:
                break
            frames.append(bytes(self._buffer[LENGTH_BYTES:end]))
            del self._buffer[:end]
        return frames
