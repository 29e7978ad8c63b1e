"""Where a viewer may go: each app says its own places in `ready()`, the shell lists those that the viewer has."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from beffroi.lib.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation and of the home page. `order` sorts them; `shown` says for whom; `icon` is a drawing's name."""

    route: str
    label: str | Promise
    description: str | Promise
    icon: str
    order: int
    shown: Callable[[Viewer], bool]


PLACES: dict[str, Place] = {}


def register_place(place: Place) -> None:
    """Make a place known; a route is one place."""
    if PLACES.setdefault(place.route, place) != place:
        raise ValueError(f"two places are called {place.route}")


def places_of(viewer: Viewer) -> list[Place]:
    """Those the viewer has, in order."""
    return [place for place in sorted(PLACES.values(), key=lambda place: place.order) if place.shown(viewer)]
