"""What has happened lately, in one list: each system says its own happenings in `ready()`; the console shows them as they come."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.lib.viewer import Viewer
from beffroi.persistence.layers import Severity
from beffroi.persistence.live import Topic, register_topic


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the feed; `words` are in the language in force and name nobody whom the viewer may not know."""

    id: UUID
    at: datetime
    words: str
    severity: Severity
    href: str


Happenings = Callable[[Viewer, frozenset[UUID] | None, int], Iterable[Happening]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A system's happenings. `happenings(viewer, only, count)` gives those the viewer may see: those named, else the latest.

    A new one is told by `live.changed(topic=feed.topic, ...)` with its identifier.
    """

    code: str
    happenings: Happenings

    @property
    def topic(self) -> str:
        """The topic on which new happenings are told."""
        return f"feed-{self.code}"


FEEDS: dict[str, Feed] = {}


def register_feed(feed: Feed) -> None:
    """Make a feed known, and its topic; a code is one feed."""
    if feed.code in FEEDS:
        raise ValueError(f"two feeds are called {feed.code}")
    FEEDS[feed.code] = feed

    def read(viewer: Viewer, _authority: UUID, subjects: frozenset[UUID]) -> dict[UUID, dict[str, object]]:
        return {one.id: described(one) for one in feed.happenings(viewer, subjects, len(subjects))}

    register_topic(Topic(feed.topic, read))


def latest(viewer: Viewer, count: int) -> list[Happening]:
    """The latest of every feed, the newest first."""
    found = [one for feed in FEEDS.values() for one in feed.happenings(viewer, None, count)]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:count]


def described(happening: Happening) -> dict[str, object]:
    """A happening as the console's script takes it."""
    return {
        "id": str(happening.id),
        "at": happening.at.isoformat(),
        "words": happening.words,
        "severity": int(happening.severity),
        "href": happening.href,
    }
