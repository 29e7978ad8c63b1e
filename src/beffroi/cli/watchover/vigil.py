"""Who was heard when, and who is silent: pure of the network, the clocks passed in."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from beffroi.protocol.beats import Beat

# A line of a while ago is no sign of life; nor is one of a town whose clock is far off: somebody should look at that, too.
CLOCKS_APART: Final = 300_000


class Verdict(StrEnum):
    """What became of a beat."""

    HEARD = "heard"
    STRANGER = "stranger"
    AGAIN = "again"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Town:
    """Watched over: silent when nothing was heard of it for `silent_after` seconds."""

    name: str
    key: str
    silent_after: float


@dataclass(frozen=True, slots=True)
class Change:
    """A town that fell silent, or speaks again; `heard_at` is its last beat in milliseconds of its clock, None before the first."""

    town: Town
    silent: bool
    heard_at: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a town from one start to the next: its last beat, and whether people were told that it is silent."""

    at: int | None = None
    silent: bool = False


class Vigil:
    """`known` is by key. A town has its whole time from the moment `began` (of the clock that never jumps), as if just heard; one that was
    silent stays so until it is heard.
    """

    def __init__(self, towns: Iterable[Town], known: Mapping[str, Known], began: float) -> None:
        self._towns = {town.key: town for town in towns}
        self._known = {key: known.get(key, Known()) for key in self._towns}
        self._since = {key: -math.inf if known.silent else began for key, known in self._known.items()}

    def hear(self, beat: Beat, *, wall: int, now: float) -> Verdict:
        """A beat whose signature is good; `wall` is our own clock in milliseconds, `now` the one that never jumps."""
        known = self._known.get(beat.key)
        if known is None:
            return Verdict.STRANGER
        if known.at is not None and beat.at <= known.at:
            return Verdict.AGAIN
        if abs(beat.at - wall) > CLOCKS_APART:
            return Verdict.CLOCK
        self._known[beat.key] = Known(beat.at, known.silent)
        self._since[beat.key] = now
        return Verdict.HEARD

    def changes(self, now: float) -> list[Change]:
        """What people are to be told: the same again until `told` says that they were."""
        found = []
        for key, town in self._towns.items():
            silent = now - self._since[key] > town.silent_after
            if silent is not self._known[key].silent:
                found.append(Change(town, silent, self._known[key].at))
        return found

    def told(self, change: Change) -> None:
        """Somebody was told."""
        key = change.town.key
        self._known[key] = Known(self._known[key].at, change.silent)

    @property
    def known(self) -> Mapping[str, Known]:
        """What is to be kept, by key."""
        return dict(self._known)
