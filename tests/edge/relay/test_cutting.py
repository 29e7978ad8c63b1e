"""A picture ends when its right does, on the wire: what a viewer's own machine receives, byte after byte."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from beffroi.edge.relay.outlet import Allowance, SocketOutlet
from beffroi.edge.relay.parts import FRAGMENT, LAST_CHUNK, NOTICE
from beffroi.edge.relay.source import Pace, Source
from beffroi.edge.relay.viewer import Right, Viewer
from beffroi.simulator.cameras.server import Plan
from tests.edge.relay.cameras import SMALL, cameras, source
from tests.edge.relay.watching import PATIENCE, Steps, Watching, played, read_parts, until, uptime

NOBODY = "rtsp://127.0.0.1:1/"
READ = 65_536
GENEROUS = Allowance(waiting=1 << 30, seconds=3_600)


def unchunked(data: bytes) -> tuple[bytes, bool]:
    """What the chunks hold, and whether the last one says that it is."""
    found = b""
    while data and data != LAST_CHUNK:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        assert data[length : length + 2] == b"\r\n"
        found, data = found + data[:length], data[length + 2 :]
    return found, data == LAST_CHUNK


@dataclass
class Wire:
    """A viewer at the end of a real connection: what arrived, when the last byte did, and how the connection ended."""

    viewer: Viewer
    task: "asyncio.Task[str]"
    stream: asyncio.StreamReader
    hang_up: Callable[[], None]
    received: bytes = b""
    last: int = 0
    ended: str = ""
    _reading: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def read(self) -> None:
        """Begin to read, until the end."""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while data := await self.stream.read(READ):
                self.received += data
                self.last = uptime()
            self.ended = "in order"
        except ConnectionError:
            self.ended = "at once"

    async def over(self) -> str:
        """Waits for both ends; the cause."""
        async with asyncio.timeout(PATIENCE):
            cause = await self.task
            if self._reading is not None:
                await self._reading
        return cause


@asynccontextmanager
async def wire(
    watched: Source, right: Right, *, chunked: bool = False, allowance: Allowance | None = None
) -> AsyncIterator[Wire]:
    """Somebody watches through a connection of the system's; nothing is read of it until `read`."""
    made: asyncio.Future[tuple[Viewer, asyncio.Task[str]]] = asyncio.get_running_loop().create_future()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer = Viewer(
            SocketOutlet(writer, chunked=chunked, **({"allowance": allowance} if allowance else {})),
            right,
            uptime=uptime,
        )
        task = asyncio.create_task(watched.watch(viewer))
        made.set_result((viewer, task))
        await asyncio.wait([task])

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ours = socket.socket()
    # What arrives unread fills this and then waits on the other side.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    ours.setblocking(False)
    await asyncio.get_running_loop().sock_connect(ours, server.sockets[0].getsockname())
    stream, writer = await asyncio.open_connection(sock=ours, limit=1_024)
    async with asyncio.timeout(PATIENCE):
        found = Wire(*await made, stream, writer.transport.abort)
    try:
        yield found
    finally:
        found.task.cancel()
        await asyncio.wait([found.task])
        writer.transport.abort()
        server.close()


def forever() -> Right:
    return Right(expires=uptime() + 3_600_000, ended=lambda: None)


def test_at_the_expiry_the_wire_goes_silent() -> None:
    async def look() -> None:
        async with cameras() as server:
            watched, expires = source(server), uptime() + 4_000
            async with (
                Steps() as steps,
                wire(watched, Right(expires=expires, ended=lambda: None), chunked=True) as seen,
            ):
                seen.read()
                assert await seen.over() == "expired"
                assert seen.ended == "in order"
                assert steps.since(expires, seen.last) <= 1_000
                content, last = unchunked(seen.received)
                parts = read_parts(content)
                assert last
                assert parts[-1] == (NOTICE, b'{"cause":"expired","since":0,"state":"ended"}')
                assert 0 < seen.viewer.lasted <= 4_000
                # All is cut on this side at the moment itself: not one frame is written after it.
                assert sum(kind == FRAGMENT for kind, _ in parts) > 10
                await until(lambda: watched.viewers == 0 and not server.camera(1).viewers)

    played(look())


