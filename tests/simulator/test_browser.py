"""Somebody without a browser: which form they fill in, and what they make of a server that fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from beffroi.simulator.browser import AwayError, Browser, Forms, OtherwiseError

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
    with pytest.raises(OtherwiseError, match="no form"):
        forms.that("/elsewhere/", ["colour"])


@contextmanager
def server(status: int) -> Iterator[str]:
    """One that gives everybody the same answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"not json")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as found:
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
