"""What still works while the server doesn't, and what a town then needs on paper: each system says it of itself in `ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

Words = str | Promise
Rows = Callable[[UUID, datetime], Sequence[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Downtime:
    """A system on the sheet of the degraded mode.

    `works` and `stops` are sentences; `instead` is what to do meanwhile; `head` and `rows` make its list for an authority ("which
    cabinets, whom to call"), left out where there are no rows; a row holds nobody's name. `switched`: it is a system, on the sheets of
    those that switched it on.
    """

    code: str
    title: Words
    works: tuple[Words, ...]
    stops: tuple[Words, ...]
    instead: tuple[Words, ...] = ()
    head: tuple[Words, ...] = ()
    rows: Rows | None = None
    switched: bool = True
    order: int = 50


DOWNTIMES: dict[str, Downtime] = {}


def register_downtime(downtime: Downtime) -> None:
    """Make known how a system is while the server is down; a code is one system."""
    if DOWNTIMES.setdefault(downtime.code, downtime) is not downtime:
        raise ValueError(f"two parts of the degraded mode are called {downtime.code}")


def downtimes() -> list[Downtime]:
    """All there are, in order."""
    return sorted(DOWNTIMES.values(), key=lambda each: (each.order, each.code))
