"""The door at which beats are heard: POST /beats and nothing else, in uvicorn's HTTP, one a connection."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final

import uvicorn

from beffroi.adapters.tls.context import Renewed
from beffroi.cli.watchover import line
from beffroi.cli.watchover.vigil import Verdict, Vigil
from beffroi.protocol.beats import LONGEST, BadBeat, read

# ASGI's own types.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH: Final = "/beats"
# Ticks of a tenth of a second between two looks at the certificate's files.
LOOK_EVERY: Final = 50
SAID: Final = [(b"content-length", b"0"), (b"connection", b"close")]
ANSWERS: Final = {Verdict.HEARD: 204, Verdict.STRANGER: 403, Verdict.AGAIN: 409, Verdict.CLOCK: 409}


class Door:
    """An ASGI application; `kept` is called when something new was heard."""

    def __init__(self, vigil: Vigil, kept: Callable[[], None], wall: Callable[[], float] = time.time) -> None:
        self._vigil = vigil
        self._kept = kept
        self._wall = wall

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        status = await self._status(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": SAID})
        await send({"type": "http.response.body"})

    async def _status(self, scope: Message, receive: Receive) -> int:
        if scope["path"] != PATH:
            return 404
        if scope["method"] != "POST":
            return 405
        try:
            beat = read(await _body(receive))
        except BadBeat as error:
            return 403 if "signed" in str(error) else 400
        verdict = self._vigil.hear(beat, wall=int(self._wall() * 1000), now=time.monotonic())
        if verdict is Verdict.HEARD:
            self._kept()
        return ANSWERS[verdict]


async def _body(receive: Receive) -> bytes:
    """As much as a beat has, and one more: what is longer is none."""
    body = b""
    while len(body) <= LONGEST:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body[: LONGEST + 1].removesuffix(b"\n")


class Server(uvicorn.Server):
    """uvicorn's, which would take in whoever comes for as long as they like, and have the signal that stops it end the process too,
    whatever else was to be done. `at` listens and doesn't block.
    """

    def __init__(self, door: Door, at: socket.socket, tls: Renewed | None, chairs: line.Chairs, within: float) -> None:
        super().__init__(
            uvicorn.Config(
                door,
                http=line.Call,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._at = at
        self._tls = tls
        self._chairs = chairs
        self._within = within
        self._answering: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends in order."""
        loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's own signature
        """Listens."""
        await self.lifespan.startup()
        context = self._tls.context if self._tls else None
        self._answering = asyncio.create_task(
            line.answer(self._at, self._call, context, chairs=self._chairs, within=self._within)
        )
        self._answering.add_done_callback(lambda _: setattr(self, "should_exit", True))  # a vigil that is deaf is none
        self.servers = []
        self.started = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self._tls is not None and counter % LOOK_EVERY == 0:
            self._tls.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers nobody any more. Raises what kept it from answering, if something did."""
        answering, self._answering = self._answering, None
        if answering is not None:
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering
        await super().shutdown(sockets)

    def _call(self) -> line.Call:
        return line.Call(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def server(
    door: Door,
    at: socket.socket,
    tls: Renewed | None,
    *,
    chairs: line.Chairs | None = None,
    within: float = line.WITHIN,
) -> Server:
    """Not yet started."""
    return Server(door, at, tls, line.Chairs() if chairs is None else chairs, within)
