"""Who watches in the bench of streams: a camera straight, the relay's chunks, an MP4 from a pipe; and when each picture came."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from beffroi.edge.relay.address import read_address
from beffroi.edge.relay.authorisation import Authorisation
from beffroi.edge.relay.camera import Camera
from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.parts import FRAGMENT
from beffroi.simulator.cameras import nals

PATIENCE = 120.0
LOOK_EVERY = 0.1


@dataclass
class Seen:
    """Pictures of all streams: when each came (seconds, by stream and number), how long each was on its way (ms), how many bytes."""

    streams: int
    came: dict[tuple[int, int], float] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    size: int = 0

    def take(self, stream: int, picture: bytes) -> None:
        """One whole picture, now."""
        if (stamp := nals.stamp_in(picture)) is not None:
            now = time.time()
            self.came[stream, stamp.ordinal] = now
            self.counts[stream] = self.counts.get(stream, 0) + 1
            self.waits.append(now * 1_000 - stamp.left)
            self.size += len(picture)

    def begin(self) -> None:
        """What counts begins here."""
        self.came.clear()
        self.waits.clear()
        self.size = 0

    async def each(self, count: int) -> None:
        """Waits until every stream had so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.counts) < self.streams or min(self.counts.values()) < count:  # noqa: ASYNC110 - a turn of the loop is cheap
                await asyncio.sleep(LOOK_EVERY)


class Pieces(asyncio.Protocol):
    """Cuts what arrives by the lengths in it and hands on each whole piece."""

    def __init__(self, cut: Callable[[bytes, int], tuple[int, int] | None], whole: Callable[[bytes], None]) -> None:
        self._cut, self._whole, self._kept = cut, whole, b""

    def data_received(self, data: bytes) -> None:
        data, at = self._kept + data, 0
        while (found := self._cut(data, at)) is not None:
            begin, at = found
            self._whole(data[begin:at])
        self._kept = data[at:]


def part_of_chunk(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the next HTTP chunk's content begins and the chunk ends."""
    line = data.find(b"\r\n", at, at + 16)
    if line < 0 or len(data) < (end := line + 4 + int(data[at:line], 16)):
        return None
    return line + 2, end


def box_of_film(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the next box of an MP4 begins and ends."""
    if len(data) - at < 8 or len(data) - at < (size := int.from_bytes(data[at : at + 4], "big")):
        return None
    return at, at + size


async def viewing(port: int, stream: int, seen: Seen) -> asyncio.Transport:
    """Somebody who watches a stream of the relay's."""

    def whole(chunk: bytes) -> None:
        if chunk[4] == FRAGMENT:
            seen.take(stream, chunk)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: Pieces(part_of_chunk, whole), "127.0.0.1", port)
    transport.write(f"{stream}\n".encode())
    return transport


@asynccontextmanager
async def straight(urls: Sequence[str]) -> AsyncIterator[Seen]:
    """The pictures fetched from the cameras, with the relay's own reading and nothing behind it."""
    seen = Seen(len(urls))

    def taker(stream: int) -> Callable[[Unit], None]:
        return lambda unit: seen.take(stream, b"".join(unit.pieces))

    opened = [Camera(lambda _: None, taker(stream)) for stream, _ in enumerate(urls)]
    for camera, url in zip(opened, urls, strict=True):
        await camera.open(read_address(url), Authorisation("", ""))
    try:
        yield seen
    finally:
        for camera in opened:
            camera.close()
