"""Where a viewer may go: each app says its own places in `ready()`, the shell lists those that the viewer has, group by group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.viewer import Viewer

# In the order of the menu: what happens now, the day's work, what was decided, what is set up once, one's own.
GROUPS: Final = ("watch", "work", "rules", "setting-up", "mine")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation and of the home page: `order` in its `group`; `shown` says for whom; `icon` names a drawing; `short`
    stands under it in a phone's bar, where the label is too long.
    """

    route: str
    label: str | Promise
    description: str | Promise
    icon: str
    order: int
    shown: Callable[[Viewer], bool]
    group: str = "work"
    short: str | Promise = ""


PLACES: dict[str, Place] = {}


def register_place(place: Place) -> None:
    """Make a place known; a route is one place, in a group that the menu has."""
    if place.group not in GROUPS:
        raise ValueError(f"the menu has no group called {place.group}")
    if PLACES.setdefault(place.route, place) != place:
        raise ValueError(f"two places are called {place.route}")


def places_of(viewer: Viewer) -> list[Place]:
    """Those the viewer has, group by group, in order."""
    places = sorted(PLACES.values(), key=lambda place: (GROUPS.index(place.group), place.order))
    return [place for place in places if place.shown(viewer)]


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """What an inhabitant can do without a log-in: a line of an authority's public home. With `offered`, its address bears the authority's
    short name, and it stands where that authority (by its identifier) offers it.
    """

    route: str
    label: str | Promise
    description: str | Promise
    icon: str
    order: int
    offered: Callable[[UUID], bool] | None = None


OPEN_PLACES: dict[str, OpenPlace] = {}


def register_open_place(place: OpenPlace) -> None:
    """Make known a page that is everybody's; a route is one place."""
    if OPEN_PLACES.setdefault(place.route, place) != place:
        raise ValueError(f"two open places are called {place.route}")


def open_places() -> list[OpenPlace]:
    """All of them, in order."""
    return sorted(OPEN_PLACES.values(), key=lambda place: place.order)
