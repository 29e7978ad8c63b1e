"""The front door: HTTP/1.1 for browsers, from pages of the origins that were named, and nothing secret in any address.

Requests are read by h11. What is watched is written by hand, part by part, because the moment at which a right ends lies between
two of them. docs/spec/relay.md is normative.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

import h11

from beffroi.edge.relay.parts import LAST_CHUNK, Part
from beffroi.protocol.v1.frames import EXCHANGE_LIMIT, Frame, encode_frame

logger = logging.getLogger(__name__)

HEAD_LIMIT: Final = 16_384
READ_BYTES: Final = 16_384
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 262_144
FRAME: Final = 1
"""The kind of the part that always comes first: the relay's word on the response, as a frame."""
JSON: Final = "application/json"
WATCH: Final = "application/vnd.beffroi.watch"
_PATH: Final = re.compile(r"/v1/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)/(frame|watch)").fullmatch


@dataclass(frozen=True)
class Bounds:
    """Times are seconds of the machine: they protect the port, no rule of the gates depends on them."""

    connections: int = 1_024
    request_seconds: float = 10.0


DEFAULT_BOUNDS: Final = Bounds()


class Service(Protocol):
    """What is behind the door."""

    def answer(self, gate: str, data: bytes, peer: str) -> Frame:
        """The frame that answers `hello` or `challenge-request`, to somebody at that address."""

    async def watch(self, gate: str, data: bytes, connection: "Connection") -> None:
        """Answer a `response`, and send what follows from it until its end."""


class Refusal(Exception):
    """A request that is none: no gate hears of it. `code` is in docs/spec/relay.md."""

    def __init__(self, status: HTTPStatus, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True)
class Wanted:
    """A request that may come in."""

    gate: str
    what: str
    method: str
    origin: str


class Connection:
    """One connection, from its first byte to its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.watching = False
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)

    @property
    def peer(self) -> str:
        """The address at the other end; nothing once it has gone."""
        name = self.writer.get_extra_info("peername")
        return str(name[0]) if name else ""

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self.reader.read(READ_BYTES))
        return event

    async def request(self) -> h11.Request | None:
        """The next request's head; None when there is none any more."""
        event = await self._event()
        return event if isinstance(event, h11.Request) else None

    async def body(self) -> bytes:
        """Of the request whose head was read. Raises Refusal when it is too long."""
        data = b""
        while isinstance(event := await self._event(), h11.Data):
            data += event.data
            if len(data) > EXCHANGE_LIMIT:
                raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size")
        return data

    async def answer(self, status: HTTPStatus, data: bytes, headers: dict[str, str]) -> bool:
        """A whole answer. Whether another request may follow."""
        ends = self._http.their_state is not h11.DONE
        length = {} if status is HTTPStatus.NO_CONTENT else {"Content-Length": str(len(data))}
        said = _headers({**headers, **length, **({"Connection": "close"} if ends else {})})
        out = self._http.send(h11.Response(status_code=status, headers=said, reason=status.phrase.encode()))
        out += (self._http.send(h11.Data(data=data)) or b"") if data else b""
        out += self._http.send(h11.EndOfMessage()) or b""
        self.writer.write(out)
        await self.writer.drain()
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def begin(self, headers: dict[str, str]) -> None:
        """The head of an answer that is written in parts from here on; nothing else follows on this connection."""
        said = _headers({**headers, "Transfer-Encoding": "chunked", "Connection": "close"})
        self.writer.write(self._http.send(h11.Response(status_code=HTTPStatus.OK, headers=said)) or b"")

    def first(self, frame: Frame) -> None:
        """The relay's word on the response."""
        data = encode_frame(frame)
        self.writer.write(Part(FRAME, (data,), len(data)).wire)

    async def end(self) -> None:
        """Of an answer in parts that had no picture."""
        self.writer.write(LAST_CHUNK)
        await self.writer.drain()

    async def linger(self) -> None:
        """Swallow a bounded part of what still comes, so that closing doesn't take an answer back on the wire."""
        if self.writer.can_write_eof() and not self.writer.transport.is_closing():
            self.writer.write_eof()
        left = LINGER_BYTES
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0 and (data := await self.reader.read(READ_BYTES)):
                left -= len(data)

    @asynccontextmanager
    async def listening(self, gone: Callable[[], None]) -> AsyncIterator[None]:
        """Meanwhile `gone` is called when the other side hangs up, or says anything at all: nothing more was to come from it."""
        listener = asyncio.create_task(self._hang_up(gone))
        try:
            yield
        finally:
            listener.cancel()
            await asyncio.wait([listener])  # only one may read at a time, and there is more to swallow

    async def _hang_up(self, gone: Callable[[], None]) -> None:
        with suppress(OSError):
            await self.reader.read(1)
        gone()


