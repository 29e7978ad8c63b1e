"""Where roles come from that nobody gave by hand: the app that gives them says so in `ready()`, whoever lists roles asks."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

# Of these roles, by their identifiers, those that it gave, and what gave each, in words.
Origins = Callable[[Iterable[UUID]], Mapping[UUID, str]]
ORIGINS: dict[str, Origins] = {}


def register_origins(code: str, origins: Origins) -> None:
    """Make it known; a code is one app's."""
    if ORIGINS.setdefault(code, origins) is not origins:
        raise ValueError(f"two origins are called {code}")


def origins_of(roles: Iterable[UUID]) -> dict[UUID, str]:
    """Of these roles, those that nobody gave by hand, and what did."""
    asked = list(roles)
    return {pk: words for code in sorted(ORIGINS) for pk, words in ORIGINS[code](asked).items()}
