"""Who is on the line: a door that strangers can't keep shut by being many, slow or silent.

Each connection ends after a few seconds, whatever it was about to say, handshake included: a sign of life takes a tenth of one. There
are so many at once, and so many of one place; for one more, the oldest of whoever has most is hung up on. So whoever comes alone finds a
chair however many others come from one place; only who comes from everywhere at once, faster than a sign of life passes, keeps them out.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from beffroi.cli.wire import Wire

MOST: Final = 400
MOST_OF_ONE: Final = 32
WITHIN: Final = 8.0  # seconds; whoever sends signs of life gives up after 6
GOODBYE_WITHIN: Final = 1.0
# When the system has no descriptor left for one more.
REST: Final = 0.2


class Call(Wire):
    """One connection, and one request on it."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # uvicorn's own
        self.over = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone, or were hung up on."""
        super().connection_lost(exc)
        self.over.set()


@dataclass(eq=False, slots=True)
class Guest:
    """Somebody who is connected, from which place; `transport` once they have shaken hands."""

    line: socket.socket
    place: str
    transport: asyncio.Transport | None = None

    def hang_up(self) -> None:
        """At once: what was still to be said is lost."""
        if self.transport is not None:
            self.transport.abort()
        with contextlib.suppress(OSError):  # they hung up before
            self.line.shutdown(socket.SHUT_RDWR)


class Chairs:
    """Who sits where; pure of the network but for `hang_up`."""

    def __init__(self, most: int = MOST, of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._of_one = of_one
        self._guests: dict[Guest, None] = {}  # the oldest first
        self._by_place = Counter[str]()

    @property
    def taken(self) -> int:
        """How many sit."""
        return len(self._guests)

    def take(self, guest: Guest) -> Guest | None:
        """Gives them a chair; whoever had to leave for it was hung up on and is returned."""
        leaves = None
        if self._by_place[guest.place] >= self._of_one:
            leaves = self._oldest_of(guest.place)
        elif len(self._guests) >= self._most:
            leaves = self._oldest_of(self._by_place.most_common(1)[0][0])
        if leaves is not None:
            self.leave(leaves)
            leaves.hang_up()
        self._guests[guest] = None
        self._by_place[guest.place] += 1
        return leaves

    def leave(self, guest: Guest) -> None:
        """Their chair is free, if they had one."""
        if guest not in self._guests:
            return
        del self._guests[guest]
        self._by_place[guest.place] -= 1
        if not self._by_place[guest.place]:
            del self._by_place[guest.place]

    def clear(self) -> None:
        """Everybody is hung up on."""
        for guest in self._guests:
            guest.hang_up()

    def _oldest_of(self, place: str) -> Guest:
        return next(guest for guest in self._guests if guest.place == place)


def place_of(address: str) -> str:
    """One household's or one server's: an IPv4 address, 64 bits of an IPv6 one, which are given away whole."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


async def answer(
    door: socket.socket,
    call: Callable[[], Call],
    tls: ssl.SSLContext | None,
    *,
    chairs: Chairs,
    within: float = WITHIN,
) -> None:
    """Whoever knocks at this door, a listening socket that doesn't block, until cancelled; then everybody is hung up on."""
    loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    try:
        while True:
            try:
                line, (address, *_) = await loop.sock_accept(door)
            except OSError:  # no descriptor is left, or they were gone before they came in
                await asyncio.sleep(REST)
                continue
            guest = Guest(line, place_of(address))
            chairs.take(guest)
            task = asyncio.create_task(_host(guest, call, tls, chairs, within))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    finally:
        chairs.clear()


async def _host(
    guest: Guest, call: Callable[[], Call], tls: ssl.SSLContext | None, chairs: Chairs, within: float
) -> None:
    loop = asyncio.get_running_loop()
    patience = loop.call_later(within, guest.hang_up)
    try:
        guest.transport, spoken = await loop.connect_accepted_socket(
            call,
            guest.line,
            ssl=tls,
            ssl_handshake_timeout=within if tls else None,
            ssl_shutdown_timeout=GOODBYE_WITHIN if tls else None,
        )
        await spoken.over.wait()
    except (OSError, TimeoutError):  # what they sent is no handshake, or never came
        pass
    finally:
        patience.cancel()
        chairs.leave(guest)  # the socket is its transport's, which closes it
