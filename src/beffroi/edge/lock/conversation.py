"""What one phone says and hears, whatever carries it: a stream of frames in, a stream of frames out (docs/spec/gate.md, section 9).

Whoever is near can connect, so everything is bounded: connections, the time a frame may take to arrive, the life of a
connection, its refusals, and what is kept before the length is known to be fair. Whoever carries the bytes holds the bounds of
time and of connections; those of size and of refusals are held here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import (
    CARRIAGE_LIMIT,
    LENGTH_BYTES,
    ChallengeFrame,
    Frame,
    RefusedFrame,
    ResultFrame,
    enclose,
    encode_frame,
)

Answer = Callable[[bytes], Frame]
Refuse = Callable[[Reason], None]


@dataclass(frozen=True)
class Bounds:
    """Times are seconds of the machine: they protect the lock, no rule of the gate depends on them."""

    connections: int = 8
    frame_seconds: float = 10.0
    connection_seconds: float = 120.0
    refusals: int = 8
    linger_seconds: float = 2.0
    linger_bytes: int = 262_144


DEFAULT_BOUNDS: Final = Bounds()


class Conversation:
    """`answer` decides; `refuse` is told of what could not even be read, so that it is on record.

    However the stream is cut, the answers are the same. Frames wait to be asked about (`reply`), one by one, so that whoever
    sends many at once has no more answers made than are carried away.
    """

    def __init__(self, *, answer: Answer, refuse: Refuse, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self._answer = answer
        self._refuse = refuse
        self._bounds = bounds
        self._heard = bytearray()
        self._refusals = 0
        self._waits_for_answer = False
        self.over = False
        """Nothing that comes from now on is heard: too many refusals, or a length that no frame may have."""

    @property
    def waiting(self) -> int:
        """Bytes heard that no answer was made to yet."""
        return len(self._heard)

    def hear(self, data: bytes) -> None:
        """The next bytes of the stream, as many as came."""
        if not self.over:
            self._heard += data

    def reply(self) -> bytes | None:
        """The answer to the next frame that has come whole, behind its length; None when there is none."""
        if len(self._heard) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._heard[:LENGTH_BYTES], "big")
        if length > CARRIAGE_LIMIT:
            self._refuse(Reason.FRAME_SIZE)
            self._end()
            return _enclosed(RefusedFrame(Reason.FRAME_SIZE))
        end = LENGTH_BYTES + length
        if len(self._heard) < end:
            return None
        data = bytes(self._heard[LENGTH_BYTES:end])
        del self._heard[:end]
        frame = self._answer(data)
        self._refusals += isinstance(frame, RefusedFrame) or self._idle(frame)
        if self._refusals >= self._bounds.refusals:
            self._end()
        return _enclosed(frame)

    def _idle(self, frame: Frame) -> bool:
        """Whether this is a challenge after one that nobody answered: the lock remembers sixteen, for all who are near."""
        if isinstance(frame, ChallengeFrame):
            idle, self._waits_for_answer = self._waits_for_answer, True
            return idle
        if isinstance(frame, ResultFrame):
            self._waits_for_answer = False
        return False

    def _end(self) -> None:
        self.over = True
        self._heard.clear()


def _enclosed(frame: Frame) -> bytes:
    return enclose(encode_frame(frame))
