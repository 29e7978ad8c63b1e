"""A phone's way to a gate through the server, for phones that can't reach it by radio."""

import json
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import JsonValue

from beffroi.kernel.devices.actions.relaying import count_relay, refuse_relay
from beffroi.kernel.devices.queries.devices import gate_in_service
from beffroi.kernel.devices.registry import GATE_ACCESS, DeviceIdentity
from beffroi.kernel.devices.relay import Silent, exchange
from beffroi.kernel.devices.rules import RelayRefusal
from beffroi.kernel.devices.schemas import Carried
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import Problem
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.frames import (
    ChallengeRequest,
    Frame,
    RefusedFrame,
    Response,
    decode_frame,
    encode_frame,
)
from beffroi.protocol.v1.strictjson import canonical

router = Router(tags=["gates"])

WORDS: dict[str, tuple[int, str | Promise]] = {
    RelayRefusal.GATE_UNKNOWN: (404, _("There is no such lock for you.")),
    RelayRefusal.NOT_ALLOWED: (403, _("You may not open this lock through the server.")),
    RelayRefusal.TOO_MANY: (429, _("Too many tries: wait a minute.")),
    Reason.NOT_TOUCHED: (409, _("Touch the handle first: the lock answers for one minute after that.")),
    Silent().code: (504, _("The lock does not answer. Try again, or come nearer and use Bluetooth.")),
}


@router.post("/{gate}/challenge", response=Carried, summary="Ask a gate for a challenge, through the server")
def challenge(request: HttpRequest, gate: UUID, body: Carried) -> Carried:
    """The gate answers only within 60 seconds of somebody touching it."""
    return _carry(request, gate, _read(body, ChallengeRequest, gate))


@router.post("/{gate}/response", response=Carried, summary="Answer a gate's challenge, through the server")
def response(request: HttpRequest, gate: UUID, body: Carried) -> Carried:
    """The gate decides and signs its result."""
    return _carry(request, gate, _read(body, Response, gate))


def _read(body: Carried, wanted: type[ChallengeRequest | Response], gate: UUID) -> Frame:
    """The frame that may go this way, to this gate."""
    frame = decode_frame(canonical(body.frame))
    if isinstance(frame, Refused):
        raise Problem(400, frame.reason.value, _("The lock would not understand this."))
    if not isinstance(frame, wanted):
        raise Problem(400, Reason.FRAME_TYPE.value, _("The lock would not understand this."))
    if frame.gate != str(gate):
        raise Problem(400, Reason.GATE_OTHER.value, _("This is meant for another lock."))
    return frame


def _carry(request: HttpRequest, gate: UUID, frame: Frame) -> Carried:
    answer = exchange(_admitted(request, gate), frame)
    if isinstance(answer, Silent):
        raise _problem(answer.code)
    if isinstance(answer, RefusedFrame) and answer.reason is Reason.NOT_TOUCHED:
        raise _problem(answer.reason.value)
    return Carried(frame=_members(answer))


def _members(answer: Frame) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = json.loads(encode_frame(answer))
    return members


def _admitted(request: HttpRequest, gate: UUID) -> DeviceIdentity:
    """The gate, when the system that owns it lets the viewer be carried there; each refusal but the repeated ones is an entry."""
    viewer, now = viewer_of(request), utc_now()
    found = gate_in_service(gate)
    if found is None or viewer.person is None:
        raise _problem(RelayRefusal.GATE_UNKNOWN)
    beyond = count_relay(person=viewer.person, gate=gate, now=now)
    if beyond:
        if beyond == 1:
            refuse_relay(gate=found, reason=RelayRefusal.TOO_MANY, now=now, by=viewer.person)
        raise _problem(RelayRefusal.TOO_MANY)
    may_relay = GATE_ACCESS.get(found.kind)
    reason = RelayRefusal.NOT_ALLOWED if may_relay is None else may_relay(viewer, found)
    if reason is not None:
        refuse_relay(gate=found, reason=reason, now=now, by=viewer.person)
        raise _problem(reason)
    return found


def _problem(code: str) -> Problem:
    """A reason of the system that owns the gate keeps its own code."""
    status, words = WORDS.get(code, WORDS[RelayRefusal.NOT_ALLOWED])
    return Problem(status, str(code), words)
