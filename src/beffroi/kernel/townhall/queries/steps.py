"""First steps as they stand in an authority, and its inventory."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.townhall.models import Thing, Tick
from beffroi.persistence.steps import STEPS, Step, steps

HEADINGS = {
    "inventory": pgettext_lazy("first steps", "What there is"),
    "installation": pgettext_lazy("first steps", "The installation"),
    "publication": pgettext_lazy("first steps", "What the town says of itself"),
    "people": pgettext_lazy("first steps", "People and partners"),
    "systems": pgettext_lazy("first steps", "Systems"),
    "watch": pgettext_lazy("first steps", "Who is told"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step as it stands. `words`: the fact, when one is read; `tick`: who says so, when nothing can tell."""

    step: Step
    done: bool
    words: str
    page: str
    tick: Tick | None = None

    @property
    def by_hand(self) -> bool:
        """Whether somebody ticks it."""
        return self.step.look is None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Steps that belong together."""

    code: str
    heading: str | Promise
    lines: tuple[Line, ...]


def chapters(authority: Authority, now: datetime) -> list[Chapter]:
    """Every step, looked at now (callers scope the authority)."""
    ticks = {tick.step: tick for tick in Tick.objects.filter(authority=authority).select_related("by")}
    lines = [_line(step, authority, ticks.get(step.code), now) for step in steps()]
    return [
        Chapter(code, HEADINGS[code], tuple(together))
        for code, together in groupby(lines, lambda line: line.step.chapter)
    ]


def by_hand(code: str) -> Step | None:
    """A step that somebody ticks."""
    step = STEPS.get(code)
    return step if step is not None and step.look is None else None


def inventory(authority: UUID) -> QuerySet[Thing]:
    """What was written down (callers scope the authority)."""
    return Thing.objects.filter(authority=authority).order_by("kind", "place", "id")


def _line(step: Step, authority: Authority, tick: Tick | None, now: datetime) -> Line:
    page = step.page(authority.slug) if step.page else ""
    if step.look is None:
        return Line(step, tick is not None, "", page, tick)
    fact = step.look(authority.id, now)
    return Line(step, fact.done, str(fact.words), page)
