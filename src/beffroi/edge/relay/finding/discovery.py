"""Cameras that answer on the relay's own network, within a bounded time and up to a bounded number."""

import asyncio
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.edge.relay.finding.probe import LARGEST, Match, UnreadableError, answers, question

GROUP: Final = ("239.255.255.250", 3_702)
TIMES: Final = 3
"""The question may get lost, and so may answers."""
MOST: Final = 256
DATAGRAMS: Final = 8_192


@dataclass(frozen=True)
class Search:
    """`at`: machines that are asked one by one, where no multicast gets through; none for the whole network. `interface`: our own
    address on the network that is asked, where the machine has several.
    """

    seconds: float = 4.0
    at: Sequence[tuple[str, int]] = ()
    interface: str = ""
    most: int = MOST


@dataclass(frozen=True)
class Outcome:
    """`more`: as many answered as are taken, and there may be others. `unreadable`: answers that were none."""

    cameras: tuple[Match, ...]
    more: bool
    unreadable: int


class _Ear(asyncio.DatagramProtocol):
    """Hears answers, one camera once, until there are enough."""

    def __init__(self, identity: str, most: int) -> None:
        self.found: dict[str, Match] = {}
        self.unreadable = 0
        self.fault: OSError | None = None
        self.full = asyncio.Event()
        self._identity = identity
        self._most = most
        self._left = DATAGRAMS

    def error_received(self, exc: Exception) -> None:
        self.fault = exc if isinstance(exc, OSError) else None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._left -= 1
        if self.full.is_set():
            return
        try:
            matches = answers(data, identity=self._identity, sender=addr[0])
        except UnreadableError:
            self.unreadable += 1
            matches = []
        for match in matches:
            if len(self.found) < self._most:
                self.found.setdefault(match.address, match)
        if len(self.found) >= self._most or self._left <= 0:
            self.full.set()


async def discover(search: Search) -> Outcome:
    """Ask, and wait for answers until the time is over. Raises OSError when nobody answered, and a question couldn't be
    sent.
    """
    identity = uuid.uuid4().urn
    asked = tuple(search.at) or (GROUP,)
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(lambda: _Ear(identity, search.most), sock=_socket(search))
    try:
        async with asyncio.timeout(search.seconds):
            for _ in range(TIMES):
                for each in asked:
                    transport.sendto(question(identity), each)
                if await _full(ear, search.seconds / (2 * TIMES)):
                    break
            await ear.full.wait()
    except TimeoutError:
        pass
    finally:
        transport.close()
    if not ear.found and ear.fault is not None:
        raise ear.fault
    return Outcome(tuple(sorted(ear.found.values())), ear.full.is_set(), ear.unreadable)


async def _full(ear: _Ear, seconds: float) -> bool:
    """Whether there are enough, within so many seconds."""
    await asyncio.wait([waiting := asyncio.ensure_future(ear.full.wait())], timeout=seconds)
    waiting.cancel()
    return ear.full.is_set()


def _socket(search: Search) -> socket.socket:
    """Bound to an interface, if one is named; a question leaves the network by no router."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * LARGEST)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        if search.interface:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(search.interface))
        made.bind((search.interface, 0))
    except OSError:
        made.close()
        raise
    return made
