"""RTP between the messages of one RTSP connection (RFC 2326 section 10.12, RFC 3550): each packet is found and handed on."""

import struct
from collections.abc import Callable
from typing import Final, Protocol

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.rtsp import Message, take_message

DOLLAR: Final = 0x24
NEW_LINES: Final = (0x0D, 0x0A)
BETWEEN: Final = 4
HEAD: Final = struct.Struct("!BBHI")
PLAIN: Final = 0x80
HEAD_BYTES: Final = 12
VERSION: Final = 2
STEPS: Final = 20_000
"""At once, and a second: twice what 64 Mbit/s take in packets of the usual size."""
MARKER: Final = 0x80


class Payload(Protocol):
    """Takes what one packet carries."""

    def __call__(self, body: bytes, sequence: int, timestamp: int, *, marker: bool) -> None: ...


class Packets:
    """Packets of one kind of payload; others are left out, as are those of another version and those that say they are shorter
    than their head.
    """

    def __init__(self, payload_type: int, payload: Payload) -> None:
        self._type = payload_type
        self._payload = payload

    def take(self, data: bytes, at: int, end: int) -> bool:
        """One packet; whether it was of the picture."""
        if end - at <= HEAD_BYTES:
            return False
        flags, marked, sequence, timestamp = HEAD.unpack_from(data, at)
        if marked & 0x7F != self._type:
            return False
        if flags == PLAIN:
            at += HEAD_BYTES
        else:
            at, end = trimmed(data, at, end, flags)
            if at >= end:
                return False
        self._payload(data[at:end], sequence, timestamp, marker=marked >= MARKER)
        return True


def trimmed(data: bytes, at: int, end: int, flags: int) -> tuple[int, int]:
    """Payload of a packet with sources, an extension or padding; an empty one when its head lies."""
    if flags >> 6 != VERSION:
        return end, end
    begin = at + HEAD_BYTES + 4 * (flags & 0x0F)
    if flags & 0x10:
        if begin + 4 > end:
            return end, end
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if flags & 0x20:
        padding = data[end - 1]
        if padding == 0:
            return end, end
        end -= padding
    return (begin, end) if begin < end else (end, end)


class Interleaved:
    """Cuts what arrives into packets of the picture's channel and messages. What is not whole yet is kept, bounded by what
    a packet (65,539 bytes) or a message may hold. Each arrival, packet, message and byte of an empty line is a step, and there are
    only so many: whatever is sent in very small pieces costs more to read than it says.
    """

    def __init__(self, message: Callable[[Message], None]) -> None:
        self.channel = -1
        self.packets: Packets | None = None
        # How many packets of the picture came, and bytes of anything.
        self.pictured = 0
        self.received = 0
        self._steps = STEPS
        self._message = message
        self._kept = b""

    def feed(self, data: bytes) -> None:
        """Raises CameraFault."""
        self.received += len(data)
        if self._kept:
            data = self._kept + data
        at, end = 0, len(data)
        self._steps -= 1
        while end - at >= BETWEEN:
            self._steps -= 1
            if self._steps < 0:
                raise CameraFault(Cause.LIMITS, "too many things come at once")
            if data[at] != DOLLAR:
                after = self._text(data, at)
                if after is None:
                    break
                at = after
                continue
            after = at + BETWEEN + (data[at + 2] << 8 | data[at + 3])
            if after > end:
                break
            if data[at + 1] == self.channel and self.packets is not None:
                self.pictured += self.packets.take(data, at + BETWEEN, after)
            at = after
        self._kept = data[at:]

    def refill(self, seconds: float) -> None:
        """So much time has passed: as many steps more as are for it."""
        self._steps = min(STEPS, self._steps + round(STEPS * seconds))

    def _text(self, data: bytes, at: int) -> int | None:
        """Where a message ends, once it has been handed on; empty lines between messages are passed over."""
        if data[at] in NEW_LINES:
            return at + 1
        if not data[at : at + 1].isalpha():
            raise CameraFault(Cause.GARBAGE, "neither a packet nor a message")
        found = take_message(data, at)
        if found is None:
            return None
        message, after = found
        self._message(message)
        return after
