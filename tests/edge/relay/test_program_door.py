"""The front door: what is no request of ours is refused by its own code, reaches no gate, and harms nobody else."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from beffroi.edge.device.allowance import BURST
from beffroi.protocol.v1.frames import ChallengeRequest, Gate, Hello, decode_frame, encode_frame
from beffroi.protocol.v1.gate import NETWORK_CHALLENGES_KEPT
from beffroi.protocol.v1.keyset import VERSION
from beffroi.simulator.screen import Look, Screen
from tests.edge.relay.site import ORIGIN, Site
from tests.edge.street import PATIENCE
from tests.edge.town import CAMERA, HOUR, NOW, allow

HELLO = encode_frame(Hello(VERSION))
FRAME = f"/v1/{CAMERA}/frame"


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as opened:
        yield opened


def request(
    target: str = FRAME, *headers: str, method: str = "POST", body: bytes = HELLO, origin: str | None = ORIGIN
) -> bytes:
    said = [f"{method} {target} HTTP/1.1", "Host: relais", f"Content-Length: {len(body)}", *headers]
    said += [] if origin is None else [f"Origin: {origin}"]
    return "\r\n".join([*said, "", ""]).encode() + body


def answers(opened: socket.socket) -> bytes:
    """Everything until the other side ends it."""
    found = b""
    while data := opened.recv(65_536):
        found += data
    return found


def said(site: Site, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to some bytes, after which we send nothing more."""
    with connected(site) as opened:
        opened.sendall(data)
        opened.shutdown(socket.SHUT_WR)
        head, _, body = answers(opened).partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    return int(line.split(" ")[1]), dict(each.lower().split(": ", 1) for each in rest), body


def test_a_page_of_the_town_is_let_in_and_told_so(site: Site) -> None:
    status, headers, body = said(site, request())
    assert status == 200
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    assert isinstance(decode_frame(body), Gate)


def test_a_browser_that_asks_first_is_answered(site: Site) -> None:
    asked = "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"
    status, headers, body = said(site, request(FRAME, *asked, method="OPTIONS", body=b""))
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-methods"] == "post"
    assert headers["access-control-allow-headers"] == "content-type"
    assert "access-control-allow-credentials" not in headers


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "something behind the path": (request(FRAME + "?token=secret"), 400, "address"),
    "an empty query": (request(FRAME + "?"), 400, "address"),
    "a secret on another path": (request("/anything?chain=secret"), 400, "address"),
    "another site's page": (request(origin="https://ailleurs.example"), 403, "origin"),
    "no page at all": (request(origin=None), 403, "origin"),
    "a sandboxed page": (request(origin="null"), 403, "origin"),
    "our site over another scheme": (request(origin=ORIGIN.replace("https", "http")), 403, "origin"),
    "our site with a port": (request(origin=ORIGIN + ":8443"), 403, "origin"),
    "two pages": (request(FRAME, f"Origin: {ORIGIN}"), 403, "origin"),
    "another site's page that watches": (
        request(f"/v1/{CAMERA}/watch", origin="https://ailleurs.example"),
        403,
        "origin",
    ),
    "another site's page that asks first": (
        request(method="OPTIONS", body=b"", origin="https://ailleurs.example"),
        403,
        "origin",
    ),
    "a page that gets": (request(method="GET", body=b""), 405, "method"),
    "a path that is none": (request("/v1/camera-12/record"), 404, "path"),
    "a path that climbs": (request("/v1/../frame"), 404, "path"),
    "a camera that is no id": (request("/v1/Camera_12/frame"), 404, "path"),
    "an address with a host": (request("http://relais" + FRAME), 404, "path"),
    "a body too long": (request(body=b"x" * 8_193), 413, "size"),
    "a head too long": (request(FRAME, "X: " + "y" * 40_000), 431, "malformed"),
    "an encoding that isn't known": (
        f"POST {FRAME} HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: gzip\r\n\r\n".encode(),
        501,
        "malformed",
    ),
    "two lengths": (request(FRAME, "Content-Length: 3"), 400, "malformed"),
    "something that isn't HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed"),
}


def test_what_is_no_request_is_refused_and_on_no_record(site: Site) -> None:
    before = site.state()["last"]
    for name, (data, status, code) in REFUSED.items():
        found, headers, body = said(site, data)
        assert (found, json.loads(body)) == (status, {"error": code}), name
        assert ("access-control-allow-origin" in headers) == (code == "size"), name
    assert site.state()["last"] == before


def test_a_page_may_ask_twice_on_one_connection(site: Site) -> None:
    with connected(site) as opened:
        opened.sendall(request() + request())
        opened.shutdown(socket.SHUT_WR)
        assert answers(opened).count(b'"f":"gate"') == 2


def test_a_request_that_comes_too_slowly_ends_and_harms_nobody(site: Site) -> None:
    with connected(site) as opened, site.watch() as look:
        opened.sendall(request()[:40])
        assert answers(opened) == b""
        seen = look.picture.frames
        look.until(lambda picture: picture.frames > seen + 10)


def test_whoever_sits_on_all_connections_keeps_nobody_out_and_ends_no_look(site: Site) -> None:
    with site.watch() as look:
        sitting = [socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) for _ in range(30)]
        assert said(site, request())[0] == 200
        seen = look.picture.frames
        look.until(lambda picture: picture.frames > seen + 10)
        for each in sitting:
            each.close()


def test_however_many_strangers_knock_whoever_is_known_is_refused_on_record(site: Site) -> None:
    knock = request("/v1/camera-99/frame")
    with connected(site) as opened:
        opened.sendall(knock * (BURST + 10))
        opened.shutdown(socket.SHUT_WR)
        assert answers(opened).count(b"gate-other") == BURST + 10
    assert site.state()["unrecorded"] == 10
    events = site.state()["last"]
    assert isinstance(events, int)
    assert site.refused(officer=site.officer(end=NOW - HOUR, start=NOW - 2 * HOUR)) == "expired"
    assert site.state()["last"] == events + 1
    assert site.state()["unrecorded"] == 10


def flood(site: Site, count: int, source: str) -> None:
    """So many challenges asked for by somebody at that address, all of them given."""
    asked = request(body=encode_frame(ChallengeRequest(VERSION, CAMERA)))
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE, source_address=(source, 0)) as opened:
        opened.sendall(asked * count)
        opened.shutdown(socket.SHUT_WR)
        assert answers(opened).count(b'"f":"challenge"') == count


def test_whoever_asks_for_very_many_challenges_pushes_out_their_own_alone(site: Site) -> None:
    officer = site.officer().phone()
    screen = Screen(officer, site.place)
    meeting = allow(screen.meet(CAMERA))
    flood(site, 2 * NETWORK_CHALLENGES_KEPT, "127.0.0.2")
    with Look(officer, site.place, meeting, screen.answer(meeting)) as look:
        assert allow(look.result()).admitted


def test_a_browser_that_says_more_while_it_watches_has_left(site: Site) -> None:
    with site.watch() as look:
        look.send(b"GET / HTTP/1.1\r\n\r\n")
        look.rest()
    site.server.until(lambda: "use-ended" in site.server.kinds)
    assert site.server.of("use-ended")[0].get("cause") == "left"


@pytest.fixture
def site_options() -> tuple[str, ...]:
    """A port whose bounds are soon reached."""
    return ("--request-seconds", "1", "--connections", "8")
