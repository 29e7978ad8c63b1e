"""Plain HTTP at a door of TLS, as asyncio's own server hears it: answered once, whatever its size and pace, and never for ever."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.tls.clear import MOST, MOST_HEAD
from beffroi.adapters.tls.context import Renewed
from tests.certifying import Certified, certified

HOST = "beffroi.meaux.example"
PATIENCE = 120.0
GREETING, SAID = b"over TLS\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"
REQUEST = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


class Greeting(asyncio.Protocol):
    """What is served over TLS."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(GREETING)
        transport.close()


class Answers:
    """To what plain heads."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []

    def __call__(self, head: bytes) -> bytes:
        self.heads.append(head)
        return SAID


@dataclass(frozen=True)
class Door:
    """A server of TLS, who certified it, and which heads it answered in clear."""

    port: int
    root: Certified
    heads: list[bytes]

    @contextlib.contextmanager
    def line(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            yield line

    def greets(self) -> bool:
        trusting = ssl.create_default_context(cadata=self.root.pem.decode())
        with self.line() as line, trusting.wrap_socket(line, server_hostname=HOST) as secure:
            return heard(secure) == GREETING


@contextlib.contextmanager
def listening(folder: Path, within: float) -> Iterator[Door]:
    """A door that greets whoever speaks TLS; a handshake lasts so many seconds at most."""
    root = certified("Autorité de test")
    files = root.certify(HOST, [HOST]).written(folder)
    context = Renewed(files, print, answer := Answers()).context
    stop, loops = asyncio.Event(), []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        server = await loops[0].create_server(Greeting, sock=at, ssl=context, ssl_handshake_timeout=within)
        async with server:
            await stop.wait()

    with socket.create_server(("127.0.0.1", 0)) as at:
        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        door = Door(at.getsockname()[1], root, answer.heads)
        assert door.greets()
        try:
            yield door
        finally:
            assert door.greets(), "whoever came before is gone"
            loops[0].call_soon_threadsafe(stop.set)
            thread.join(PATIENCE)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with listening(tmp_path_factory.mktemp("clear"), 20 * PATIENCE) as found:
        yield found


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with listening(tmp_path_factory.mktemp("hasty"), 0.2) as found:
        yield found


def heard(line: socket.socket) -> bytes:
    """All that is said, until it hangs up."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65_536):
            said += part
    return said


def test_whoever_speaks_plain_http_is_answered_and_the_others_are_served(door: Door) -> None:
    with door.line() as line:
        line.sendall(REQUEST)
        assert line.recv(100) == SAID
        assert door.greets()
        line.shutdown(socket.SHUT_WR)
        assert heard(line) == b""
    assert door.heads[-1] == REQUEST


def test_a_head_may_come_octet_by_octet_and_a_body_after_the_answer(door: Door) -> None:
    with door.line() as line:
        for octet in REQUEST:
            line.sendall(bytes([octet]))
        assert line.recv(100) == SAID
        line.sendall(bytes(MOST - len(REQUEST)))
        line.shutdown(socket.SHUT_WR)
        assert heard(line) == b"", "once is enough"


def test_what_is_read_of_it_has_an_end(door: Door) -> None:
    before = len(door.heads)
    with door.line() as line:
        with contextlib.suppress(OSError):  # it may hang up while we still speak
            for _ in range(2 * MOST // 1000):
                line.sendall(b"A" * 1000)
        heard(line)
    assert [len(head) for head in door.heads[before:]] in ([], [MOST_HEAD])


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\nHost:", REQUEST], ids=["nothing", "half a head", "a request"]
)
def test_nobody_stays_for_ever(hasty: Door, said: bytes) -> None:
    with hasty.line() as line:
        line.sendall(said)
        assert heard(line) == (SAID if said == REQUEST else b"")


@given(st.binary(max_size=200))
def test_whatever_is_said_is_cut_off_or_answered_once(door: Door, said: bytes) -> None:
    before = len(door.heads)
    with door.line() as line:
        with contextlib.suppress(OSError):
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
        answer = heard(line)
    # OpenSSL may send an alert of its own to what looks like a handshake.
    assert (answer == SAID) is (len(door.heads) == before + 1)
    assert door.heads[before:] in ([], [said])
