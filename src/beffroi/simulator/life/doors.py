"""Doors that bear a contact of the trade: somebody goes in and out now and then; each contact says it, and beats by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from beffroi.simulator.life.crew import Rest

BETWEEN: Final = (15.0, 45.0)
INSIDE: Final = (3.0, 9.0)
NORMAL: Final = 60  # times faster than a town's promises: the demonstration's usual pace
# A contact of the trade beats every hour or every day: nobody waits as long for a demonstration.
TURNS_A_BEAT: Final = 2


class Contact(Protocol):
    """What stands on a door."""

    name: str

    def begin(self) -> None: ...

    def swing(self, *, opened: bool) -> None: ...

    def beat(self) -> None: ...


@dataclass
class Doors:
    """One door after the other, drawn at random, well shut before its promise passes. `rest` waits, and says when it is time to stop."""

    contacts: Sequence[Contact]
    random: Random
    rest: Rest
    pace: int = NORMAL
    _turns: int = field(default=0, init=False)

    def run(self) -> None:
        """Until it is time to stop; no door is left open."""
        for each in self.contacts:
            each.begin()
            each.beat()
        faster = max(1.0, self.pace / NORMAL)
        while not self.rest(self.random.uniform(*BETWEEN) / faster):
            contact = self.random.choice(self.contacts)
            contact.swing(opened=True)
            self.rest(self.random.uniform(*INSIDE) / faster)
            contact.swing(opened=False)
            self._turns += 1
            if self._turns % TURNS_A_BEAT == 0:
                for each in self.contacts:
                    each.beat()
