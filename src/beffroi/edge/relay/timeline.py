"""When a frame is decoded and shown, on a timeline without a hole, however the camera's own timestamps jump.

All is in ticks of 90 kHz. docs/spec/relay-media.md section 4 says why.
"""

from collections import deque
from heapq import heappop, heappush
from statistics import median_low
from typing import Final, NamedTuple

TICKS: Final = 90_000
WRAP: Final = 1 << 32
USUAL: Final = TICKS // 25
SHORTEST, LONGEST = TICKS // 1_000, TICKS * 10
REMEMBERED: Final = 5
# What a timestamp may be ahead of the time that really passed, and how far one of a picture out of order goes back.
AHEAD, BACK = 2 * TICKS, TICKS
# Further behind the camera's clock, or ahead of it, than this, it isn't caught up with: it was a pause or a jump.
ADRIFT: Final = TICKS // 2


class Moment(NamedTuple):
    """Where a frame lies: each begins where the one before ends. `offset` is from decoding to showing."""

    decode: int
    duration: int
    offset: int


class Timeline:
    """`reorder` is how many pictures come before one that is shown earlier; it may grow."""

    def __init__(self) -> None:
        self.reorder = 0
        self._next = 0
        self._usual = USUAL
        self._deltas: deque[int] = deque(maxlen=REMEMBERED)
        self._raw: int | None = None
        self._shown = 0
        self._arrival = 0.0
        self._waiting: list[int] = []
        self._decoded: int | None = None
        self._anchor = 0

    def resume(self, usual: int = 0) -> None:
        """The camera begins again, by a clock that may be another; `usual` is a picture's length if it said one."""
        self._raw = self._decoded = None
        self._waiting.clear()
        self._deltas.clear()
        if SHORTEST <= usual <= LONGEST:
            self._usual = usual

    def place(self, timestamp: int, arrival: float) -> Moment:
        """The next frame in the order of decoding; `arrival` in seconds of a clock that never jumps."""
        shown = self._unwrapped(timestamp, arrival)
        decoded = self._in_order(shown)
        if self._decoded is None:
            self._anchor = self._next - decoded
        else:
            self._learn(decoded - self._decoded)
        self._decoded = decoded
        begin, behind = self._next, decoded + self._anchor - self._next
        if abs(behind) > ADRIFT + self._usual:
            self._anchor -= behind
            behind = 0
        duration = max(self._usual // 2, min(self._usual + behind, 2 * self._usual), 1)
        self._next = begin + duration
        return Moment(begin, duration, shown - decoded)

    def _unwrapped(self, timestamp: int, arrival: float) -> int:
        """The camera's own time without its wraps and its jumps: after a jump it goes on as usual."""
        if self._raw is not None:
            delta = (timestamp - self._raw + WRAP // 2) % WRAP - WRAP // 2
            passed = int((arrival - self._arrival) * TICKS)
            least = -BACK if self.reorder else 1
            if delta == 0 or not least <= delta <= passed + AHEAD:
                delta = self._usual
            self._shown += delta
        self._raw, self._arrival = timestamp, arrival
        return self._shown

    def _in_order(self, shown: int) -> int:
        """When the frame is decoded: with pictures out of order, when the earliest of those on their way is shown."""
        if not self.reorder:
            return shown
        heappush(self._waiting, shown)
        if len(self._waiting) <= self.reorder:
            return self._waiting[0] - (self.reorder + 1 - len(self._waiting)) * self._usual
        return heappop(self._waiting)

    def _learn(self, delta: int) -> None:
        """The usual length of a frame is the middle one of the last few: a pause or a jump doesn't change it."""
        if SHORTEST <= delta <= LONGEST:
            self._deltas.append(delta)
            self._usual = median_low(self._deltas)
