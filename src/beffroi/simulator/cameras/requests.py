"""RTSP 1.0 on the wire (RFC 2326): requests as they are read, answers as they are written, packets of the client passed over."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

LARGEST_HEAD: Final = 8_192
LARGEST_BODY: Final = 8_192
STATUS: Final = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    505: "RTSP Version Not Supported",
}
_LINE: Final = re.compile(r"([A-Z_]{1,32}) (\S{1,2048}) RTSP/([0-9]\.[0-9])")
_CAMERA: Final = re.compile(r"/camera/([1-9][0-9]{0,3})(?:/(trackID=[12]))?/?")
_CHANNELS: Final = re.compile(r"interleaved=([0-9]{1,3})-([0-9]{1,3})")
_SEQUENCE: Final = re.compile("[0-9]{1,9}")
_INTERLEAVED: Final = b"$"


class UnreadableError(Exception):
    """Not a request. Whoever sends this gets 400 and no more."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    """Names in lower case."""

    @property
    def sequence(self) -> str:
        """What the answer repeats."""
        return self.headers["cseq"]

    @property
    def session(self) -> str:
        """Which session it speaks of, "" for none."""
        return self.headers.get("session", "").partition(";")[0].strip()

    def camera(self) -> tuple[int, str]:
        """Which camera, 0 for none, and which track, "" for all."""
        try:
            path = urlsplit(self.target).path
        except ValueError:
            return 0, ""
        found = _CAMERA.fullmatch(path)
        return (int(found[1]), found[2] or "") if found else (0, "")

    def channels(self) -> tuple[int, int] | None:
        """Which channels of the connection it wants; None when it wants something else than TCP."""
        for offer in self.headers.get("transport", "").split(","):
            if offer.strip().upper().startswith("RTP/AVP/TCP"):
                found = _CHANNELS.search(offer)
                pair = (int(found[1]), int(found[2])) if found else (0, 1)
                return pair if max(pair) <= 0xFF else None  # noqa: PLR2004 - a channel is one byte
        return None


async def read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the client has gone. Raises UnreadableError."""
    try:
        first = await reader.readexactly(1)
        while first == _INTERLEAVED:  # RTCP of the client: nothing that a camera of ours needs
            head = await reader.readexactly(3)
            await reader.readexactly(int.from_bytes(head[1:]))
            first = await reader.readexactly(1)
        request = parsed(first + await reader.readuntil(b"\r\n\r\n"))
        length = request.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST_BODY:
            raise UnreadableError("length of the body")
        await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise UnreadableError("no end") from error
    return request


def parsed(head: bytes) -> Request:
    """A request's head. Raises UnreadableError."""
    try:
        line, *rest = head.decode("utf-8").strip("\r\n").split("\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableError("not text") from error
    found = _LINE.fullmatch(line)
    if found is None:
        raise UnreadableError("no request line")
    headers = {}
    for each in rest:
        name, colon, value = each.partition(":")
        if not colon or name.strip().lower() in headers:
            raise UnreadableError(f"header {name!r}")
        headers[name.strip().lower()] = value.strip()
    if not _SEQUENCE.fullmatch(headers.get("cseq", "")):
        raise UnreadableError("no CSeq")
    return Request(found[1], found[2], found[3], headers)


def answer(status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> bytes:
    """An answer; a body has its length said."""
    told = [*headers, ("Content-Length", str(len(body)))] if body else list(headers)
    lines = [f"RTSP/1.0 {status} {STATUS[status]}", *(f"{name}: {value}" for name, value in told)]
    return "\r\n".join([*lines, "", ""]).encode() + body
