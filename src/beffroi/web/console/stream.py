"""One screen's stream of changes (server-sent events): what the hub finds, read as that viewer, a few times a second at most.

Events: `ready` (the stream has begun, go on from here), `again` (read everything afresh), `change` (a topic's things as
they are now, null for one that is gone), `beat` (nothing else was to be said: the screen is up to date), `closed` (the
viewer may no longer look). Each carries the place to come back to.
"""

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeVar
from uuid import UUID

from django.db import close_old_connections
from django.utils import translation

from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.live import TOPICS, Place, Reading, read_since
from beffroi.web.console.hub import HUB, Hub, HubDown
from beffroi.web.console.sight import Sight

T = TypeVar("T")

BEAT_EVERY: Final = 4.0
FLUSH_EVERY: Final = 0.25
REBUILD_EVERY: Final = 30.0
# More things than this at once are read afresh by the screen itself.
MOST_PENDING: Final = 2_000
BACK_AFTER: Final = 2_000  # milliseconds
READERS: Final = 4  # threads that read for all streams of the process

_POOL: Final = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="live")


class Stream:
    """Subscribes when its first event is asked for, and leaves when its reader does.

    `look` builds the sight anew, None when the session is over or nothing may be seen; it is called every 30 seconds, and when rights
    may have changed. `person` is whose screen it is, or the screen itself where nobody's.
    """

    def __init__(
        self,
        *,
        person: UUID,
        look: Callable[[], Sight | None],
        since: Place | None,
        language: str,
        hub: Hub = HUB,
        clock: Callable[[], float] = time.monotonic,
        moment: Clock = utc_now,
    ) -> None:
        self.person = person
        self._look = look
        self._since = since
        self._language = language
        self._hub = hub
        self._clock = clock
        self._moment = moment
        now = clock()
        self._said, self._flushed, self._rebuilt = now, now - FLUSH_EVERY, now
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._pending: dict[tuple[UUID, str], set[UUID]] = {}
        self._afresh = False
        self._place: Place | None = None
        self._heard = False
        self._gone = False
        # What this stream has told of things of a partner's: only of these may it say that they are gone.
        self._told: set[UUID] = set()

    def take(self, reading: Reading) -> None:
        """What the hub found, from its own thread."""
        with contextlib.suppress(RuntimeError):  # the server is stopping: its loop is closed
            self._loop.call_soon_threadsafe(self._receive, reading)

    async def events(self) -> AsyncGenerator[bytes, None]:
        """The stream's bytes, until the viewer may not look any more or goes away."""
        try:
            try:
                self._receive(await self._apart(self._join))
            except HubDown:
                return
            sight = await self._apart(self._look)
            if sight is None:
                yield _event("closed", self._place, {})
                return
            yield b"retry: %d\n\n" % BACK_AFTER
            yield _event("ready", self._place, {})
            async for event in self._follow(sight):
                yield event
        finally:
            # The reader may leave while a thread joins: whichever of the two comes last takes this stream out of the hub.
            self._gone = True
            self._hub.leave(self)

    async def _follow(self, sight: Sight) -> AsyncGenerator[bytes, None]:
        while True:
            await self._wait()
            now = self._clock()
            if now - self._rebuilt >= REBUILD_EVERY:
                self._rebuilt = now
                fresh = await self._apart(self._look)
                if fresh is None:
                    yield _event("closed", self._place, {})
                    return
                self._afresh |= not fresh.same_rights(sight)
                sight = fresh
            if (self._pending or self._afresh) and now - self._flushed >= FLUSH_EVERY:
                self._flushed = now
                for event in await self._flush(sight):
                    self._said = now
                    yield event
            elif now - self._said >= BEAT_EVERY and self._heard and not self._pending:
                self._said, self._heard = now, False
                yield _event("beat", self._place, {})

    async def _wait(self) -> None:
        """Until something is to be said, or there is news and the last was long enough ago."""
        due = self._rebuilt + REBUILD_EVERY
        if self._pending or self._afresh:
            due = min(due, self._flushed + FLUSH_EVERY)
        elif self._heard:
            due = min(due, self._said + BEAT_EVERY)
        if self._clock() >= due:
            return
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(
                max(due - self._clock(), 0.01)
            ):  # wait_for may lose a cancellation, up to Python 3.11
                await self._news.wait()

    async def _flush(self, sight: Sight) -> list[bytes]:
        pending, place, afresh = self._pending, self._place, self._afresh
        self._pending, self._afresh = {}, False
        if afresh:
            return [_event("again", place, {})]
        found: list[tuple[str, dict[str, object]]] = []
        for (authority, topic), subjects in pending.items():
            if authority in sight.authorities:
                things = await self._apart(functools.partial(self._read, sight, authority, topic, subjects))
                if things:
                    found.append((topic, things))
        events = [_event("change", None, {"topic": topic, "things": things}) for topic, things in found[:-1]]
        return events + [_event("change", place, {"topic": topic, "things": things}) for topic, things in found[-1:]]

    def _read(self, sight: Sight, authority: UUID, topic: str, subjects: set[UUID]) -> dict[str, object]:
        # Rights are as of the sight, things as of now: what has just fallen due was not when the sight was built.
        viewer = replace(sight.viewer, as_of=self._moment())
        with translation.override(self._language):
            now: Mapping[UUID, Mapping[str, object] | None] = TOPICS[topic].read(viewer, authority, frozenset(subjects))
        own = authority in sight.viewer.authorities()
        things: dict[str, object] = {}
        for subject in sorted(subjects):
            thing = now.get(subject)
            if thing is not None:
                self._told.add(subject)
                things[str(subject)] = dict(thing)
            elif own or subject in self._told:
                self._told.discard(subject)
                things[str(subject)] = None
        return things

    def _join(self) -> Reading:
        """Subscribed first, then read: nothing falls between the two."""
        self._hub.join(self)
        if self._gone:
            self._hub.leave(self)
            raise HubDown
        return read_since(self._since)

    def _receive(self, reading: Reading) -> None:
        self._heard = True
        self._place = max((self._place, reading.place), key=_order) if self._place else reading.place
        for change in reading.changes:
            if TOPICS[change.topic].rights:
                self._rebuilt = self._clock() - REBUILD_EVERY
            self._pending.setdefault((change.authority, change.topic), set()).add(change.subject)
        if not reading.whole or sum(map(len, self._pending.values())) > MOST_PENDING:
            self._afresh = True
            self._pending.clear()
        self._news.set()

    async def _apart(self, work: Callable[[], T]) -> T:
        """In a thread of the pool, where the database may be used."""

        def run() -> T:
            try:
                return work()
            finally:
                close_old_connections()

        return await self._loop.run_in_executor(_POOL, run)


def _order(place: Place) -> tuple[int, int]:
    return place.xid, place.at


def _event(kind: str, place: Place | None, data: dict[str, object]) -> bytes:
    """One event's text; without a place the reader keeps the one it has."""
    at = f"id: {place}\n" if place else ""
    return f"event: {kind}\n{at}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
