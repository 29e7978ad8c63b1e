"""A working day that doesn't end: one opening every ten to thirty seconds, whatever happens to the server meanwhile."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from beffroi.simulator.hands import NobodyThereError, put
from beffroi.simulator.life.crew import TROUBLES, Rest, Stand

BETWEEN: Final = (10.0, 30.0)
AT_WORK: Final = (3.0, 9.0)
LOOKS, LOOK_EVERY = 10, 0.05
NORMAL: Final = 60  # times faster than a town's promises: the demonstration's usual pace
PATIENCE: Final = (2.0, 60.0)  # after trouble: the first wait, doubled up to the last


def at_work(pace: int) -> tuple[float, float]:
    """How long somebody works, at least and at most: well under the half hour after which an open door is an alert."""
    return AT_WORK[0] / max(1, pace / NORMAL), AT_WORK[1] / max(1, pace / NORMAL)


class Opener(Protocol):
    """Who opens cabinets, and says so when the work is done; either may raise any of the troubles."""

    name: str

    def open(self, stand: Stand) -> str: ...

    def done(self) -> None: ...


@dataclass
class Day:
    """Technicians by turns in cabinets drawn at random. `rest` waits, and says when it is time to stop."""

    technicians: Sequence[Opener]
    stands: Sequence[Stand]
    random: Random
    rest: Rest
    say: Callable[[str], None]
    between: tuple[float, float] = BETWEEN
    at_work: tuple[float, float] = AT_WORK
    pause: Callable[[float], None] = time.sleep
    _at: Stand | None = None

    def run(self) -> None:
        """Until it is time to stop. Nothing that a server or a lock does ends it; trouble is said once, and when it is over."""
        while not self._tidy():
            if self.rest(PATIENCE[0]):
                return
        self._work()
        self._settle()

    def _work(self) -> None:
        turn, troubles, said = 0, 0, ""
        wait = self.random.uniform(*self.between)
        while not self.rest(wait):
            # After trouble it is the other one's turn: what one can't do (a phone that is lost, a cabinet that is theirs) another may.
            technician = self.technicians[turn % len(self.technicians)]
            turn += 1
            try:
                self.visit(technician, self.random.choice(self.stands))
            except TROUBLES as trouble:
                troubles += 1
                wait = min(PATIENCE[0] * 2 ** (troubles - 1), PATIENCE[1])
                if type(trouble).__name__ != said:
                    said = type(trouble).__name__
                    self.say(f"{technician.name} has to wait: {trouble}")
                continue
            if said:
                self.say("work goes on")
            troubles, said = 0, ""
            wait = self.random.uniform(*self.between)

    def visit(self, technician: Opener, stand: Stand) -> None:
        """Open, pull the door, work for a while, shut: whatever comes in between, no door is left open and no order stays given."""
        try:
            technician.open(stand)
            self._at = stand
            try:
                put(stand.body, "open-door", stand.gate)
                self.rest(self.random.uniform(*self.at_work))
            finally:
                put(stand.body, "close-door", stand.gate)
        finally:
            technician.done()

    def _settle(self) -> None:
        """The lock of the last door has told the town that it is shut: nobody is called out to it once the demonstration is stopped."""
        for _look in range(LOOKS if self._at else 0):
            try:
                if self._at is None or not put(self._at.body, "state", self._at.gate).waiting:
                    return
            except NobodyThereError:
                return
            self.pause(LOOK_EVERY)

    def _tidy(self) -> bool:
        """Doors that were open when the demonstration was cut short are shut; False while the locks are starting."""
        try:
            for stand in self.stands:
                put(stand.body, "close-door", stand.gate)
        except NobodyThereError:
            return False
        return True
