"""The rules of a gate's clock, as a frozen value: it runs on uptime, and signed stamps push it.

Times are seconds since 1970 UTC, uptimes milliseconds since the device started (a clock that never jumps). A device stores
``floor_at(uptime)`` now and then and passes it back after a restart: that is all that survives a power loss.
"""

from dataclasses import dataclass, replace

from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.stamp import Stamp

GREATEST_STEP = 24 * 3600
SECOND_STAMP_AFTER = 3600
SECOND_STAMP_WITHIN = 300
NONCE_LIFE_MS = 120_000

BY_STAMP = "stamp"
BY_BOUND_STAMP = "bound-stamp"
BY_MASTER_STAMP = "master-stamp"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A time tied to the uptime at which it was right."""

    time: int
    uptime: int

    def at(self, uptime: int) -> int:
        """The time that it has run to."""
        return self.time + max(0, uptime - self.uptime) // 1000


@dataclass(frozen=True, slots=True)
class FreshNonce:
    """The nonce that a bound stamp must carry; it serves once and dies after 120 s."""

    value: str
    uptime: int

    def alive(self, uptime: int) -> bool:
        """Whether it may still be answered."""
        return uptime - self.uptime <= NONCE_LIFE_MS


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What a stamp did, for the event ``clock-changed``. ``held`` means: a first far stamp, remembered, time unchanged."""

    before: Moment
    after: int
    by: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class GateClock:
    """Known (``anchor``) or unknown; ``floor`` never goes back except by a master stamp."""

    floor: int = 0
    anchor: Anchor | None = None
    fresh: FreshNonce | None = None
    far: Anchor | None = None
    """A bound stamp more than 24 h ahead that waits for a second one."""
    sure: Anchor | None = None
    """The last bound or master stamp: unbound ones together never get further than 24 h ahead of what it has run to."""

    def now(self, uptime: int) -> Moment:
        """The time, or None while it is unknown."""
        return None if self.anchor is None else max(self.floor, self.anchor.at(uptime))

    def floor_at(self, uptime: int) -> int:
        """The latest time that has passed for certain: what to store."""
        now = self.now(uptime)
        return self.floor if now is None else now

    def uptime_of(self, time: int) -> int | None:
        """The uptime at which the clock reads that time, None while it is unknown; in the past when it has read it already."""
        if self.anchor is None:
            return None
        return 0 if self.floor >= time else self.anchor.uptime + (time - self.anchor.time) * 1000

    def reading(self, uptime: int) -> Reading:
        """What the rules of this protocol want to know."""
        return Reading(self.now(uptime), self.floor_at(uptime))

    def ask(self, nonce: str, uptime: int) -> "GateClock":
        """Remember the fresh nonce that is about to be sent out; it replaces any other."""
        return replace(self, fresh=FreshNonce(nonce, uptime))

    def take(self, stamp: Stamp, *, device: str, uptime: int) -> "tuple[GateClock, ClockChange] | Refused":
        """The clock after a verified stamp, or why the stamp changes nothing."""
        if stamp.nonce is None:
            return self._take_unbound(stamp, uptime)
        if stamp.device != device:
            return Refused(Reason.STAMP_DEVICE, stamp.device or "")
        if self.fresh is None or self.fresh.value != stamp.nonce or not self.fresh.alive(uptime):
            return Refused(Reason.STAMP_NONCE)
        if stamp.master:
            return self._set(stamp, uptime, BY_MASTER_STAMP, floor=stamp.time)
        return self._take_bound(stamp, uptime)

    def _take_unbound(self, stamp: Stamp, uptime: int) -> "tuple[GateClock, ClockChange] | Refused":
        now = self.now(uptime)
        if now is None:
            return Refused(Reason.STAMP_UNBOUND)
        if stamp.time <= now:
            return Refused(Reason.STAMP_BACK)
        sure = now if self.sure is None else min(now, self.sure.at(uptime))
        if stamp.time - sure > GREATEST_STEP:
            return Refused(Reason.STAMP_FAR)
        return self._set(stamp, uptime, BY_STAMP)

    def _take_bound(self, stamp: Stamp, uptime: int) -> "tuple[GateClock, ClockChange] | Refused":
        now = self.now(uptime)
        if stamp.time < self.floor if now is None else stamp.time <= now:
            return Refused(Reason.STAMP_BACK)
        if now is None or stamp.time - now <= GREATEST_STEP or self._confirms(stamp, uptime):
            return self._set(stamp, uptime, BY_BOUND_STAMP)
        held = replace(self, fresh=None, far=Anchor(stamp.time, uptime))
        return held, ClockChange(now, stamp.time, BY_BOUND_STAMP, held=True)

    def _confirms(self, stamp: Stamp, uptime: int) -> bool:
        """Whether a second far stamp says, an hour later, what the first has run to."""
        if self.far is None or uptime - self.far.uptime < SECOND_STAMP_AFTER * 1000:
            return False
        return abs(stamp.time - self.far.at(uptime)) <= SECOND_STAMP_WITHIN

    def _set(self, stamp: Stamp, uptime: int, by: str, floor: int | None = None) -> "tuple[GateClock, ClockChange]":
        change = ClockChange(self.now(uptime), stamp.time, by)
        anchor = Anchor(stamp.time, uptime)
        if stamp.nonce is None:
            return replace(self, anchor=anchor, far=None), change
        return GateClock(self.floor if floor is None else floor, anchor, sure=anchor), change
