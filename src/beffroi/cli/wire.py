"""HTTP as the web processes take it from the line: uvicorn's protocol over llhttp, with the limits that llhttp leaves to others.

A stranger may send a head without an end, or one octet a minute: what is held for them, and how long, is bounded.
"""

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Octets of a head, of what follows a body, or of what says nothing at all.
MOST_HEAD: Final = 64 * 1024
TOO_LONG: Final = "The head of the request is too long."


class HeadTooLongError(Exception):
    """Raised in the parser's call, which then refuses the request."""


class Wire(HttpToolsProtocol):
    """One connection."""

    # Seconds in which a head must have come, from the first moment or from its first octet.
    head_within: ClassVar[float] = 30.0

    _size = 0
    _unheard = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody connects."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What says nothing (a value without an end, empty lines) is counted until something is said."""
        self._unheard += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unheard > MOST_HEAD:
            self.send_400_response(TOO_LONG)
        elif getattr(self.cycle, "response_complete", True):  # uvicorn says of none that it is one
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head, or of what follows a body."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._unheard = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body: however slowly it comes, a phone may be where the network is poor."""
        self._unheard = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._unheard = 0
        super().on_message_complete()

    def _count(self, *parts: bytes) -> None:
        self._size += sum(map(len, parts))
        if self._size > MOST_HEAD:
            raise HeadTooLongError

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.head_within, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
