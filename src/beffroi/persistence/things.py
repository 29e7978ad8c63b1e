"""Things that stand somewhere and that more than one system speaks of. Each system says in `ready()` which of its own anybody may pick
from a map, what it knows of others', and what it asks for them: systems don't import one another.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.lines import Course, nearest
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer

Words = str | Promise
# A few streets, as a page asks; a little more for what it rounds.
WIDEST: Final = 0.031


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return ",".join(f"{one:.5f}" for one in (self.west, self.south, self.east, self.north))


def box_of(said: Mapping[str, str]) -> Box | None:
    """A part of the map as a page asks for it, in degrees; None for what is none, or more than a few streets."""
    try:
        box = Box(*(float(said.get(side, "")) for side in ("west", "south", "east", "north")))
    except ValueError:
        return None
    on_earth = -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90  # noqa: PLR2004 - degrees
    return box if on_earth and 0 < box.east - box.west <= WIDEST and 0 < box.north - box.south <= WIDEST else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A thing as anybody sees it in the street: where it stands, what is painted on it; never how it is. `line`: where a cable runs."""

    id: UUID
    kind: str
    longitude: float
    latitude: float
    label: str
    line: Course = ()

    def nearest(self, to: Position) -> Position:
        """Where it is for somebody who speaks of it there: where it stands, or the point of its line that is nearest to them."""
        return nearest(self.line, to) if self.line else Position(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class Linked:
    """A line of a page that leads somewhere; `state` is a word beside it."""

    words: str
    href: str
    state: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """Work orders on things of a kind: `firms(authority, thing, as_of)` may give one for it now; `address(thing)` is where their desk does
    so, `page(grant)` the order's own page.
    """

    firms: Callable[[UUID, UUID, datetime], Collection[UUID]]
    address: Callable[[UUID], str]
    page: Callable[[UUID], str]


@dataclass(frozen=True, slots=True)
class Pickable:
    """A kind of things that anybody may pick from a map, because they are seen in the street. `within(authority, box, most)`: those that
    stand there; `one(authority, thing)`: that one, if it is there; `page(viewer, thing)`: its own page, for whoever may see it.
    """

    kind: str
    within: Callable[[UUID, Box, int], Iterable[Standing]]
    one: Callable[[UUID, UUID], Standing | None]
    page: Callable[[Viewer, UUID], Linked | None]
    orders: Orders | None = None


@dataclass(frozen=True, slots=True)
class Knower:
    """What a system knows of other systems' things: `told(viewer, thing, most)`, the latest first, as far as the viewer may see it."""

    code: str
    title: Words
    told: Callable[[Viewer, UUID, int], Sequence[Linked]]


@dataclass(frozen=True, slots=True)
class Given:
    """A work order that a firm gave on a thing of an authority, until `ends`."""

    authority: UUID
    firm: UUID
    thing: UUID
    grant: UUID
    ends: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """A right that ended before its time; `instead`: a shorter one took its place, until `until`."""

    authority: UUID
    grant: UUID
    instead: UUID | None = None
    until: datetime | None = None


class Answer(Protocol):
    """Takes note that an order was given, in the transaction of the act that gives it."""

    def __call__(self, *, given: Given, by: UUID | None, now: datetime) -> None: ...


class Closing(Protocol):
    """Takes note that an order ended before its time, in the transaction of the act that ends it."""

    def __call__(self, *, ended: Ended, by: UUID | None, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a firm is asked for a work order on a thing. `wanted(firms, thing)`: what these firms are asked; `answered`: one of
    them gave it; `closed`: that one ended before its time; `behind(viewer, grant)`: what that right was given for.
    """

    code: str
    wanted: Callable[[Collection[UUID], UUID], Sequence[str]]
    answered: Answer
    closed: Closing
    behind: Callable[[Viewer, UUID], Sequence[Linked]]


PICKABLE: dict[str, Pickable] = {}
KNOWERS: dict[str, Knower] = {}
CAUSES: dict[str, Cause] = {}
CLOSINGS: dict[str, Closing] = {}
A_HISTORY = 10


def register_pickable(pickable: Pickable) -> None:
    """Let anybody pick things of a kind; one system keeps a kind."""
    if PICKABLE.setdefault(pickable.kind, pickable) is not pickable:
        raise ValueError(f"two systems keep things of kind {pickable.kind}")


def register_knower(knower: Knower) -> None:
    """Have what a system knows shown on the pages of others' things."""
    if KNOWERS.setdefault(knower.code, knower) is not knower:
        raise ValueError(f"two systems that know are called {knower.code}")


def register_cause(cause: Cause) -> None:
    """Have a system told of the work orders that it asked for."""
    if CAUSES.setdefault(cause.code, cause) is not cause:
        raise ValueError(f"two causes of work orders are called {cause.code}")


def register_closing(code: str, closing: Closing) -> None:
    """Have a system told of each right that ends before its time, whoever ends it."""
    if CLOSINGS.setdefault(code, closing) is not closing:
        raise ValueError(f"two systems called {code} are told of rights that end")


def known_of(viewer: Viewer, thing: UUID, most: int = A_HISTORY) -> list[tuple[Words, Sequence[Linked]]]:
    """What all systems know of a thing, under the title of each; nothing from those that know nothing."""
    found = [(knower.title, knower.told(viewer, thing, most)) for knower in KNOWERS.values()]
    return [(title, lines) for title, lines in found if lines]


def wanted_of(firms: Collection[UUID], thing: UUID) -> list[str]:
    """Why these firms are asked for a work order on it."""
    return [words for cause in CAUSES.values() for words in cause.wanted(firms, thing)]


def answer_causes(*, given: Given, by: UUID | None, now: datetime) -> None:
    """A firm gave an order on a thing: whoever asked for one is told. Part of the act that gives it."""
    for cause in CAUSES.values():
        cause.answered(given=given, by=by, now=now)


def close_causes(*, ended: Ended, by: UUID | None, now: datetime) -> None:
    """A right ended before its time: whoever asked for it is told. Part of the act that ends it."""
    for closed in (*(cause.closed for cause in CAUSES.values()), *CLOSINGS.values()):
        closed(ended=ended, by=by, now=now)


def behind_grant(viewer: Viewer, grant: UUID) -> list[Linked]:
    """What an order was given for."""
    return [line for cause in CAUSES.values() for line in cause.behind(viewer, grant)]
