"""Somebody at the town's pages without a browser: the same addresses, forms and operations of the API that everybody uses."""

import http.client
import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

PATIENCE: Final = 20.0
SERVER_FAULT: Final = 500
REFUSED: Final = 400
UNKNOWN: Final = 401
UNACCEPTABLE: Final = 422
COOKIE: Final = "beffroi_csrf"
LOGIN: Final = "/login/"


class TroubleError(Exception):
    """What keeps somebody from going on.

    TroubleError
    ├── AwayError      the server can't be reached, or failed: try again
    └── OtherwiseError it answered something else than what somebody would expect who came to do this
        ├── NoFormError    the page has no such form (any more)
        └── RefusedError   a form was sent, and not accepted
    """


class AwayError(TroubleError):
    """The server can't be reached, or failed."""


class OtherwiseError(TroubleError):
    """The server answered, and not what was expected."""


class NoFormError(OtherwiseError):
    """What could be done there can't be done, or is done already."""


class RefusedError(OtherwiseError):
    """The form came back with what is wrong."""


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes (nowhere: to the page itself), what its fields hold, what its lists offer (words by value)."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    offers: dict[str, dict[str, str]] = field(default_factory=dict)

    def offered(self, name: str, words: str) -> str:
        """The value of the offer whose words begin so. Raises OtherwiseError."""
        for value, said in self.offers.get(name, {}).items():
            if value and said.startswith(words):
                return value
        raise OtherwiseError(f"nothing in {name} is called {words}")


class Forms(HTMLParser):
    """Every form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._list = self._value = ""
        self.feed(page)

    def that(self, path: str, names: Iterable[str]) -> Form:
        """The one that goes to this path, else the first that has these fields. Raises NoFormError."""
        wanted = set(names)
        for form in self.found:
            if form.action == path or (wanted and wanted <= form.values.keys() | form.offers.keys()):
                return form
        raise NoFormError(f"no form for {path}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form, one of its fields, or what a list of it offers."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", "")))
        elif not self.found:
            return
        elif tag == "input" and "name" in said:
            self.found[-1].values[said["name"]] = said.get("value", "")
        elif tag == "select":
            self._list = said.get("name", "")
            self.found[-1].offers[self._list] = {}
        elif tag == "option" and self._list:
            self._value = said.get("value", "")
            self.found[-1].offers[self._list][self._value] = ""

    def handle_data(self, data: str) -> None:
        """The words of an offer."""
        if self._list and self._value:
            self.found[-1].offers[self._list][self._value] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        """The end of an offer, or of a list."""
        if tag == "option":
            self._value = ""
        elif tag == "select":
            self._list = ""


class Browser:
    """Somebody's cookies, and what they do with them; logs in again when asked to."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self._address, self._email, self._password = address, email, password
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))

    def page(self, path: str) -> str:
        """A page, as somebody who is logged in sees it. Raises TroubleError."""
        where, status, text = self._ask(path)
        if where.startswith(LOGIN):
            self._log_in()
            where, status, text = self._ask(path)
        if status >= REFUSED or where.startswith(LOGIN):
            raise OtherwiseError(f"{path}: {status} at {where}")
        return text

    def cookies(self) -> dict[str, str]:
        """What the server asked it to send along, by name."""
        return {cookie.name: cookie.value or "" for cookie in self._jar}

    def form(self, path: str, *names: str) -> Form:
        """The form of a page that has these fields. Raises TroubleError."""
        return Forms(self.page(path)).that(path, names)

    def submit(self, path: str, fields: Mapping[str, str], *, on: str = "") -> tuple[str, str]:
        """Fill in a form and send it; `on` is the page that holds it where that is another. Gives the path it led to, and what stands
        there. Raises TroubleError.
        """
        form = Forms(self.page(on or path)).that(path, fields)
        where, status, text = self._send(path, {**form.values, **fields})
        if status == UNACCEPTABLE:
            raise RefusedError(f"{path}: refused")
        if status >= REFUSED or where.startswith(LOGIN):
            raise OtherwiseError(f"{path}: {status} at {where}")
        return where, text

    def call(self, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """An operation of the API, as somebody who is logged in: its status and what it said. Raises TroubleError."""
        if body is not None and not self._token():
            self._log_in()
        status, text = self._operate(path, body)
        if status == UNKNOWN:
            self._log_in()
            status, text = self._operate(path, body)
        try:
            said = json.loads(text)
        except ValueError as fault:
            raise OtherwiseError(f"{path}: {status}, and no JSON") from fault
        return status, said if isinstance(said, dict) else {}

    def _operate(self, path: str, body: object) -> tuple[int, str]:
        headers = {"Accept": "application/json", "Referer": self._address + path}
        data = None
        if body is not None:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self._token()}
            data = json.dumps(body).encode()
        _where, status, text = self._ask(path, data, **headers)
        return status, text

    def _token(self) -> str:
        """What the API asks of a browser that changes something; empty before the first page with a form."""
        return next((cookie.value or "" for cookie in self._jar if cookie.name == COOKIE), "")

    def _log_in(self) -> None:
        given = {"login": self._email, "password": self._password}
        _where, _status, page = self._ask(LOGIN)
        where, status, _text = self._send(LOGIN, {**Forms(page).that(LOGIN, given).values, **given})
        if status >= REFUSED or where.startswith(LOGIN):
            raise OtherwiseError(f"{self._email} can't log in: {status}")

    def _send(self, path: str, fields: Mapping[str, str]) -> tuple[str, int, str]:
        return self._ask(path, urllib.parse.urlencode(fields).encode(), Referer=self._address + path)

    def _ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[str, int, str]:
        """One request, redirections followed: where it ended, its status, its text."""
        request = urllib.request.Request(  # noqa: S310 - the demonstration's own address
            self._address + path, data=data, headers={"Accept-Language": "fr", **headers}
        )
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return urllib.parse.urlsplit(answer.url).path, answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                if error.code >= SERVER_FAULT:
                    raise AwayError(f"{path}: {error.code}") from error
                return urllib.parse.urlsplit(error.url).path, error.code, error.read().decode()
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
            raise AwayError(f"{path}: {error}") from error
