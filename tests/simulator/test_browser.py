"""Somebody without a browser: which form they fill in, and what they make of a server that fails."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from beffroi.simulator.browser import COOKIE, AwayError, Browser, Forms, NoFormError, OtherwiseError

PAGE = """
<form action="/language/"><input name="next" value="/orders/add/"></form>
<form method="post"><input name="token" value="abc"><input name="starts" value="09:00">
  <select name="cabinet"><option value="">choose</option><option value="7">PM-1 &middot; 3 rue Saint-Rémy</option></select></form>
<form action="/team/1/code/"><input name="token" value="def"></form>
"""


def test_the_form_that_is_filled_in_is_the_right_one() -> None:
    forms = Forms(PAGE)
    order = forms.that("/orders/add/", ["starts"])
    assert order.values == {"token": "abc", "starts": "09:00"}
    assert order.offered("cabinet", "PM-1") == "7"
    assert forms.that("/team/1/code/", []).values == {"token": "def"}
    with pytest.raises(OtherwiseError, match="PM-2"):
        order.offered("cabinet", "PM-2")
    with pytest.raises(NoFormError, match="no form"):
        forms.that("/elsewhere/", ["colour"])


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(text.encode())


def server(status: int) -> AbstractContextManager[str]:
    """One that gives everybody the same answer."""

    class Answer(Quiet):
        def do_GET(self) -> None:
            self.answer(status, "not json")

    return served(Answer)


class Town(Quiet):
    """Log-ins, and one operation for whoever is logged in; it forgets its sessions when a test says so."""

    sessions: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        self.answer(200, '<form method="post"><input name="login"><input name="password"></form>')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/login/":
            name = f"session-{len(self.sessions)}"
            self.sessions.add(name)
            self.answer(
                302,
                "",
                ("Set-Cookie", f"s={name}; Path=/"),
                ("Set-Cookie", f"{COOKIE}=token; Path=/"),
                ("Location", "/welcome/"),
            )
        elif not any(name in self.headers.get("Cookie", "") for name in self.sessions):
            self.answer(401, "{}")
        else:
            self.answer(200 if self.headers["X-CSRFToken"] == "token" else 403, '{"done": true}')


@contextmanager
def served(handler: type[Quiet]) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()


def test_a_server_that_fails_is_away_and_one_that_refuses_is_not() -> None:
    with server(502) as address, pytest.raises(AwayError):
        Browser(address, "a@b.example", "-").page("/")
    with server(404) as address, pytest.raises(OtherwiseError, match="404"):
        Browser(address, "a@b.example", "-").page("/")
    with server(200) as address, pytest.raises(OtherwiseError, match="no JSON"):
        Browser(address, "a@b.example", "-").call("/api/v1/holder/grants")
    with pytest.raises(AwayError):
        Browser(address, "a@b.example", "-").page("/")


def test_somebody_whose_session_is_over_logs_in_again() -> None:
    with served(Town) as address:
        browser = Browser(address, "a@b.example", "-")
        assert browser.call("/api/v1/work", {}) == (200, {"done": True})
        Town.sessions.clear()
        Town.sessions.add("somebody else's")
        assert browser.call("/api/v1/work", {}) == (200, {"done": True})
