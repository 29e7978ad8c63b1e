"""A screen of tests: a stream and its listener, in a world of doors, one open secret among them."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import connection

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.persistence.acts import system_action
from beffroi.persistence.live import Place, changed, place_of
from beffroi.web.console import stream as streams
from beffroi.web.console.hub import Hub
from beffroi.web.console.sight import Sight
from beffroi.web.console.stream import Stream

MEAUX, PROVINS, TOWN_HALL = uuid4(), uuid4(), uuid4()
PATIENCE = 60.0
TOPIC = "test-doors"
# What each viewer of these tests may see of a door: the words of a world with one open secret.
HIDDEN: set[UUID] = set()


def read(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> Mapping[UUID, Mapping[str, object] | None]:
    return {one: {"door": str(one), "of": str(authority)} for one in subjects - HIDDEN}


@system_action
def move(*, doors: list[UUID], authority: UUID = MEAUX) -> None:
    changed(authority=authority, topic=TOPIC, subjects=doors)


def sight(*authorities: UUID) -> Sight:
    posts = tuple(Post(organisation=TOWN_HALL, role=Role.AGENT, authority=one) for one in authorities)
    viewer = Viewer(person=uuid4(), posts=posts, conventions=frozenset(), as_of=utc_now())
    return Sight(viewer, frozenset(authorities))


@dataclass
class Screen:
    """A stream and its listener: what it heard, as it came. Its clock runs when it is told to."""

    look: Callable[[], Sight | None] = field(default_factory=lambda: lambda: sight(MEAUX))
    since: Place | None = None
    now: float = 1_000.0
    hub: Hub = field(default_factory=Hub)
    events: AsyncGenerator[bytes, None] | None = None

    def stream(self) -> Stream:
        return Stream(
            person=uuid4(), look=self.look, since=self.since, language="fr", hub=self.hub, clock=lambda: self.now
        )

    async def __aenter__(self) -> "Screen":
        self.events = self.stream().events()
        assert (await anext(self.events)).startswith(b"retry")
        kind, place, _ = await self.next()
        assert kind == "ready"
        assert place
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.events is not None
        await self.events.aclose()

    async def next(self) -> tuple[str, Place | None, dict[str, object]]:
        """The next event: its kind, where it leaves the reader, its data."""
        assert self.events is not None
        text = (await asyncio.wait_for(anext(self.events), PATIENCE)).decode()
        lines = dict(line.split(": ", 1) for line in text.strip().split("\n"))
        return lines["event"], place_of(lines.get("id", "")), json.loads(lines["data"])

    async def change(self) -> dict[str, object]:
        """The things of the next event, which is a change: time passes while it is awaited."""
        self.now += streams.FLUSH_EVERY
        kind, _, data = await self.next()
        assert kind == "change", kind
        assert data["topic"] == TOPIC
        things = data["things"]
        assert isinstance(things, dict)
        return things


def acting(work: Callable[[], None]) -> None:
    """Do something in the database while an event loop runs in this thread."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
