"""Who can see what, in words: each app says, beside its queries, what a viewer may see and do in an authority, by asking these queries."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.viewer import Viewer


def nothing(_viewer: Viewer) -> list[str]:
    """For an app that shows nobody's name."""
    return []


@dataclass(frozen=True, slots=True)
class Sight:
    """An app's part of the answer. `seen(viewer, authority)`: what the viewer, who may stand for everybody in a role, sees and does there;
    empty when that is nothing. `seen_by(viewer)`: who sees something of this very person.
    """

    code: str
    title: str | Promise
    order: int
    seen: Callable[[Viewer, UUID], list[str]]
    seen_by: Callable[[Viewer], list[str]] = nothing


SIGHTS: dict[str, Sight] = {}


def register_sight(sight: Sight) -> None:
    """Make it known; a code is one app's."""
    if SIGHTS.setdefault(sight.code, sight) != sight:
        raise ValueError(f"two sights are called {sight.code}")


def sights() -> list[Sight]:
    """All of them, in order."""
    return sorted(SIGHTS.values(), key=lambda sight: sight.order)
