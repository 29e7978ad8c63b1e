"""Strangers who would keep a second host from hearing whether a town lives: many, slow or silent ones, of one place or of all."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.tls.context import Renewed
from beffroi.cli.watchover.hearing import Door, server
from beffroi.cli.watchover.line import WITHIN, Chairs, Guest, place_of
from beffroi.cli.watchover.vigil import Town, Vigil
from beffroi.protocol.beats import key_text, make
from tests.certifying import certified

PATIENCE: Final = 120.0
FOREVER: Final = 20 * PATIENCE  # what ends a connection in these tests is what they are about
MOST, OF_ONE = 30, 6
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD: Final = b"POST /beats HTTP/1.1\r\nHost: second.example\r\nContent-Type: text/plain\r\n"


class Host:
    """A second host, with few chairs."""

    def __init__(self, at: socket.socket, tls: Renewed | None, within: float) -> None:
        self.vigil = Vigil([Town("Meaux", key_text(KEY.public_key()), 45.0)], {}, 0.0)
        self.chairs = Chairs(MOST, OF_ONE)
        self.port: int = at.getsockname()[1]
        self._tls = tls is not None
        self._server = server(Door(self.vigil, kept=lambda: None), at, tls, chairs=self.chairs, within=within)
        self._moment = int(time.time() * 1000)

    def run(self) -> None:
        """In a thread of its own: signals are the main one's."""
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]  # a thread has no signals to take
        asyncio.run(self._server.serve())

    def stop(self) -> None:
        self._server.should_exit = True

    def comes(self, source: str = "127.0.0.1", said: bytes = b"") -> socket.socket:
        """Somebody connects from that address, and says that much."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE, source_address=(source, 0))
        line.sendall(said)
        return line

    def hears(self, source: str = "127.0.0.1") -> bytes:
        """What a town's sign of life is answered: the first line."""
        self._moment += 1
        body = make(KEY, self._moment)
        with contextlib.ExitStack() as held:
            line = held.enter_context(self.comes(source))
            if self._tls:
                trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
                line = held.enter_context(trusting.wrap_socket(line))
            line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while found := line.recv(4096):
                answer += found
            return answer.partition(b"\r\n")[0]


@contextlib.contextmanager
def hearing(tls: Renewed | None = None, within: float = FOREVER) -> Iterator[Host]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as at:
        at.setblocking(False)
        host = Host(at, tls, within)
        thread = threading.Thread(target=host.run)
        thread.start()
        try:
            yield host
        finally:
            host.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def plain() -> Iterator[Host]:
    with hearing() as host:
        yield host


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    files = certified("second.example", ["second.example"]).written(tmp_path_factory.mktemp("tls"))
    with hearing(Renewed(files, lambda _text: None)) as host:
        yield host


def ended(line: socket.socket) -> bool:
    """Waits until they hang up; nothing good was said before."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while found := line.recv(4096):
            said += found
    return b" 204 " not in said


SLOW: Final = {
    "silent": b"",
    "half a head": b"POST /beats HTTP/1.1\r\nHost: x",
    "half a body": HEAD + b"Content-Length: 200\r\n\r\nbeffroi-beat v1 ",
    "half a handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in SLOW.items()])
@pytest.mark.parametrize("of", ["plain", "https"])
def test_a_town_is_heard_while_one_place_fills_the_door(request: pytest.FixtureRequest, of: str, said: bytes) -> None:
    host: Host = request.getfixturevalue(of)
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(host.comes("127.0.0.66", said)) for _ in range(3 * MOST)]
        assert host.hears() == b"HTTP/1.1 204 No Content"
        assert all(map(ended, lines[:-OF_ONE]))
        assert host.chairs.taken <= OF_ONE + 1


@pytest.mark.parametrize("of", ["plain", "https"])
def test_a_town_is_heard_from_the_very_place_that_fills_the_door(request: pytest.FixtureRequest, of: str) -> None:
    host: Host = request.getfixturevalue(of)
    with contextlib.ExitStack() as held:
        for _ in range(MOST):
            held.enter_context(host.comes())
        assert host.hears() == b"HTTP/1.1 204 No Content"


@pytest.mark.parametrize("of", ["plain", "https"])
def test_a_town_is_heard_while_the_whole_world_fills_the_door(request: pytest.FixtureRequest, of: str) -> None:
    host: Host = request.getfixturevalue(of)
    with contextlib.ExitStack() as held:
        for number in range(4 * MOST):
            held.enter_context(host.comes(f"127.0.{1 + number // 100}.{1 + number % 100}", SLOW["half a head"]))
        assert host.hears() == b"HTTP/1.1 204 No Content"
        assert host.chairs.taken <= MOST


@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in SLOW.items()])
def test_whoever_says_nothing_to_the_end_is_hung_up_on(tmp_path: Path, said: bytes) -> None:
    files = certified("second.example", ["second.example"]).written(tmp_path)
    for tls in (None, Renewed(files, lambda _text: None)):
        with hearing(tls, within=0.3) as host, host.comes(said=said) as line:
            while (found := line.recv(4096)) and tls is not None:
                assert found[0] == 21  # TLS's own word for “what was that?”
            assert found[:12] in (b"", b"HTTP/1.1 400")


def test_one_connection_is_one_request(plain: Host) -> None:
    with plain.comes(said=b"GET / HTTP/1.1\r\nHost: second.example\r\n\r\n") as line:
        answer = b""
        while found := line.recv(4096):
            answer += found
    assert b"connection: close" in answer
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_no_descriptor_is_left_behind(plain: Host) -> None:
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = opened()
    for _ in range(5):
        with contextlib.ExitStack() as held:
            for _ in range(2 * OF_ONE):
                held.enter_context(plain.comes())
    deadline = time.monotonic() + PATIENCE
    while opened() > before:
        assert time.monotonic() < deadline, f"{opened()} descriptors, {before} before"
        plain.hears("127.0.0.9")


def test_of_whom_a_chair_is_taken() -> None:
    chairs = Chairs(most=4, of_one=3)
    guests = [Guest(socket.socket(), place) for place in ("a", "b", "b", "c", "d", "b", "b")]
    try:
        taken = [chairs.take(guest) for guest in guests]
    finally:
        for guest in guests:
            guest.line.close()
    assert taken == [None, None, None, None, guests[1], guests[0], guests[2]]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_place_is_what_one_household_has(address: str, place: str) -> None:
    assert place_of(address) == place


def test_whoever_gives_signs_of_life_gives_up_before_they_are_hung_up_on() -> None:
    from beffroi.cli.monitor.living import EVERY, SECONDS  # noqa: PLC0415 - after Django is ready

    assert SECONDS < WITHIN < EVERY
