"""The decision of a gate, pure: everything it looks at is passed in, everything it concludes is a value.

A lock, a camera relay or a ballot box keeps a ``GateState`` and does what it is told: store the new ``book`` *before* anything else, store
the event, move the latch, send the result. Uptimes are milliseconds from a clock that never jumps.
"""

from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1.chain import Chain, verify_chain
from beffroi.protocol.v1.clock import GateClock
from beffroi.protocol.v1.errors import Reason, RefusalError, Refused, expect, refusing
from beffroi.protocol.v1.exchange import (
    ADMITTED,
    MARK_REVOCATIONS_OLD,
    MARK_TIME_UNKNOWN,
    Challenge,
    Result,
    check_proof,
    make_challenge,
)
from beffroi.protocol.v1.frames import ChallengeRequest, Response
from beffroi.protocol.v1.grant import ADMIT_MARKED, FLAG, NETWORK, RELAY, Scope
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.members import Moment, is_slug
from beffroi.protocol.v1.trust import Trust

CHALLENGE_LIFE_MS = 30_000
TOUCH_LIFE_MS = 60_000
CHALLENGES_KEPT = 16
NETWORK_CHALLENGES_KEPT = 256
"""Over a network many may ask at once, and who they are is not known yet."""


@dataclass(frozen=True, slots=True)
class Given:
    """A challenge that the gate gave."""

    hash: str
    nonce: str
    transport: str
    uptime: int
    spent: bool = False


@dataclass(frozen=True, slots=True)
class ChallengeBook:
    """The last 16 challenges of each transport, 256 of the network. In memory only: after a restart every earlier one is unknown."""

    given: tuple[Given, ...] = ()

    def add(self, challenge: Given) -> "ChallengeBook":
        """The book with one more; the oldest of the same transport gives way."""
        same = [old for old in self.given if old.transport == challenge.transport]
        kept = NETWORK_CHALLENGES_KEPT if challenge.transport == NETWORK else CHALLENGES_KEPT
        out = same[0] if len(same) >= kept else None
        return ChallengeBook((*(old for old in self.given if old is not out), challenge))

    def find(self, challenge: str) -> Given | None:
        """The challenge of that hash."""
        for given in self.given:
            if given.hash == challenge:
                return given
        return None

    def spend(self, challenge: str) -> "ChallengeBook":
        """The book in which the challenge of that hash has served."""
        return ChallengeBook(tuple([replace(old, spent=True) if old.hash == challenge else old for old in self.given]))


@dataclass(frozen=True, slots=True)
class GateState:
    """All that a gate's decisions depend on, besides the question and the uptime."""

    gate: str
    trust: Trust
    clock: GateClock
    book: ChallengeBook = field(default_factory=ChallengeBook)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a response, and what to write about it. ``reason`` is None when the use is admitted."""

    reason: Reason | None
    book: ChallengeBook
    """The challenges from now on: to be kept whatever the outcome."""
    transport: str
    action: str
    time: Moment
    nonce: str | None = None
    """That of the challenge; None when the response named none of ours, and then there is no result to sign."""
    marks: tuple[str, ...] = ()
    chain: Chain | None = None
    """Only once every signature of the chain was verified."""
    detail: str = ""

    @property
    def admitted(self) -> bool:
        """Whether the gate opens."""
        return self.reason is None

    @property
    def outcome(self) -> str:
        """``admitted`` or the reason code."""
        return ADMITTED if self.reason is None else str(self.reason)

    def result(self, *, gate: str, boot: int, sequence: int) -> Result | None:
        """The result to sign with the gate's key, or None when there is no nonce to bind it to."""
        if self.nonce is None:
            return None
        return Result(gate, self.nonce, self.outcome, self.marks, self.time, boot, sequence)


def _check_addressed(state: GateState, version: int, gate: str) -> None:
    state.trust.keys()
    if version != state.trust.version:
        raise RefusalError(Reason.VERSION, str(version))
    if gate != state.gate:
        raise RefusalError(Reason.GATE_OTHER, gate)


@refusing
def give_challenge(
    state: GateState,
    request: ChallengeRequest,
    *,
    transport: str,
    uptime: int,
    touched_at: int | None,
    nonce: str,
    key: Ed25519PrivateKey,
    device: str | None = None,
) -> tuple[ChallengeBook, Challenge]:
    """A signed challenge (its ``token``) and the book that remembers it.

    ``touched_at`` is the uptime of the last touch, None for never: over the relay it must lie within 60 s. ``device`` is whose
    the key is, where the gate isn't a device of its own.
    """
    _check_addressed(state, request.version, request.gate)
    if transport == RELAY and (touched_at is None or uptime - touched_at > TOUCH_LIFE_MS):
        raise RefusalError(Reason.NOT_TOUCHED)
    at = state.clock.reading(uptime)
    revocations = state.trust.revocations
    challenge = Challenge(
        gate=state.gate,
        nonce=nonce,
        time=at.now,
        keyset=state.trust.keys().number,
        revocations=(0, 0) if revocations is None else revocations.order,
        revocations_age=None if revocations is None or at.now is None else revocations.age(at),
        transport=transport,
    )
    challenge = replace(challenge, token=make_challenge(challenge, key=key, device=device))
    return state.book.add(Given(challenge.hash, nonce, transport, uptime)), challenge


