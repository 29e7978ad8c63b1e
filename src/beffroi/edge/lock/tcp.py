"""The radio's stand-in: one port on which phones speak the frames of docs/spec/gate.md, section 9.

Whoever is near can connect, so everything here is bounded: connections, the time a frame may take to arrive, the life of a
connection, its refusals, and what is read before the length is known to be fair.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import CARRIAGE_LIMIT, LENGTH_BYTES, Frame, RefusedFrame, encode_frame

Answer = Callable[[bytes], Frame]


@dataclass(frozen=True)
class Bounds:
    """Times are seconds of the machine: they protect the port, no rule of the gate depends on them."""

    connections: int = 8
    frame_seconds: float = 10.0
    connection_seconds: float = 120.0
    refusals: int = 8
    linger_seconds: float = 2.0
    linger_bytes: int = 262_144


DEFAULT_BOUNDS: Final = Bounds()


class Radio:
    """`answer` decides; `refuse` is told of what could not even be read, so that it is on record."""

    def __init__(self, *, answer: Answer, refuse: Callable[[Reason], None], bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self._answer = answer
        self._refuse = refuse
        self._bounds = bounds
        self._open: dict[asyncio.StreamWriter, None] = {}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its end. When there are too many the oldest gives way: whoever sits on
        all of them keeps nobody out.
        """
        if len(self._open) >= self._bounds.connections:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.transport.abort()
        self._open[writer] = None
        try:
            with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                async with asyncio.timeout(self._bounds.connection_seconds):
                    await self._talk(reader, writer)
                    await self._linger(reader, writer)
        finally:
            self._open.pop(writer, None)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusals = 0
        while refusals < self._bounds.refusals:
            data = await self._read(reader)
            if data is None:
                self._refuse(Reason.FRAME_SIZE)
                await self._write(writer, RefusedFrame(Reason.FRAME_SIZE))
                return
            frame = self._answer(data)
            refusals += isinstance(frame, RefusedFrame)
            await self._write(writer, frame)

    async def _read(self, reader: asyncio.StreamReader) -> bytes | None:
        """One frame without its length; None when it announces more than any frame may hold."""
        async with asyncio.timeout(self._bounds.frame_seconds):
            length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
            return await reader.readexactly(length) if length <= CARRIAGE_LIMIT else None

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Swallow a bounded part of what still comes, so that closing doesn't take the refusal back on the wire."""
        if writer.can_write_eof():
            writer.write_eof()
        left = self._bounds.linger_bytes
        async with asyncio.timeout(self._bounds.linger_seconds):
            while left > 0 and (data := await reader.read(CARRIAGE_LIMIT)):
                left -= len(data)

    async def _write(self, writer: asyncio.StreamWriter, frame: Frame) -> None:
        data = encode_frame(frame)
        async with asyncio.timeout(self._bounds.frame_seconds):
            writer.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
            await writer.drain()


async def serve(radio: Radio, port: int) -> asyncio.Server:
    """Listen on loopback. Raises OSError when the port is taken."""
    return await asyncio.start_server(radio.converse, "127.0.0.1", port, limit=CARRIAGE_LIMIT)
