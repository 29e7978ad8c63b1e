"""What the morning says as it goes: each step by its number, what was typed, how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Telling:
    """`steps` have their names and seconds, in order."""

    to: TextIO = sys.stdout
    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Something that an officer would say they did."""
        self.to.write(f"\n{len(self.steps) + 1}. {name}\n")
        begun = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - begun))
        self.to.write(f"   done in {self.steps[-1][1]:.1f} s\n")
        self.to.flush()

    def say(self, text: str) -> None:
        """A line of it, or several."""
        for line in text.strip().splitlines():
            self.to.write(f"   {line}\n")
        self.to.flush()

    def end(self) -> None:
        """The whole."""
        self.to.write(f"\n{len(self.steps)} steps, {sum(seconds for _, seconds in self.steps):.0f} s.\n")