def _recognise(book: ChallengeBook, challenge: str, transport: str, uptime: int) -> Given:
    given = book.find(challenge)
    if given is None:
        raise RefusalError(Reason.CHALLENGE_UNKNOWN)
    if given.transport != transport:
        raise RefusalError(Reason.CHALLENGE_TRANSPORT)
    if given.spent:
        raise RefusalError(Reason.CHALLENGE_USED)
    if uptime - given.uptime > CHALLENGE_LIFE_MS:
        raise RefusalError(Reason.CHALLENGE_EXPIRED)
    return given


def _check_scope(scope: Scope, gate: str, action: str, transport: str) -> None:
    if gate not in scope.resources:
        raise RefusalError(Reason.RESOURCE_NOT_GRANTED)
    if action not in scope.actions:
        raise RefusalError(Reason.ACTION_NOT_GRANTED)
    if transport not in scope.policy.transports:
        raise RefusalError(Reason.TRANSPORT_NOT_ADMITTED)


def _check_window(scope: Scope, at: Reading) -> tuple[str, ...]:
    if not at.begun(scope.start):
        raise RefusalError(Reason.TOO_EARLY)
    if at.ended(scope.end):
        raise RefusalError(Reason.EXPIRED)
    if at.now is not None:
        return ()
    if scope.policy.when_time_unknown != ADMIT_MARKED:
        raise RefusalError(Reason.TIME_UNKNOWN)
    return (MARK_TIME_UNKNOWN,)


def _check_revocations(trust: Trust, chain: Chain, at: Reading) -> tuple[str, ...]:
    revocations, policy = trust.revocations, chain.scope.policy
    if revocations is not None and revocations.age(at) <= policy.greatest_age:
        return ()
    if policy.when_old != FLAG:
        raise RefusalError(Reason.REVOCATIONS_OLD)
    return (MARK_REVOCATIONS_OLD,)


def _check_revoked(trust: Trust, chain: Chain) -> None:
    verdict = None if trust.revocations is None else trust.revocations.verdict(chain)
    if verdict is not None:
        raise RefusalError(verdict)


def _refuse(state: GateState, response: Response, transport: str, uptime: int, refused: Refused) -> Decision:
    return Decision(
        reason=refused.reason,
        book=state.book,
        transport=transport,
        action=response.action,
        time=state.clock.now(uptime),
        detail=refused.detail,
    )


@refusing
def _enter(state: GateState, response: Response, transport: str, uptime: int) -> Given:
    _check_addressed(state, response.version, response.gate)
    if not is_slug(response.action):  # a frame has seen to it; a response made otherwise has not
        raise RefusalError(Reason.MEMBER_VALUE, "action")
    return _recognise(state.book, response.challenge, transport, uptime)


@refusing
def _prove(state: GateState, response: Response, transport: str, at: Reading) -> Chain:
    chain = expect(verify_chain(response.chain, keyset=state.trust.keys(), at=at))
    check_proof(response, holder=chain.holder, chain=chain.hash, transport=transport)
    return chain


@refusing
def _admit(state: GateState, response: Response, transport: str, at: Reading, chain: Chain) -> tuple[str, ...]:
    _check_scope(chain.scope, state.gate, response.action, transport)
    _check_revoked(state.trust, chain)
    unknown = _check_window(chain.scope, at)
    return _check_revocations(state.trust, chain, at) + unknown


def decide(state: GateState, response: Response, *, transport: str, uptime: int) -> Decision:
    """Whether this response opens this gate now, over this transport; refusals are decisions too.

    The challenge is spent in ``book`` as soon as it is recognised, whatever follows. Anything unforeseen raises, and the caller
    then takes ``fail`` instead.
    """
    given = _enter(state, response, transport, uptime)
    if isinstance(given, Refused):
        return _refuse(state, response, transport, uptime, given)
    at = state.clock.reading(uptime)
    entered = Decision(
        reason=Reason.INTERNAL,
        book=state.book.spend(given.hash),
        transport=transport,
        action=response.action,
        time=at.now,
        nonce=given.nonce,
    )
    chain = _prove(state, response, transport, at)
    if isinstance(chain, Refused):
        return replace(entered, reason=chain.reason, detail=chain.detail)
    marks = _admit(state, response, transport, at, chain)
    if isinstance(marks, Refused):
        return replace(entered, reason=marks.reason, detail=marks.detail, chain=chain)
    return replace(entered, reason=None, marks=marks, chain=chain)


def fail(state: GateState, response: Response, *, transport: str, uptime: int) -> Decision:
    """The decision of a gate in which something broke: ``internal``, the challenge spent, shut."""
    given = state.book.find(response.challenge)
    return Decision(
        reason=Reason.INTERNAL,
        book=state.book.spend(response.challenge),
        transport=transport,
        action=response.action,
        time=state.clock.now(uptime),
        nonce=None if given is None or given.spent else given.nonce,
    )
