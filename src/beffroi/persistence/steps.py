"""What remains to be set up in an authority: each app says its own steps in `ready()`, as it does its places.

A step's state is read from live facts each time, so that what comes undone is to be done again. Where nothing can tell, somebody ticks it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise

Words = str | Promise

# In the order of the page: what there is, the machine, what the town says, who, what is switched on, who is told.
CHAPTERS: Final = ("inventory", "installation", "publication", "people", "systems", "watch")


@dataclass(frozen=True, slots=True)
class Fact:
    """What was looked at and found, in words."""

    done: bool
    words: Words


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to set up. `look` reads the fact; without it the step is ticked by hand. `page` leads to where it is done, from the
    authority's short name; without it `how` says it all.
    """

    code: str
    title: Words
    how: Words
    chapter: str
    order: int
    look: Callable[[UUID, datetime], Fact] | None = None
    page: Callable[[str], str] | None = None


STEPS: dict[str, Step] = {}


def register_step(step: Step) -> None:
    """Make a step known, in a chapter that the page has; a code is one step."""
    if step.chapter not in CHAPTERS:
        raise ValueError(f"first steps have no chapter called {step.chapter}")
    if STEPS.setdefault(step.code, step) is not step:
        raise ValueError(f"two steps are called {step.code}")


def steps() -> list[Step]:
    """All there are, chapter by chapter, in order."""
    return sorted(STEPS.values(), key=lambda step: (CHAPTERS.index(step.chapter), step.order, step.code))
