"""Somebody who watches, and for how long: the right is looked at before every byte."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from beffroi.edge.relay.parts import FRAGMENT, Part, State, notice

EXPIRED, LEFT, SLOW, CAMERA_GONE, INTERNAL = "expired", "left", "slow", "camera-gone", "internal"
logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Right:
    """`expires` is a moment of the relay's own uptime, in milliseconds. `ended` says, cheaply, what has ended it before, if
    anything has: it is asked before each part.
    """

    expires: int
    ended: Callable[[], str | None]


class Outlet(Protocol):
    """What a viewer's bytes go into; docs/spec/relay-media.md section 7."""

    @property
    def gone(self) -> bool: ...

    @property
    def slow(self) -> bool: ...

    def begin(self, parts: Sequence[Part]) -> None: ...

    def write(self, part: Part) -> None: ...

    def end(self, last: Part) -> None: ...


class Viewer:
    """`cause` is why it ended, once it has. `begun`: whether it has something to decode with."""

    def __init__(self, outlet: Outlet, right: Right, *, uptime: Callable[[], int]) -> None:
        self.cause: str | None = None
        self.begun = False
        self._outlet = outlet
        self._right = right
        self._uptime = uptime
        self._first: int | None = None
        self._last = 0
        self._over = asyncio.Event()

    @property
    def lasted(self) -> int:
        """Milliseconds from the first to the last byte of picture that was written."""
        return 0 if self._first is None else self._last - self._first

    def begin(self, parts: Sequence[Part]) -> None:
        """What it takes to begin: parameters, and the frames since the last key picture."""
        if self.check():
            self.begun = True
            self._outlet.begin(parts)
            self._watched()

    def give(self, part: Part) -> None:
        """One part, unless the right is over, which ends the viewer instead."""
        if self.check():
            self._outlet.write(part)
            if part.kind == FRAGMENT:
                self._watched()

    def check(self) -> bool:
        """Whether it may still watch; if not it is cut here."""
        if self.cause is None:
            cause = self._why_over()
            if cause is None:
                return True
            self.cut(cause)
        return False

    def cut(self, cause: str) -> None:
        """End it now, for that reason; a second one changes nothing."""
        if self.cause is None:
            self.cause = cause
            self._over.set()
            self._outlet.end(notice(State.ENDED, since=0, cause=cause))

    async def ended(self) -> str:
        """Waits for the end; the cause."""
        await self._over.wait()
        return self.cause or INTERNAL

    def _why_over(self) -> str | None:
        if self._uptime() >= self._right.expires:
            return EXPIRED
        try:
            cause = self._right.ended()
        except Exception:
            logger.exception("whether a right still holds could not be found out")
            return INTERNAL
        if cause is not None:
            return cause
        if self._outlet.gone:
            return LEFT
        return SLOW if self._outlet.slow else None

    def _watched(self) -> None:
        self._last = self._uptime()
        if self._first is None:
            self._first = self._last