def _headers(named: dict[str, str]) -> list[tuple[str, str]]:
    return list(named.items())


class Door:
    """Which requests come in, and how many at once. When there are too many connections the oldest that doesn't watch gives
    way: whoever sits on all of them keeps nobody out.
    """

    def __init__(
        self,
        service: Service,
        origins: frozenset[str],
        bounds: Bounds = DEFAULT_BOUNDS,
        secured: ssl.SSLContext | None = None,
    ) -> None:
        self._service = service
        self._origins = origins
        self._bounds = bounds
        self._secured = secured
        self._open: dict[Connection, None] = {}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, whatever comes through it."""
        connection = Connection(reader, writer)
        self._make_room()
        self._open[connection] = None
        try:
            with suppress(ConnectionError, TimeoutError, ssl.SSLError):
                await self._secure(writer)
                while await self._serve(connection):
                    pass
                await connection.linger()
        finally:
            self._open.pop(connection, None)
            writer.close()

    async def _secure(self, writer: asyncio.StreamWriter) -> None:
        """Here, and not before: whoever takes their time to agree on a key is one of those who may have to give way. Nothing has been
        waited for since the connection came, so nothing has been read of it yet.
        """
        if self._secured is not None:
            await writer.start_tls(self._secured, ssl_handshake_timeout=self._bounds.request_seconds)

    @property
    def open(self) -> int:
        """How many connections are."""
        return len(self._open)

    def _make_room(self) -> None:
        """Whoever gives way is counted no more at once: many may come before it has heard of it."""
        if len(self._open) >= self._bounds.connections:
            oldest = next((each for each in self._open if not each.watching), None)
            if oldest is not None:
                del self._open[oldest]
                oldest.writer.transport.abort()

    async def _serve(self, connection: Connection) -> bool:
        """One request. Whether another may follow."""
        cors: dict[str, str] = {}
        try:
            async with asyncio.timeout(self._bounds.request_seconds):
                request = await connection.request()
                if request is None:
                    return False
                wanted = self._wanted(request)
                cors = _cors(wanted.origin)
                data = await connection.body()
        except Refusal as refusal:
            return await self._refuse(connection, refusal, cors)
        except h11.RemoteProtocolError as fault:
            return await self._refuse(connection, Refusal(HTTPStatus(fault.error_status_hint), "malformed"), cors)
        if wanted.method == "OPTIONS":
            return await connection.answer(HTTPStatus.NO_CONTENT, b"", {**cors, **_PREFLIGHT})
        if wanted.what == "frame":
            frame = encode_frame(self._service.answer(wanted.gate, data, connection.peer))
            return await connection.answer(HTTPStatus.OK, frame, {**cors, "Content-Type": JSON})
        connection.watching = True
        connection.begin({**cors, "Content-Type": WATCH})
        await self._service.watch(wanted.gate, data, connection)
        return False

    def _wanted(self, request: h11.Request) -> Wanted:
        """Raises Refusal. What may be secret is in a body or nowhere: an address that carries anything more is refused."""
        target = request.target.decode("ascii", "replace")
        if "?" in target or "#" in target:
            raise Refusal(HTTPStatus.BAD_REQUEST, "address")
        path = _PATH(target)
        if path is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "path")
        origins = [value.decode("ascii", "replace") for name, value in request.headers if name == b"origin"]
        if len(origins) != 1 or origins[0] not in self._origins:
            raise Refusal(HTTPStatus.FORBIDDEN, "origin")
        method = request.method.decode("ascii", "replace")
        if method not in ("POST", "OPTIONS"):
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "method", Allow="OPTIONS, POST")
        return Wanted(path[1], path[2], method, origins[0])

    async def _refuse(self, connection: Connection, refusal: Refusal, cors: dict[str, str]) -> bool:
        data = f'{{"error":"{refusal.code}"}}'.encode()
        headers = {**_PLAIN, **cors, **refusal.headers, "Content-Type": JSON}
        with suppress(h11.LocalProtocolError):
            await connection.answer(refusal.status, data, headers)
        return False


_PLAIN: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Allow-Private-Network": "true",
    "Access-Control-Max-Age": "600",
}


def _cors(origin: str) -> dict[str, str]:
    return {**_PLAIN, "Access-Control-Allow-Origin": origin}
