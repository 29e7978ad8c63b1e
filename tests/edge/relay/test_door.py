"""The front door in this process: how many connections are open at once, and how one that watched ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from beffroi.edge.relay.http import Bounds, Connection, Door
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import Frame, RefusedFrame
from tests.edge.relay.watching import played, until

ORIGIN = "https://video.meaux.example"
MOST = 8
AN_HOUR = 3_600.0
WATCH = f"POST /v1/camera/watch HTTP/1.1\r\nHost: relais\r\nOrigin: {ORIGIN}\r\nContent-Length: 2\r\n\r\n{{}}".encode()


class Showing:
    """What is behind the door: it watches whether its viewer hangs up, until the viewing is over, and ends in order."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def answer(self, _gate: str, _data: bytes, _peer: str) -> Frame:
        return RefusedFrame(Reason.GATE_OTHER)

    async def watch(self, _gate: str, _data: bytes, connection: Connection) -> None:
        async with connection.listening(lambda: None):
            await self.over.wait()
        await connection.end()


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[tuple[str, int]]:
    """The door's port."""
    server = await asyncio.start_server(door.converse, "127.0.0.1", 0, backlog=512)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()


def test_however_many_come_at_once_only_so_many_stay_open() -> None:
    async def course() -> None:
        door = Door(Showing(), frozenset({ORIGIN}), Bounds(connections=MOST, request_seconds=AN_HOUR))
        async with opened(door) as address:
            come = [socket.socket() for _ in range(20 * MOST)]
            for each in come:  # all of them before the door looks once
                each.setblocking(False)
                with suppress(BlockingIOError):
                    each.connect(address)
            last = come[-1]
            await until(lambda: door.open > 0)
            await asyncio.get_running_loop().sock_sendall(last, WATCH.replace(b"/watch", b"/frame"))
            assert await asyncio.get_running_loop().sock_recv(last, 12) == b"HTTP/1.1 200"
            assert door.open <= MOST
            for each in come[:-MOST]:
                with suppress(ConnectionResetError):
                    assert await asyncio.get_running_loop().sock_recv(each, 1) == b""
            for each in come:
                each.close()

    played(course())


def test_a_viewing_that_ends_in_order_leaves_no_fault_behind() -> None:
    async def course() -> None:
        faults: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
        showing = Showing()
        door = Door(showing, frozenset({ORIGIN}))
        async with opened(door) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(WATCH)
            await reader.readuntil(b"\r\n\r\n")
            showing.over.set()
            assert (await reader.read()).endswith(b"0\r\n\r\n")
            writer.close()
            await until(lambda: door.open == 0)
        assert faults == []

    played(course())
