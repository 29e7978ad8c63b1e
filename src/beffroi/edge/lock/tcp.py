"""The radio's stand-in: one port of loopback on which phones speak the frames of docs/spec/gate.md, section 9."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from beffroi.edge.lock.conversation import Bounds, Conversation
from beffroi.protocol.v1.frames import CARRIAGE_LIMIT


class Radio:
    """`converse` begins the conversation of each connection; the bounds of time and of connections are held here."""

    def __init__(self, *, converse: Callable[[], Conversation], bounds: Bounds) -> None:
        self._converse = converse
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
            with suppress(TimeoutError, ConnectionError, EOFError):
                async with asyncio.timeout(self._bounds.connection_seconds):
                    await self._talk(reader, writer)
                    await self._linger(reader, writer)
        finally:
            self._open.pop(writer, None)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = self._converse()
        while not conversation.over:
            await self._write(writer, await self._next(reader, conversation))

    async def _next(self, reader: asyncio.StreamReader, conversation: Conversation) -> bytes:
        """The next answer. Raises TimeoutError when its frame is too long in coming, EOFError when the phone hung up."""
        async with asyncio.timeout(self._bounds.frame_seconds):
            while (reply := conversation.reply()) is None:
                data = await reader.read(CARRIAGE_LIMIT)
                if not data:
                    raise EOFError
                conversation.hear(data)
            return reply

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Swallow a bounded part of what still comes, so that closing doesn't take the refusal back on the wire."""
        if writer.can_write_eof():
            writer.write_eof()
        left = self._bounds.linger_bytes
        async with asyncio.timeout(self._bounds.linger_seconds):
            while left > 0 and (data := await reader.read(CARRIAGE_LIMIT)):
                left -= len(data)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        async with asyncio.timeout(self._bounds.frame_seconds):
            writer.write(data)
            await writer.drain()


async def serve(radio: Radio, port: int) -> asyncio.Server:
    """Listen on loopback. Raises OSError when the port is taken."""
    return await asyncio.start_server(radio.converse, "127.0.0.1", port, limit=CARRIAGE_LIMIT)
