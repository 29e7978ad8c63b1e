"""The cabinet itself, as a machine with no metal has it: a bolt, a door, a case, a battery, and the sensors on them.

A real lock replaces this module by one that drives pins. What the metal knows outlives a power cut (a door doesn't
close because the current went): the state is a small file beside the store, which the lock's core never reads.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from beffroi.edge.lock.errors import MetalError

NAME: Final = "metal.json"
FULL: Final = 100


class Sense(StrEnum):
    """What the sensors can tell the core."""

    TOUCHED = "touched"
    DOOR_OPENED = "door-opened"
    DOOR_CLOSED = "door-closed"
    SHOCK = "shock"
    CASE_MOVED = "case-moved"
    BATTERY = "battery"


class Metal(Protocol):
    """What the core asks of the metal. `bolt` raises MetalError when the bolt did not move."""

    @property
    def door_open(self) -> bool: ...

    @property
    def case_open(self) -> bool: ...

    @property
    def battery(self) -> int: ...

    def bolt(self, *, out: bool) -> None:
        """Move the bolt: out = locked."""


@dataclass
class State:
    """`bolt_out` is the locked position; a spring drives it there when the current goes."""

    door_open: bool = False
    bolt_out: bool = True
    case_open: bool = False
    battery: int = FULL
    jammed: bool = False


class SimulatedMetal:
    """Hands act on it through `touch()`, `pull()` and the rest; each tells `feel`, as a sensor's interrupt would."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._state = self._load()
        self._state.bolt_out = True
        self.feel: Callable[[Sense], None] = lambda _sense: None

    def _load(self) -> State:
        try:
            known = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return State()
        return State(**{name: known[name] for name in State.__dataclass_fields__ if name in known})

    def _keep(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self._state)))
        os.replace(draft, self._path)  # noqa: PTH105 - an atomic rename is meant

    @property
    def door_open(self) -> bool:
        return self._state.door_open

    @property
    def case_open(self) -> bool:
        return self._state.case_open

    @property
    def battery(self) -> int:
        return self._state.battery

    @property
    def bolt_out(self) -> bool:
        return self._state.bolt_out

    def bolt(self, *, out: bool) -> None:
        if self._state.jammed:
            raise MetalError("metal-failed", "the bolt did not move")
        self._state.bolt_out = out
        self._keep()

    # Hands

    def touch(self) -> None:
        self.feel(Sense.TOUCHED)

    def pull(self) -> bool:
        """Try the door as anybody would. Returns whether it is open now."""
        if not self._state.door_open and not self._state.bolt_out:
            self._state.door_open = True
            self._keep()
            self.feel(Sense.DOOR_OPENED)
        return self._state.door_open

    def push(self) -> None:
        if self._state.door_open:
            self._state.door_open = False
            self._keep()
            self.feel(Sense.DOOR_CLOSED)

    def force(self) -> None:
        """A crowbar: the door opens whatever the bolt says."""
        self.feel(Sense.SHOCK)
        if not self._state.door_open:
            self._state.door_open = True
            self._keep()
            self.feel(Sense.DOOR_OPENED)

    def shock(self) -> None:
        self.feel(Sense.SHOCK)

    def open_case(self) -> None:
        self._state.case_open = True
        self._keep()
        self.feel(Sense.CASE_MOVED)

    def close_case(self) -> None:
        self._state.case_open = False
        self._keep()
        self.feel(Sense.CASE_MOVED)

    def charge(self, level: int) -> None:
        self._state.battery = level
        self._keep()
        self.feel(Sense.BATTERY)

    def jam(self, *, jammed: bool) -> None:
        """The bolt is stuck from now on, or freed."""
        self._state.jammed = jammed
        self._keep()
