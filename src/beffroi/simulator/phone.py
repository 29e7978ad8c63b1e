"""A technician's phone, in Python: what tests and the virtual town use to stand in front of a lock.

It does what the TypeScript one does (docs/spec/gate.md): checks the gate from the root down, answers its challenge with its
chain and its key, checks the result, and carries signed things down and sealed events up.
"""

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from beffroi.protocol.v1.carriage import Ask, AskRequest, Carried, CarryDown, CarryUp, EventsRequest
from beffroi.protocol.v1.certificate import Certificate, verify_certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.exchange import Challenge, Result, respond, verify_challenge, verify_result
from beffroi.protocol.v1.frames import (
    LENGTH_BYTES,
    ChallengeFrame,
    ChallengeRequest,
    Frame,
    Gate,
    Hello,
    RefusedFrame,
    Response,
    ResultFrame,
    decode_frame,
    enclose,
    encode_frame,
)
from beffroi.protocol.v1.keyset import VERSION, KeySet, Reading

F = TypeVar("F", Gate, ChallengeFrame, ResultFrame, Ask, Carried, CarryUp)

ACTION: Final = "open"
PATIENCE_SECONDS: Final = 30.0
MOST_BYTES: Final = 65_536
SAID_BY_THE_GATE: Final = "said by the gate"
"""The detail of a refusal that is the gate's own; any other says that something which came doesn't hold."""


class PhoneError(Exception):
    """The other side broke off, or said something that has no place there."""


class Wire(ABC):
    """Frames over a stream of bytes, whatever carries it."""

    def __init__(self) -> None:
        self._heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Hang up."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Raw bytes, length included."""

    @abstractmethod
    def hear(self) -> bytes:
        """The next bytes of the stream, as many as come; none when it has ended. Raises PhoneError."""

    def receive(self) -> Frame:
        """The next frame. Raises PhoneError when the stream ends or isn't one."""
        frame = decode_frame(self._exactly(int.from_bytes(self._exactly(LENGTH_BYTES), "big")))
        if isinstance(frame, Refused):
            raise PhoneError(f"not a frame: {frame.reason} {frame.detail}")
        return frame

    def _exactly(self, length: int) -> bytes:
        while len(self._heard) < length:
            part = self.hear()
            if not part:
                raise PhoneError("the gate hung up")
            self._heard += part
        data, self._heard = self._heard[:length], self._heard[length:]
        return data

    def exchange(self, frame: Frame) -> Frame:
        """Send a frame, receive the one that answers it."""
        return self.exchange_bytes(encode_frame(frame))

    def exchange_bytes(self, data: bytes) -> Frame:
        """As `exchange`, with the bytes of a frame as they are."""
        self.send(enclose(data))
        return self.receive()


class Connection(Wire):
    """Over TCP: what stands for a radio on one machine."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", patience: float = PATIENCE_SECONDS) -> None:
        super().__init__()
        self._socket = socket.create_connection((host, port), timeout=patience)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> bytes:
        try:
            return self._socket.recv(MOST_BYTES)
        except OSError as fault:
            raise PhoneError(str(fault)) from fault


Exchange = Callable[[Frame], Frame]
"""Sends one frame and gives the answer: a `Wire`'s, or the server's relay's."""


@dataclass(frozen=True)
class Meeting:
    """A gate whose certificate and challenge this phone has verified."""

    certificate: Certificate
    challenge: Challenge


@dataclass(frozen=True)
class Phone:
    """One holder: its key, the chain that ends with it, the key set it trusts, its own clock (seconds)."""

    key: EllipticCurvePrivateKey
    chain: str
    keyset: KeySet
    now: int

    def greet(self, exchange: Exchange) -> Certificate | Refused:
        """Who is there: the gate's certificate, verified from the key set."""
        frame = _expect(Gate, exchange(Hello(VERSION)))
        if isinstance(frame, Refused):
            return frame
        return verify_certificate(frame.certificate, keyset=self.keyset, at=Reading(self.now))

    def meet(self, exchange: Exchange, gate: str, *, relay: str | None = None) -> Meeting | Refused:
        """Ask the gate that should be `gate` (by its sticker) for a challenge, and verify it. `relay` signs for it, where one does."""
        certificate = self.greet(exchange)
        if isinstance(certificate, Refused):
            return certificate
        return self.ask_challenge(exchange, gate, certificate, relay=relay)

    def ask_challenge(
        self, exchange: Exchange, gate: str, certificate: Certificate, *, relay: str | None = None
    ) -> Meeting | Refused:
        """The same to a gate whose certificate is known already: all that the server's relay carries."""
        frame = _expect(
            ChallengeFrame, exchange(ChallengeRequest(VERSION, certificate.device if relay is None else gate))
        )
        if isinstance(frame, Refused):
            return frame
        challenge = verify_challenge(frame.challenge, certificate=certificate, gate=gate, relay=relay)
        return challenge if isinstance(challenge, Refused) else Meeting(certificate, challenge)

    def answer(self, meeting: Meeting, action: str = ACTION) -> Response:
        """The response to the challenge."""
        return respond(meeting.challenge, chain=self.chain, action=action, holder=self.key)

    def hear(self, meeting: Meeting, frame: Frame) -> Result | Refused:
        """The gate's result, verified."""
        said = _expect(ResultFrame, frame)
        if isinstance(said, Refused):
            return said
        return verify_result(said.result, certificate=meeting.certificate, challenge=meeting.challenge)

    def open(self, exchange: Exchange, gate: str, action: str = ACTION) -> Result | Refused:
        """The whole exchange."""
        meeting = self.meet(exchange, gate)
        if isinstance(meeting, Refused):
            return meeting
        return self.hear(meeting, exchange(self.answer(meeting, action)))


def _expect(kind: type[F], frame: Frame) -> F | Refused:
    if isinstance(frame, RefusedFrame):
        return Refused(frame.reason, SAID_BY_THE_GATE)
    if not isinstance(frame, kind):
        raise PhoneError(f"{type(frame).__name__} instead of {kind.__name__}")
    return frame


def ask(exchange: Exchange) -> Ask | Refused:
    """What the gate would like to be brought."""
    return _expect(Ask, exchange(AskRequest()))


def bring(exchange: Exchange, **tokens: str) -> dict[str, str] | Refused:
    """Carry signed things down, by name (`master_stamp` for `master-stamp`); what became of each."""
    items = tuple((name.replace("_", "-"), token) for name, token in tokens.items())
    carried = _expect(Carried, exchange(CarryDown(items)))
    return carried if isinstance(carried, Refused) else dict(carried.outcomes)


def fetch(exchange: Exchange, after: int = 0) -> CarryUp | Refused:
    """A sealed batch of events to carry to the server."""
    return _expect(CarryUp, exchange(EventsRequest(after)))
