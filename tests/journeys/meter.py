"""A wire whose bytes are counted: a relay between a browser and a town's web server, headers and handshakes of HTTP included."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 60.0
PART = 65_536


@dataclass
class Meter:
    """What passed since `read` was last called, both ways together."""

    address: str = ""
    _passed: int = 0

    def count(self, octets: int) -> None:
        """More passed."""
        self._passed += octets

    def read(self) -> int:
        """How many bytes passed since last time."""
        passed, self._passed = self._passed, 0
        return passed


@contextmanager
def metered(town: str) -> Iterator[Meter]:
    """The town under another port of loopback, where every byte counts."""
    meter, loop, listens = Meter(), asyncio.new_event_loop(), threading.Event()
    port = urlsplit(town).port
    over = asyncio.Event()

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while part := await source.read(PART):
                meter.count(len(part))
                sink.write(part)
                await sink.drain()
        sink.close()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("localhost", port)
        try:
            await asyncio.gather(pass_on(reader, back), pass_on(there, writer))
        finally:
            for sink in (back, writer):
                sink.close()
                with contextlib.suppress(ConnectionError):
                    await sink.wait_closed()

    async def serve() -> None:
        server = await asyncio.start_server(carry, "localhost", 0)
        meter.address = f"http://localhost:{server.sockets[0].getsockname()[1]}"
        listens.set()
        await over.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="meter", daemon=True)
    thread.start()
    assert listens.wait(PATIENCE)
    try:
        yield meter
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
