"""A use that lasts: once admitted, how long it stands if nothing is brought, and whether it still does when something was.

A door opens and that is all; a stream goes on. Its gate asks ``standing`` once it is admitted and again after everything it takes: the
answer is an uptime, so what sends the bytes has one number to compare.
"""

from dataclasses import dataclass

from beffroi.protocol.v1.chain import Chain, verify_chain
from beffroi.protocol.v1.errors import Reason, RefusalError, expect, refusing
from beffroi.protocol.v1.gate import GateState
from beffroi.protocol.v1.grant import FLAG
from beffroi.protocol.v1.keyset import Reading


@dataclass(frozen=True, slots=True)
class Standing:
    """The use stands up to, not including, ``until``; ``reason`` is why it ends then. A newer list may put that off, up to
    ``expires``, where the right itself ends. Both are uptimes in milliseconds.
    """

    until: int
    reason: Reason
    expires: int


@refusing
def standing(state: GateState, chain: Chain, *, uptime: int) -> Standing:
    """How long an admitted chain stands under what its gate holds now, or why it doesn't any more.

    While time is unknown the end of the right is counted from the floor, which is the latest it can be.
    """
    at = state.clock.reading(uptime)
    expect(verify_chain(chain.text, keyset=state.trust.keys(), at=at))
    verdict = None if state.trust.revocations is None else state.trust.revocations.verdict(chain)
    if verdict is not None:
        raise RefusalError(verdict)
    expires, old = _uptime_of(state, chain.scope.end, uptime, at), _list_is_old(state, chain, uptime, at)
    first = expires if old is None else min(expires, old)
    reason = Reason.EXPIRED if first == expires else Reason.REVOCATIONS_OLD
    if first <= uptime:
        raise RefusalError(reason)
    return Standing(first, reason, expires)


def _uptime_of(state: GateState, time: int, uptime: int, at: Reading) -> int:
    known = state.clock.uptime_of(time)
    return uptime + (time - at.floor) * 1000 if known is None else known


def _list_is_old(state: GateState, chain: Chain, uptime: int, at: Reading) -> int | None:
    """The uptime at which the list held is older than the policy allows; None where the policy only marks it."""
    policy, revocations = chain.scope.policy, state.trust.revocations
    if policy.when_old == FLAG:
        return None
    if revocations is None:
        return uptime
    return _uptime_of(state, revocations.issued + policy.greatest_age + 1, uptime, at)
