"""Somebody who watches, in tests: what came is kept, cut into parts, and decoded by a player that isn't ours (PyAV)."""

import asyncio
import io
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import av

from beffroi.edge.relay.parts import FRAGMENT, INITIALIZATION, NOTICE, Part
from beffroi.edge.relay.source import Source
from beffroi.edge.relay.viewer import Right, Viewer

PATIENCE = 60.0
STEP = 0.01
AN_HOUR = 3_600_000


def uptime() -> int:
    """The relay's, in tests that don't drive it."""
    return time.monotonic_ns() // 1_000_000


def played(course: Coroutine[None, None, None]) -> None:
    """Run a test's course; one that waits for what never comes ends."""

    async def bounded() -> None:
        async with asyncio.timeout(3 * PATIENCE):
            await course

    asyncio.run(bounded())


async def until(true: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Waits for a condition, so many seconds of our own time (see Steps)."""
    for _ in range(round(patience / STEP)):
        if true():
            return
        await asyncio.sleep(STEP)
    assert true(), f"not within {patience:g} s"


class Steps:
    """A clock of this process's own, while the block lasts: it stands still while the machine has no time for us.

    What is promised in seconds is held to in its time: the relay has no more of it than we have.
    """

    def __init__(self) -> None:
        self._taken: list[int] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._walk())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    def since(self, moment: int, until: int | None = None) -> float:
        """Milliseconds between two of `uptime`'s moments, the second being now unless it is given."""
        return sum(moment < each and (until is None or each <= until) for each in self._taken) * STEP * 1_000

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(STEP)
            self._taken.append(uptime())


class Shown(NamedTuple):
    """One decoded picture: its time in ticks of 90 kHz, its size."""

    pts: int
    width: int
    height: int


class Sample(NamedTuple):
    """One fragment as its boxes say it."""

    number: int
    decode: int
    duration: int
    size: int
    key: bool
    offset: int
    data: bytes


def read_parts(data: bytes) -> list[tuple[int, bytes]]:
    """Kinds and contents; what isn't whole at the end is an error."""
    parts, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        assert size >= 1
        assert at + 4 + size <= len(data), "cut mid-part"
        parts.append((data[at + 4], data[at + 5 : at + 4 + size]))
        at += 4 + size
    return parts


def read_fragment(data: bytes) -> Sample:
    """The boxes of one fragment, at the places where ISO/IEC 14496-12 puts them."""
    assert data[4:8] == b"moof"
    moof = int.from_bytes(data[:4], "big")
    assert data[12:16] == b"mfhd"
    assert data[28:32] == b"traf"
    assert data[36:40] == b"tfhd"
    assert data[52:56] == b"tfdt"
    assert data[72:76] == b"trun"
    begin, duration, size, flags = (int.from_bytes(data[at : at + 4], "big") for at in (84, 88, 92, 96))
    offset = int.from_bytes(data[100:104], "big", signed=True)
    assert data[moof + 4 : moof + 8] == b"mdat"
    assert begin == moof + 8
    assert int.from_bytes(data[moof : moof + 4], "big") == size + 8 == len(data) - moof
    number, decode = int.from_bytes(data[20:24], "big"), int.from_bytes(data[60:68], "big")
    return Sample(number, decode, duration, size, flags == 0x02000000, offset, data[begin:])


def decoded(data: bytes) -> list[Shown]:
    """Every picture of an initialization segment and its fragments, as PyAV decodes them."""
    with av.open(io.BytesIO(data), "r") as film:
        return [Shown(frame.pts or 0, frame.width, frame.height) for frame in film.decode(video=0)]


@dataclass
class Eyes:
    """An outlet that keeps what it is given."""

    gone: bool = False
    slow: bool = False
    over: bool = False
    parts: list[tuple[int, bytes]] = field(default_factory=list)

    def begin(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self.write(part)

    def write(self, part: Part) -> None:
        assert not self.over, "something was written after the end"
        self.parts += read_parts(bytes(part.bare))

    def end(self, last: Part) -> None:
        self.write(last)
        self.over = True

    @property
    def notices(self) -> list[dict[str, str | int]]:
        return [json.loads(data) for kind, data in self.parts if kind == NOTICE]

    @property
    def states(self) -> list[tuple[str, str | None]]:
        """States and causes, one that is repeated once."""
        found: list[tuple[str, str | None]] = []
        for each in self.notices:
            told = str(each["state"]), (str(each["cause"]) if "cause" in each else None)
            if found[-1:] != [told]:
                found.append(told)
        return found

    @property
    def initializations(self) -> list[bytes]:
        return [data for kind, data in self.parts if kind == INITIALIZATION]

    @property
    def fragments(self) -> list[Sample]:
        return [read_fragment(data) for kind, data in self.parts if kind == FRAGMENT]

    @property
    def frames(self) -> int:
        return sum(kind == FRAGMENT for kind, _ in self.parts)

    @property
    def films(self) -> list[bytes]:
        """One for each initialization segment: it, and what follows until the next."""
        films: list[bytes] = []
        for kind, data in self.parts:
            if kind == INITIALIZATION:
                films.append(data)
            elif kind == FRAGMENT:
                films[-1] += data
        return films


class Watching:
    """A viewer that watches a source for as long as the block lasts; `cause` is there once it has ended."""

    def __init__(
        self, source: Source, *, expires: int | None = None, ended: Callable[[], str | None] = lambda: None
    ) -> None:
        self.eyes = Eyes()
        right = Right(expires=uptime() + AN_HOUR if expires is None else expires, ended=ended)
        self.viewer = Viewer(self.eyes, right, uptime=uptime)
        self._source = source

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._source.watch(self.viewer))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def frames(self, count: int) -> None:
        """Waits until so many have come in all."""
        await until(lambda: self.eyes.frames >= count or self._task.done())
        assert self.eyes.frames >= count, self.eyes.states

    async def told(self, state: str, cause: str | None = None) -> None:
        """Waits until that is the last word."""
        await until(lambda: self.eyes.states[-1:] == [(state, cause)])

    async def cause(self) -> str:
        """Waits for the end."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self._task)
