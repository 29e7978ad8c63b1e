"""The cameras that decide: each is a gate with challenges of its own, and the relay's trust, clock and key are behind them all.

The order of an admission is that of docs/spec/gate.md: decide, store the event and the viewing, sign the result; only then may a
byte of picture leave. Whatever breaks inside is `internal`, and nothing is shown.
"""

import logging
from dataclasses import dataclass, replace
from typing import Final

from beffroi.edge.device.device import UNRECORDED, Device
from beffroi.edge.device.errors import DeviceError
from beffroi.edge.relay.desk import Desk, neighbour
from beffroi.edge.relay.roster import Roster
from beffroi.edge.relay.uses import CLOSED, REPLACED, Use, Uses
from beffroi.protocol.v1.errors import MisuseError, Reason, Refused
from beffroi.protocol.v1.event import refusal_event, use_event
from beffroi.protocol.v1.exchange import make_result
from beffroi.protocol.v1.frames import (
    EXCHANGE_LIMIT,
    ChallengeFrame,
    ChallengeRequest,
    Frame,
    Hello,
    RefusedFrame,
    Response,
    ResultFrame,
    decode_frame,
)
from beffroi.protocol.v1.gate import Decision, GateState, decide, fail, give_challenge
from beffroi.protocol.v1.grant import NETWORK
from beffroi.protocol.v1.stamp import make_nonce
from beffroi.protocol.v1.use import standing

logger = logging.getLogger(__name__)
VIEW: Final = "view"
"""The one action that the live image answers to, whatever else a right opens at a camera."""


@dataclass(frozen=True)
class Admitted:
    """The result to send first, and the viewing that it opens."""

    result: ResultFrame
    use: Use


