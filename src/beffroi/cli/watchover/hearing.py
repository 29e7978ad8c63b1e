"""The door at which beats are heard: POST /beats and nothing else, over uvicorn."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final

import uvicorn

from beffroi.cli.watchover.settings import Listening
from beffroi.cli.watchover.vigil import Verdict, Vigil
from beffroi.cli.wire import Wire
from beffroi.protocol.beats import LONGEST, BadBeat, read

# ASGI's own types.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH: Final = "/beats"
BODY_WITHIN: Final = 10.0
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
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def _status(self, scope: Message, receive: Receive) -> int:
        if scope["path"] != PATH:
            return 404
        if scope["method"] != "POST":
            return 405
        try:
            async with asyncio.timeout(BODY_WITHIN):
                line = await _body(receive)
        except TimeoutError:
            return 408
        try:
            beat = read(line)
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
    """uvicorn's, which would have the signal that stops it end the process too, whatever else was to be done."""

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


def server(door: Door, listen: Listening) -> Server:
    """Not yet started."""
    return Server(
        uvicorn.Config(
            door,
            host=listen.address,
            port=listen.port,
            http=Wire,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=200,
            timeout_graceful_shutdown=1,
            ssl_certfile=listen.certificate,
            ssl_keyfile=listen.key,
        )
    )
