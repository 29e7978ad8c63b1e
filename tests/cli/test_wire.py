"""What strangers may send to the web server: heads without an end, heads that never come, two lengths at once."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from beffroi.cli.wire import MOST_HEAD, Wire

PATIENCE = 120.0  # seconds; a slow machine is not a failing one
SHORT, LONGER = 0.2, 2.0


class Hasty(Wire):
    """Waits for no head longer than a test does."""

    head_within: ClassVar[float] = SHORT


class Boundless(Wire):
    """Never loses patience: what ends there is what was too long."""

    head_within: ClassVar[float] = 20 * PATIENCE


class Patient(Wire):
    """Waits long enough for a head that is there."""

    head_within: ClassVar[float] = LONGER


async def told(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Says how many octets were sent."""
    count, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # they were cut off, or hung up, before the end
            return
        count, more = count + len(message["body"]), message["more_body"]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")], "trailers": False}
    )
    await send({"type": "http.response.body", "body": b"%08d" % count, "more_body": False})


@contextlib.contextmanager
def serving(wire: type[Wire]) -> Iterator[int]:
    """A server that speaks so; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(told, http=wire, ws="none", lifespan="off", log_config=None, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Boundless) as number:
        yield number


@pytest.fixture(scope="module")
def hasty() -> Iterator[int]:
    with serving(Hasty) as number:
        yield number


def said(port: int, *parts: bytes, every: float = 0.0) -> bytes:
    """All that is answered to these parts, until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        with contextlib.suppress(OSError):  # it may hang up while we still speak
            for part in parts:
                line.sendall(part)
                time.sleep(every)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while found := line.recv(65_536):
                answer += found
        return answer


def request(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: localhost", b"Connection: close", *lines, b"", b""]) + body


def test_a_photo_arrives_whole(port: int) -> None:
    photo = bytes(2_000_000)
    assert said(port, request(b"Content-Length: 2000000", body=photo)).endswith(b"02000000")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [photo[:70_000]] * 20) + b"0\r\n\r\n"
    assert said(port, request(b"Transfer-Encoding: chunked", body=chunks)).endswith(b"01400000")


ENDLESS = b"a" * 1000


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"GET /", *[ENDLESS] * 5000], id="an address"),
        pytest.param([b"GET / HTTP/1.1\r\nA: ", *[ENDLESS] * 5000], id="one value"),
        pytest.param([b"GET / HTTP/1.1\r\n", *[b"A: b\r\n" * 200] * 5000], id="many lines"),
        pytest.param([b"\r\n" * 500] * 5000, id="empty lines"),
        pytest.param([request(b"Transfer-Encoding: chunked"), b"1;", *[ENDLESS] * 5000], id="what a chunk is called"),
        pytest.param(
            [request(b"Transfer-Encoding: chunked"), b"0\r\n", *[b"A: b\r\n" * 200] * 5000], id="lines after a body"
        ),
    ],
)
def test_a_head_without_an_end_is_cut(port: int, parts: list[bytes]) -> None:
    answer = said(port, *parts)
    assert b" 200 " not in answer
    assert answer == b"" or b" 400 " in answer


def test_a_head_of_a_usual_browser_passes(port: int) -> None:
    cookies = b"Cookie: " + b"a" * (MOST_HEAD // 4)
    assert b" 200 " in said(port, request(cookies, b"Content-Length: 0"))


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([b"Content-Length: 3", b"Content-Length: 4"], id="two lengths"),
        pytest.param([b"Content-Length: 3", b"Transfer-Encoding: chunked"], id="a length and chunks"),
        pytest.param([b"Content-Length: -3"], id="less than nothing"),
        pytest.param([b"Transfer-Encoding: chunked, gzip"], id="chunks that are not the last"),
        pytest.param([b"A : b"], id="a name with a space"),
        pytest.param([b" folded"], id="a line that goes on"),
    ],
)
def test_what_two_servers_could_read_otherwise_is_refused(port: int, lines: list[bytes]) -> None:
    assert b" 400 " in said(port, request(*lines, body=b"abc\r\n0\r\n\r\n")).splitlines()[0]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"GET / HT"], id="a beginning"),
        pytest.param([b"GET / HTTP/1.1\r\n", *[b"A: b\r\n"] * 8], id="a line now and then"),
        pytest.param([b"\r\n"] * 8, id="empty lines now and then"),
    ],
)
def test_who_sends_no_head_is_hung_up_on(hasty: int, parts: list[bytes]) -> None:
    assert said(hasty, *parts, every=SHORT / 2) == b""


def test_a_body_may_come_slowly() -> None:
    with serving(Patient) as port:
        answer = said(port, request(b"Content-Length: 4"), b"a", b"b", b"c", b"d", every=LONGER / 3)
    assert answer.endswith(b"00000004")