class Gates:
    """Every method may be called with whatever came over the network; none raises for it."""

    def __init__(self, device: Device, roster: Roster, uses: Uses) -> None:
        self._device = device
        self._roster = roster
        self._uses = uses
        self._desks: dict[str, Desk] = {}

    # Frames

    def answer(self, gate: str, data: bytes, peer: str) -> Frame:
        """The frame that answers `hello` or `challenge-request` at a camera, from somebody at that address."""
        frame = self._read(gate, data)
        match frame:
            case Hello(version):
                greeting = self._device.greet(gate, version)
                return self._refuse(gate, greeting.reason) if isinstance(greeting, Refused) else greeting
            case ChallengeRequest():
                return self._challenge(gate, frame, neighbour(peer))
            case RefusedFrame():
                return frame
        return self._refuse(gate, Reason.FRAME_TYPE)

    def admit(self, gate: str, data: bytes) -> Admitted | Frame:
        """What a `response` comes to: a viewing, or the frame that refuses it."""
        frame = self._read(gate, data)
        if isinstance(frame, RefusedFrame):
            return frame
        if not isinstance(frame, Response):
            return self._refuse(gate, Reason.FRAME_TYPE)
        if self._uses.full:
            logger.error("as many viewings live as one relay may have")
            return self._refuse(gate, Reason.INTERNAL)
        return self._decide(gate, frame)

    def _read(self, gate: str, data: bytes) -> Frame:
        if self._roster.find(gate) is None:
            return self._refuse(gate, Reason.GATE_OTHER)
        frame = decode_frame(data) if len(data) <= EXCHANGE_LIMIT else Refused(Reason.FRAME_SIZE)
        return self._refuse(gate, frame.reason) if isinstance(frame, Refused) else frame

    def _refuse(self, gate: str, reason: Reason) -> RefusedFrame:
        """On record, and named only when it is one of ours: what a stranger wrote into an address is nobody's word."""
        device, named = self._device, None if self._roster.find(gate) is None else gate
        device.record_refusal(
            lambda: refusal_event(
                reason, time=device.holdings.now(), uptime=device.uptime(), transport=NETWORK, gate=named
            )
        )
        return RefusedFrame(reason)

    # The exchange

    def _state(self, gate: str) -> GateState:
        holdings = self._device.holdings
        return GateState(gate, holdings.trust, holdings.clock, self._desk(gate).book)

    def _desk(self, gate: str) -> Desk:
        return self._desks.setdefault(gate, Desk())

    def _challenge(self, gate: str, request: ChallengeRequest, asker: str) -> Frame:
        identity, desk, uptime = self._device.identity, self._desk(gate), self._device.uptime()
        given = give_challenge(
            replace(self._state(gate), book=desk.with_room(uptime)),
            request,
            transport=NETWORK,
            uptime=uptime,
            touched_at=None,
            nonce=make_nonce(self._device.random),
            key=identity.key,
            device=identity.device,
        )
        if isinstance(given, Refused):
            return self._refuse(gate, given.reason)
        book, challenge = given
        desk.give(book, challenge.hash, asker)
        return ChallengeFrame(challenge.token)

    def _decide(self, gate: str, response: Response) -> Admitted | Frame:
        uptime, state = self._device.uptime(), self._state(gate)
        try:
            decision = decide(state, response, transport=NETWORK, uptime=uptime)
        except Exception:  # a decision that broke is a refusal
            logger.exception("the decision broke")
            decision = fail(state, response, transport=NETWORK, uptime=uptime)
        self._desk(gate).book = decision.book
        if decision.admitted and decision.action != VIEW:
            decision = replace(decision, reason=Reason.ACTION_NOT_GRANTED, marks=())
        if decision.admitted:
            return self._open(gate, decision, uptime)
        sequence = self._device.record_refusal(
            lambda: use_event(decision, uptime=uptime, gate=gate), proven=decision.chain is not None
        )
        return self._said(gate, decision, sequence)

    def _open(self, gate: str, decision: Decision, uptime: int) -> Admitted | Frame:
        """Store the event and the viewing, then say so. What fails on the way is `internal`, and nothing is shown."""
        failed = replace(decision, reason=Reason.INTERNAL, marks=())
        try:
            use = self._viewing(gate, decision, uptime)
            sequence = self._uses.admit(use, use_event(decision, uptime=uptime, gate=gate))
        except (DeviceError, MisuseError) as fault:
            logger.error("the event of an admitted viewing can't be stored: %s", fault)  # noqa: TRY400 - one line
            return self._said(gate, failed, UNRECORDED)
        for former in self._uses.of(gate=gate, holder=use.holder):
            if former is not use:
                former.end(REPLACED)
        result = self._said(gate, decision, sequence)
        return Admitted(result, use) if isinstance(result, ResultFrame) else result

    def _viewing(self, gate: str, decision: Decision, uptime: int) -> Use:
        if decision.chain is None or decision.nonce is None:
            raise MisuseError("nothing is admitted without a chain and a challenge")
        stands = standing(self._state(gate), decision.chain, uptime=uptime)
        if isinstance(stands, Refused):
            raise MisuseError(f"admitted, and doesn't stand: {stands.reason}")
        return Use(decision.nonce, gate, decision.chain, stands, self._device.uptime)

    def _said(self, gate: str, decision: Decision, sequence: int) -> ResultFrame | RefusedFrame:
        result = decision.result(gate=gate, boot=self._device.journal.boot, sequence=sequence)
        if result is None:
            return RefusedFrame(decision.reason or Reason.INTERNAL)
        identity = self._device.identity
        return ResultFrame(make_result(result, key=identity.key, device=identity.device))

    # What lives

    def look_again(self) -> None:
        """Something was taken that may end viewings: each is measured by what is held now."""
        uptime = self._device.uptime()
        for use in self._uses.live.values():
            if self._roster.find(use.gate) is None:
                use.end(CLOSED)
            else:
                use.stand(standing(self._state(use.gate), use.chain, uptime=uptime))
        for gate in self._desks.keys() - set(self._roster.gates):
            del self._desks[gate]
