"""What the product can't protect against, as each app says it of itself in `ready()`.

One list for a page, its PDF and `docs/operators/limits.md`.
It stands below the kernel, as `downtime` and `systems` do: a limit lies beside the feature that has it.
"""

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Limit:
    """Something bad that can happen although everything works.

    `title` names it; `happens` says what it leads to; `less` what limits it, by the product or by rules of the town's own; `seen` where
    it leaves a trace, or that it leaves none. `place`: the route of the page in the menu (`persistence.places`) that shows that trace.
    All are sentences of a line or two: the whole list is one sheet of paper.
    """

    code: str
    title: Words
    happens: Words
    less: Words
    seen: Words
    place: str = ""
    order: int = 50


LIMITS: dict[str, Limit] = {}


def register_limits(*limits: Limit) -> None:
    """Make limits known; a code is one of them."""
    for limit in limits:
        if LIMITS.setdefault(limit.code, limit) != limit:
            raise ValueError(f"two limits are called {limit.code}")


def all_limits() -> list[Limit]:
    """All there are, in order: people first, then things, then what is kept."""
    return sorted(LIMITS.values(), key=lambda each: (each.order, each.code))
