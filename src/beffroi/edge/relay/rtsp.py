"""Messages of RTSP 1.0 (RFC 2326), bounded: what a camera may say before it is no longer listened to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from beffroi.edge.relay.faults import CameraFault, Cause

HEAD_LIMIT: Final = 8_192
HEADERS_LIMIT: Final = 64
BODY_LIMIT: Final = 65_536
AGENT: Final = "Beffroi"
REPLY: Final = re.compile(r"RTSP/1\.\d (\d{3})(?: .*)?")
REQUEST: Final = re.compile(r"([A-Z_]{1,32}) \S{1,1024} RTSP/1\.\d")
HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})[ \t]*:[ \t]*(.*)")
NUMBER: Final = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class Message:
    """A reply has a status, a request of the camera has a method. Names of headers are in small letters."""

    status: int = 0
    method: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return self.headers.get(name, ("",))[0]


def take_message(data: bytes, at: int) -> tuple[Message, int] | None:
    """The message that begins at `at` and where it ends; None while it is not whole. Raises CameraFault."""
    end = data.find(b"\r\n\r\n", at, at + HEAD_LIMIT)
    if end < 0:
        if len(data) - at >= HEAD_LIMIT:
            raise CameraFault(Cause.LIMITS, "the head of a message never ends")
        return None
    status, method, headers = _head(data[at:end])
    size = _size(headers)
    after = end + 4 + size
    if len(data) < after:
        return None
    return Message(status, method, headers, data[end + 4 : after]), after


def _head(data: bytes) -> tuple[int, str, dict[str, tuple[str, ...]]]:
    try:
        first, *lines = data.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise CameraFault(Cause.GARBAGE, "the head of a message is no text") from None
    if len(lines) > HEADERS_LIMIT:
        raise CameraFault(Cause.LIMITS, "too many headers")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        found = HEADER.fullmatch(line)
        if found is None:
            raise CameraFault(Cause.GARBAGE, "a header is none")
        name = found[1].lower()
        headers[name] = (*headers.get(name, ()), found[2].strip())
    if reply := REPLY.fullmatch(first):
        return int(reply[1]), "", headers
    if request := REQUEST.fullmatch(first):
        return 0, request[1], headers
    raise CameraFault(Cause.GARBAGE, "neither a reply nor a request")


def _size(headers: Mapping[str, tuple[str, ...]]) -> int:
    sizes = set(headers.get("content-length", ("0",)))
    if len(sizes) != 1 or not NUMBER.fullmatch(value := sizes.pop()):
        raise CameraFault(Cause.GARBAGE, "the length of a body is no number")
    if int(value) > BODY_LIMIT:
        raise CameraFault(Cause.LIMITS, "a body is too long")
    return int(value)


def request(method: str, url: str, number: int, headers: Mapping[str, str]) -> bytes:
    """A request as it goes on the wire."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", f"User-Agent: {AGENT}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def not_implemented(asked: Message) -> bytes:
    """What is answered to a camera that asks for anything."""
    number = asked.first("cseq")
    return f"RTSP/1.0 501 Not Implemented\r\nCSeq: {number if NUMBER.fullmatch(number) else 0}\r\n\r\n".encode()
