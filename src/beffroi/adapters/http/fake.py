"""A real HTTP server on a port of loopback, in a thread of its own: what the fakes of push services and webhooks stand on."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

PATIENCE = 10.0


@contextmanager
def served(application: web.Application, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Listens inside, over TLS when it is given; gives its origin."""
    loop, listens, found = asyncio.new_event_loop(), threading.Event(), list[str]()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        host, taken = runner.addresses[0][:2]
        found.append(f"{'https' if tls else 'http'}://{host}:{taken}")
        listens.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="fake server", daemon=True)
    thread.start()
    if not listens.wait(PATIENCE):
        raise OSError("the fake server does not listen")
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
