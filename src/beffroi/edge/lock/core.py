"""The lock that decides: frames and sensors come in, frames, events and movements of the bolt come out.

Everything it needs is passed in (store, metal, uptime, randomness). It fails closed: whatever breaks inside is `internal`,
with the bolt out. The order of an opening is: decide, store the event, draw the bolt, sign the result.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from beffroi.edge.device.device import UNRECORDED, Device
from beffroi.edge.device.errors import DeviceError
from beffroi.edge.device.journal import CAPACITY
from beffroi.edge.lock.door import UNLOCK_SECONDS, Door
from beffroi.edge.lock.errors import MetalError
from beffroi.edge.lock.metal import Metal, Sense
from beffroi.protocol.v1.carriage import AskRequest, CarryDown, EventsRequest
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.event import use_event
from beffroi.protocol.v1.exchange import make_result
from beffroi.protocol.v1.frames import (
    ChallengeFrame,
    ChallengeRequest,
    Frame,
    Hello,
    RefusedFrame,
    Response,
    ResultFrame,
    decode_frame,
)
from beffroi.protocol.v1.gate import ChallengeBook, Decision, GateState, decide, fail, give_challenge
from beffroi.protocol.v1.grant import LOCAL
from beffroi.protocol.v1.stamp import make_nonce

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Habits:
    """What an installation may tune: seconds the latch stays unlocked, events kept at most."""

    unlock_seconds: int = UNLOCK_SECONDS
    capacity: int = CAPACITY


class Lock:
    """One lock with its current on. Every method may be called by whoever is outside; none raises for what it is given."""

    def __init__(
        self,
        *,
        device: Device,
        metal: Metal,
        habits: Habits,
    ) -> None:
        self._device = device
        self._identity = device.identity
        self._uptime = device.uptime
        self._habits = habits
        self._book = ChallengeBook()
        self.holdings = device.holdings
        self.journal = device.journal
        self.delivery = device.delivery
        self.door = Door(metal=metal, store=device.store, uptime=device.uptime, record=self.journal.record)

    def rest(self) -> None:
        """The bolt out, before a clean stop."""
        self._shut()

    def start(self) -> None:
        """Count the boot, and look at what changed meanwhile. Raises DeviceError: then the lock doesn't run."""
        self.journal.begin()
        self.door.wake()

    # The metal

    def feel(self, sense: Sense) -> None:
        """What a sensor says."""
        self._guarded(lambda: self.door.feel(sense), f"sensor {sense}")

    def tick(self) -> None:
        """Lock again when it is time, and keep the clock's floor."""
        self._guarded(self.door.tick, "relock")
        self._guarded(self._device.keep_floor, "floor")

    def _guarded(self, act: Callable[[], None], what: str) -> None:
        try:
            act()
        except DeviceError as fault:
            logger.error("%s: %s: %s", what, fault.code, fault)  # noqa: TRY400 - one line, as the log promises

    # Frames

    def answer(self, data: bytes, transport: str) -> Frame:
        """The frame that answers the bytes of one."""
        frame = decode_frame(data)
        if isinstance(frame, Refused):
            return self.refuse(frame.reason, transport)
        try:
            return self._answer(frame, transport)
        except Exception:  # whatever broke: shut, and say so
            logger.exception("a frame broke something")
            self._shut()
            return self.refuse(Reason.INTERNAL, transport)

    def take(self, data: bytes) -> Frame:
        """As `answer`, for what the server sends down: only `carry-down` may come there."""
        frame = decode_frame(data)
        if isinstance(frame, CarryDown):
            return self.answer(data, LOCAL)
        return RefusedFrame(frame.reason if isinstance(frame, Refused) else Reason.FRAME_TYPE)

    def refuse(self, reason: Reason, transport: str | None = None) -> RefusedFrame:
        """Refuse something that has no challenge to be bound to, on record."""
        return self._device.refuse(reason, transport)

    def _answer(self, frame: Frame, transport: str) -> Frame:
        match frame:
            case Hello(version):
                return self._greet(version, transport)
            case ChallengeRequest():
                return self._challenge(frame, transport)
            case Response():
                return self._decide(frame, transport)
        if transport == LOCAL:
            return self._carry(frame)
        return self.refuse(Reason.FRAME_TYPE, transport)

    def _carry(self, frame: Frame) -> Frame:
        answer: Frame | Refused
        match frame:
            case AskRequest():
                answer = self._device.ask()
            case CarryDown():
                answer = self.delivery.take(frame)
            case EventsRequest():
                answer = self.delivery.give_events(frame)
            case _:
                answer = Refused(Reason.FRAME_TYPE)
        return self.refuse(answer.reason, LOCAL) if isinstance(answer, Refused) else answer

    def _greet(self, version: int, transport: str) -> Frame:
        greeting = self._device.greet(self._identity.device, version)
        return self.refuse(greeting.reason, transport) if isinstance(greeting, Refused) else greeting

    # The exchange

    def _state(self) -> GateState:
        return GateState(self._identity.device, self.holdings.trust, self.holdings.clock, self._book)

    def _challenge(self, request: ChallengeRequest, transport: str) -> Frame:
        given = give_challenge(
            self._state(),
            request,
            transport=transport,
            uptime=self._uptime(),
            touched_at=self.door.touched_at,
            nonce=make_nonce(self._device.random),
            key=self._identity.key,
        )
        if isinstance(given, Refused):
            return self.refuse(given.reason, transport)
        self._book, challenge = given
        return ChallengeFrame(challenge.token)

    def _decide(self, response: Response, transport: str) -> Frame:
        uptime = self._uptime()
        try:
            decision = decide(self._state(), response, transport=transport, uptime=uptime)
        except Exception:  # a decision that broke is a refusal
            logger.exception("the decision broke")
            decision = fail(self._state(), response, transport=transport, uptime=uptime)
        self._book = decision.book
        if decision.admitted:
            decision, sequence = self._admit(decision)
        else:
            sequence = self._device.record_refusal(lambda: use_event(decision, uptime=uptime))
        result = decision.result(gate=self._identity.device, boot=self.journal.boot, sequence=sequence)
        if result is None:
            return RefusedFrame(decision.reason or Reason.INTERNAL)
        return ResultFrame(make_result(result, key=self._identity.key))

    def _admit(self, decision: Decision) -> tuple[Decision, int]:
        """Store the event, then draw the bolt. What fails on the way is `internal`, and shut."""
        failed = replace(decision, reason=Reason.INTERNAL, marks=())
        try:
            sequence = self.journal.append(use_event(decision, uptime=self._uptime()))
        except DeviceError as fault:
            logger.error("the event of an admitted use can't be stored: %s", fault)  # noqa: TRY400 - one line
            self._shut()
            return failed, UNRECORDED
        try:
            self.door.unlock(self._habits.unlock_seconds)
        except MetalError as fault:
            logger.error("admitted, but %s", fault)  # noqa: TRY400 - one line
            return failed, self._record_failure(decision)
        return decision, sequence

    def _record_failure(self, decision: Decision) -> int:
        try:
            return self.journal.record("latch-failed", **({} if decision.nonce is None else {"nonce": decision.nonce}))
        except DeviceError as fault:
            logger.error("a failed latch can't be stored: %s", fault)  # noqa: TRY400 - one line
            return UNRECORDED

    def _shut(self) -> None:
        self._guarded(self.door.lock, "shut")
