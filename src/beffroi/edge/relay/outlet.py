"""Where a viewer's bytes go: one connection, of which only so much may wait, and nothing once it is cut."""

import asyncio
import fcntl
import socket
import struct
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from beffroi.edge.relay.parts import LAST_CHUNK, Part

# close() then throws away what hasn't left, and the other side hears of it at once (RST).
AT_ONCE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Allowance:
    """What may wait for a viewer: bytes in our own buffer beyond the picture it began with, bytes in the system's, and for how
    many seconds something may wait at all.
    """

    waiting: int = 1024 * 1024
    system: int = 128 * 1024
    seconds: float = 5.0


DEFAULT_ALLOWANCE: Final = Allowance()


class SocketOutlet:
    """Of one stream writer. With `chunked` each part is an HTTP chunk."""

    def __init__(
        self, writer: asyncio.StreamWriter, *, chunked: bool, allowance: Allowance = DEFAULT_ALLOWANCE
    ) -> None:
        self._transport = writer.transport
        self._chunked = chunked
        self._allowance = allowance
        self._limit = allowance.waiting
        self._drained = time.monotonic()
        self._socket: socket.socket | None = writer.get_extra_info("socket")
        self._set(socket.SO_SNDBUF, allowance.system)

    @property
    def gone(self) -> bool:
        """Whether the viewer has hung up, as far as was heard."""
        return self._transport.is_closing()

    @property
    def slow(self) -> bool:
        """Whether the viewer takes less than it is sent, beyond what is allowed."""
        waiting = self._transport.get_write_buffer_size()
        if waiting == 0:
            self._drained = time.monotonic()
            self._limit = self._allowance.waiting
            return False
        return waiting > self._limit or time.monotonic() - self._drained > self._allowance.seconds

    def begin(self, parts: Sequence[Part]) -> None:
        """The picture so far, all at once: it may wait beyond what is allowed later."""
        self._limit = self._allowance.waiting + sum(len(part.wire) for part in parts)
        for part in parts:
            self.write(part)

    def write(self, part: Part) -> None:
        self._transport.write(part.wire if self._chunked else part.bare)

    def end(self, last: Part) -> None:
        """Nothing more of the picture leaves, from now on. When all that was written has reached the other side, `last` says why
        and the connection ends in order; else everything that waits is thrown away, here and in the system, mid-part if need be.
        """
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() == 0 and self._unacknowledged() == 0:
            self.write(last)
            if self._chunked:
                self._transport.write(LAST_CHUNK)
            self._transport.close()
            return
        self._set(socket.SO_LINGER, AT_ONCE)
        self._transport.abort()

    def _set(self, option: int, value: int | bytes) -> None:
        """Of the system's socket, unless it is closed already."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, value)

    def _unacknowledged(self) -> int:
        """Bytes that the other side hasn't said it has; unknown counts as some."""
        if self._socket is None:
            return 1
        try:
            answer = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 1
        return int(struct.unpack("i", answer)[0])
