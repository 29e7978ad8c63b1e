"""A camera that says what it is told to: for what no camera should do, and for packets put together by hand."""

import asyncio
import re
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=-
t=0 0
a=control:*
m=audio 0 RTP/AVP 0
a=control:sound
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1
a=control:picture
"""
Answer = bytes | None


def reply(number: int, status: int = 200, *headers: str, body: str = "") -> bytes:
    """An answer as it goes on the wire."""
    lines = [f"RTSP/1.0 {status} Word", f"CSeq: {number}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


def packet(
    body: bytes, sequence: int, timestamp: int, *, marker: bool = False, kind: int = 96, channel: int = 0
) -> bytes:
    """An RTP packet between `$` and its end."""
    head = struct.pack("!BBHII", 0x80, marker << 7 | kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 7)
    return b"$" + struct.pack("!BH", channel, len(head) + len(body)) + head + body


@dataclass
class Scripted:
    """What it answers to each method (`None`: nothing, ever), what it sends after PLAY, and what it heard."""

    described: str = SDP
    answers: dict[str, Callable[[int], Answer]] = field(default_factory=dict)
    stream: bytes = b""
    hangs_up_at: str = ""
    heard: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    connected: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def methods(self) -> list[str]:
        return [method for method, _ in self.heard]

    def _answer(self, method: str, number: int) -> Answer:
        if method in self.answers:
            return self.answers[method](number)
        if method == "DESCRIBE":
            return reply(number, 200, "Content-Type: application/sdp", body=self.described)
        if method == "SETUP":
            return reply(number, 200, "Session: 12;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        return reply(number, 200, "Session: 12") + (self.stream if method == "PLAY" else b"")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.connected += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = re.match(rb"(\S+) (\S+) RTSP/1.0\r\nCSeq: (\d+)", head)
                if found is None:  # an answer to what the script itself asked
                    self.heard.append(("", head.decode()))
                    continue
                self.heard.append((found[1].decode(), found[2].decode()))
                if self.hangs_up_at == found[1].decode():
                    return
                answer = self._answer(found[1].decode(), int(found[3]))
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.connected -= 1
            writer.close()


@asynccontextmanager
async def scripted(camera: Scripted) -> AsyncIterator[Scripted]:
    """It runs inside."""
    server = await asyncio.start_server(camera.serve, "127.0.0.1", camera.port)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
