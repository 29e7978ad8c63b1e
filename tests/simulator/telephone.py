"""A client of RTSP that says exactly what a test wants said, and shows exactly what came back."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PATIENCE: Final = 10.0
HEADER: Final = 12


@dataclass(frozen=True)
class Answer:
    """What came back; names in lower case."""

    status: int
    headers: dict[str, list[str]]
    body: str

    def one(self, name: str) -> str:
        """The value of a header that stands there once."""
        (found,) = self.headers[name]
        return found


@dataclass(frozen=True)
class Packet:
    """One packet that came between the answers."""

    channel: int
    content: bytes

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.content[2:4])

    @property
    def timestamp(self) -> int:
        return int.from_bytes(self.content[4:8])

    @property
    def marker(self) -> bool:
        return bool(self.content[1] & 0x80)

    @property
    def payload(self) -> bytes:
        return self.content[HEADER:]


class Line:
    """A connection; packets wait for whoever asks for them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str) -> None:
        self._reader, self.writer = reader, writer
        self.url = url
        self._count = 0
        self.session = ""
        self.waiting: list[Packet] = []

    async def ask(self, method: str, target: str = "", **headers: str) -> Answer:
        """Ask, and wait for the answer."""
        self._count += 1
        told = {"CSeq": str(self._count), **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.session:
            told.setdefault("Session", self.session)
        lines = [f"{method} {target or self.url} RTSP/1.0", *(f"{name}: {value}" for name, value in told.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(PATIENCE):
            while isinstance(said := await self._next(), Packet):
                self.waiting.append(said)
        assert said.one("cseq") == str(self._count)
        return said

    async def begin(self, *, track: str = "trackID=1", channels: str = "0-1") -> Answer:
        """Set a track up and play it, at a camera that asks for no password."""
        self.session = ""
        answer = await self.ask("SETUP", f"{self.url}/{track}", Transport=f"RTP/AVP/TCP;unicast;interleaved={channels}")
        self.session = answer.one("session").partition(";")[0]
        return await self.ask("PLAY")

    async def packet(self) -> Packet:
        """The next packet."""
        if self.waiting:
            return self.waiting.pop(0)
        async with asyncio.timeout(PATIENCE):
            said = await self._next()
        assert isinstance(said, Packet)
        return said

    async def picture(self, channel: int = 0) -> list[Packet]:
        """The packets of the next picture."""
        found: list[Packet] = []
        while not (found and found[-1].marker):
            packet = await self.packet()
            found += [packet] if packet.channel == channel else []
        return found

    async def ended(self) -> bytes:
        """Wait until the camera ends the connection; what it still said. Raises ConnectionResetError."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read(-1)

    async def _next(self) -> Answer | Packet:
        first = await self._reader.readexactly(1)
        if first == b"$":
            head = await self._reader.readexactly(3)
            return Packet(head[0], await self._reader.readexactly(int.from_bytes(head[1:])))
        line, *rest = (first + await self._reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers: dict[str, list[str]] = {}
        for each in rest:
            name, _, value = each.partition(": ")
            headers.setdefault(name.lower(), []).append(value)
        body = await self._reader.readexactly(int(headers.get("content-length", ["0"])[0]))
        return Answer(int(line.split()[1]), headers, body.decode())


@asynccontextmanager
async def called(url: str) -> AsyncIterator[Line]:
    """A connection to a camera."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Line(reader, writer, url)
    finally:
        writer.transport.abort()


Hash = Callable[[bytes], "hashlib._Hash"]


def digest(method: str, target: str, challenge: str, *, hashed: Hash, user: str, password: str, count: int = 1) -> str:
    """The answer to a Digest challenge with qop=auth, as RFC 7616 §3.4.1 puts it."""

    def of(*parts: str) -> str:
        return hashed(":".join(parts).encode()).hexdigest()

    said = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce, nc = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", f"{count:08x}"
    response = of(of(user, said["realm"], password), said["nonce"], nc, cnonce, "auth", of(method, target))
    return (
        f'Digest username="{user}", realm="{said["realm"]}", uri="{target}", algorithm={said["algorithm"]}, '
        f'nonce="{said["nonce"]}", nc={nc}, cnonce="{cnonce}", qop=auth, response="{response}"'
    )
