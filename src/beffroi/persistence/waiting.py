"""What waits for a viewer at this moment: each app says its own in `ready()`, the home page shows it before anything else."""

from collections.abc import Callable
from dataclasses import dataclass

from beffroi.lib.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the home page: what waits, where it is done. `tone` is one of the five of docs/developers/design.md."""

    text: str
    url: str
    icon: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Source:
    """Where such lines come from; `order` among the sources."""

    code: str
    order: int
    find: Callable[[Viewer], list[Waiting]]


SOURCES: dict[str, Source] = {}


def register_waiting(source: Source) -> None:
    """Make a source known; a code is one source."""
    if SOURCES.setdefault(source.code, source) != source:
        raise ValueError(f"two sources of what waits are called {source.code}")


def waiting_for(viewer: Viewer) -> list[Waiting]:
    """Everything that waits for somebody, in order."""
    sources = sorted(SOURCES.values(), key=lambda source: (source.order, source.code))
    return [line for source in sources for line in source.find(viewer)]