@pytest.mark.parametrize("cause", ["revoked", "closed"])
def test_what_still_waits_when_a_right_ends_never_leaves(cause: str) -> None:
    """A viewer that doesn't read has bytes waiting here, in the system and in its own: only the last are still seen."""

    async def look() -> None:
        over: list[str] = []
        async with cameras(Plan(recipe=replace(SMALL, bit_rate=2_000_000))) as server:
            watched = source(server)
            right = Right(expires=uptime() + 3_600_000, ended=lambda: over[0] if over else None)
            async with wire(watched, right, allowance=GENEROUS) as seen, Watching(watched) as other:
                await until(lambda: sum(fragment.size for fragment in other.eyes.fragments) > 400_000)
                over.append(cause)
                watched.recheck()
                assert seen.viewer.cause == cause
                written = other.eyes.frames
                seen.read()
                assert await seen.over() == cause
                assert seen.ended == "at once"
                assert len(seen.received) < 100_000
                # Somebody else's right is somebody else's.
                await other.frames(written + 10)

    played(look())


def test_a_right_that_ends_is_seen_before_the_next_frame_is_written() -> None:
    """Even when nobody says that something changed."""

    async def look() -> None:
        over: list[str] = []
        async with cameras() as server:
            watched = source(server)
            async with Watching(watched, ended=lambda: over[0] if over else None) as watching:
                await watching.frames(5)
                over.append("list-old")
                frames = watching.eyes.frames
                assert await watching.cause() == "list-old"
                assert watching.eyes.frames == frames
                assert watching.eyes.states[-1] == ("ended", "list-old")

    played(look())


def test_a_right_that_was_over_before_gets_no_byte() -> None:
    async def look() -> None:
        async with cameras() as server:
            watched = source(server)
            async with Watching(watched, expires=uptime()) as watching:
                assert await watching.cause() == "expired"
                assert [state for state, _ in watching.eyes.states] == ["ended"]
                assert watched.viewers == 0
                assert watching.viewer.lasted == 0

    played(look())


def test_a_viewer_that_waits_for_its_camera_is_cut_too() -> None:
    async def look() -> None:
        watched, expires = Source(NOBODY), uptime() + 700
        async with Steps() as steps, Watching(watched, expires=expires) as first, Watching(watched) as second:
            assert await first.cause() == "expired"
            assert steps.since(expires) <= 1_000
            assert first.eyes.states == [("waiting", None), ("waiting", "unreachable"), ("ended", "expired")]
            second.viewer.cut("replaced")
            assert await second.cause() == "replaced"

    played(look())


def test_a_right_that_cant_be_looked_at_has_ended() -> None:
    def broken() -> str | None:
        raise RuntimeError("the store is gone")

    async def look() -> None:
        async with Watching(Source(NOBODY), ended=broken) as watching:
            assert await watching.cause() == "internal"

    played(look())


def test_a_source_that_breaks_says_so_and_begins_again_for_the_next() -> None:
    """A fault of ours, not of the camera's: nobody waits for a picture that nothing looks for."""

    async def look() -> None:
        broken = Source(NOBODY, pace=Pace(back_off=()))
        for _ in range(2):
            async with Watching(broken) as watching:
                assert await watching.cause() == "internal"
                assert broken.viewers == 0

    played(look())


def test_who_hung_up_before_the_first_byte_has_left() -> None:
    async def look() -> None:
        ended: list[str] = []

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()
            await writer.wait_closed()
            ended.append(
                await Source(NOBODY).watch(Viewer(SocketOutlet(writer, chunked=True), forever(), uptime=uptime))
            )

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await until(lambda: ended == ["left"])
            writer.close()

    played(look())


def test_who_reads_slowly_is_dropped_and_nobody_else_notices() -> None:
    async def look() -> None:
        async with cameras() as server:
            watched = source(server)
            async with (
                wire(watched, forever(), allowance=Allowance(waiting=20_000, system=4_096)) as seen,
                Watching(watched) as other,
            ):
                assert await seen.over() == "slow"
                frames = other.eyes.frames
                await other.frames(frames + 10)
                numbers = [fragment.number for fragment in other.eyes.fragments]
                assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    played(look())


def test_who_is_behind_for_long_is_dropped_however_little_waits() -> None:
    async def look() -> None:
        async with (
            cameras() as server,
            wire(source(server), forever(), allowance=Allowance(1 << 30, 4_096, 0.5)) as seen,
        ):
            assert await seen.over() == "slow"

    played(look())


def test_who_hangs_up_is_noticed_and_the_camera_is_left() -> None:
    async def look() -> None:
        async with cameras() as server:
            watched = source(server)
            async with wire(watched, forever()) as seen:
                seen.read()
                await until(lambda: seen.viewer.lasted > 200)
                seen.hang_up()
                assert await seen.over() == "left"
                await until(lambda: not server.camera(1).viewers)

    played(look())
