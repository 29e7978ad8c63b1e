"""What the demonstration tells the street: addresses, cabinets, log-ins."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.simulator.life.crew import Stand

WORDS: Final = ("town", "phone", "police", "member", "manager", "owner", "residence", "pace", "mail")


@dataclass(frozen=True, slots=True)
class Corner:
    """A cabinet of the street: its lock and that lock's body port, what is written on it, the path its sticker leads to."""

    name: str
    gate: str
    body: int
    reference: str
    address: str
    sticker: str

    @property
    def stand(self) -> Stand:
        """What somebody stands in front of who opens it."""
        return Stand(self.reference, self.gate, self.body)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works by themselves: their name, and what they log in with."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The town's address and those of five more faces of one browser, each with its own cookies; the corners; the log-ins, with what
    each is in both languages; who works in the other cabinets, and which those are (none: nobody works); the residence whose cameras can
    be looked at (empty: there is none).

    `pace`: how many times faster the town's promises go. `mail`: the port where its letters go (0: they go elsewhere).
    """

    town: str
    phone: str
    police: str
    member: str
    manager: str
    owner: str
    residence: str
    pace: int
    mail: int
    corners: tuple[Corner, ...]
    people: tuple[dict[str, str], ...]
    planner: Worker
    helper: Worker
    technicians: tuple[Worker, ...]
    stands: tuple[Stand, ...]

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """From the file that the demonstration writes."""
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            **{name: said[name] for name in WORDS},
            corners=tuple(Corner(**corner) for corner in said["corners"]),
            people=tuple(said["people"]),
            planner=Worker(**said["planner"]),
            helper=Worker(**said["helper"]),
            technicians=tuple(Worker(**each) for each in said["technicians"]),
            stands=tuple(Stand(**each) for each in said["stands"]),
        )
