"""Somebody at a browser without scripts: pages over HTTPS, forms, cookies. They believe whom they were told to trust, and nobody else.

No name is looked up: the town's stands for this machine, as in its own DNS.
"""

import contextlib
import http.client
import socket
import ssl
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

HERE: Final = "127.0.0.1"
PATIENCE: Final = 600
REDIRECTIONS: Final = range(300, 400)
MOST_HOPS: Final = 6


@dataclass
class Form:
    """`fields` as the page fills them in; `choices` of each list, by what people read."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._list = self._chosen = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action", ""))
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and told.get("name"):
            if told.get("type") not in ("checkbox", "radio", "submit", "button", "file") or "checked" in told:
                self._form.fields[told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._form.fields.setdefault(told.get("name", ""), "")
        elif tag == "select":
            self._list = told["name"]
            self._form.choices[self._list] = {}
        elif tag == "option" and self._list:
            self._option = told.get("value", "")
            self._form.choices[self._list][""] = self._option
            if "selected" in told:
                self._form.fields[self._list] = self._option

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._form is not None and self._option is not None and data.strip():
            self._form.choices[self._list][" ".join(data.split())] = self._option

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._list = ""
        elif tag == "option":
            self._option = None


@dataclass(frozen=True)
class Page:
    """An answer: `text` is what people read of it, `html` the whole."""

    status: int
    url: str
    html: str
    forms: list[Form]
    text: str

    def form(self, *names: str) -> Form:
        """The one with these fields."""
        for form in self.forms:
            if all(name in form.fields or name in form.choices for name in names):
                return form
        raise AssertionError(f"{self.url} has no form with {names}:\n{self.text}")


@dataclass
class Visitor:
    """One browser: `trusted` is PEM."""

    host: str
    port: int
    trusted: str
    cookies: dict[str, str] = field(default_factory=dict)
    at: str = ""

    @property
    def address(self) -> str:
        return f"https://{self.host}:{self.port}"

    def raw(self, method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
        """Status, where it leads, body."""
        parts = urlsplit(urljoin(self.address, url))
        connection = _Line(self.host, self.port, context=ssl.create_default_context(cadata=self.trusted))
        with contextlib.closing(connection):
            told = {
                "Accept-Language": "en",
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            }
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body, {**told, **headers})
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
            return answer.status, answer.headers.get("Location", ""), answer.read()

    def goes(self, url: str) -> Page:
        """To a page, wherever it leads within the town."""
        return self._follows("GET", url)

    def sends(self, form: Form, **given: str) -> Page:
        """A form filled in, by whatever was typed and chosen besides what stands there."""
        body = urlencode({**form.fields, **given}).encode()
        kind = "application/x-www-form-urlencoded"
        return self._follows(
            "POST", form.action or self.at, body, **{"Content-Type": kind, "Referer": urljoin(self.address, self.at)}
        )

    def logs_in(self, name: str, password: str) -> Page:
        """At the front door."""
        page = self.goes("/login/")
        return self.sends(page.form("login", "password"), login=name, password=password)

    def _follows(self, method: str, url: str, body: bytes | None = None, **headers: str) -> Page:
        for _ in range(MOST_HOPS):
            status, where, data = self.raw(method, url, body, **headers)
            if status not in REDIRECTIONS:
                self.at = url
                reader = _Reader()
                html = data.decode("utf-8", "replace")
                reader.feed(html)
                return Page(status, url, html, reader.forms, unescape(" ".join(" ".join(reader.text).split())))
            url = urljoin(urljoin(self.address, url), where)
            assert url.startswith(self.address), f"led away from the town: {url}"
            method, body, headers = "GET", None, {}
        raise AssertionError(f"led in a circle: {url}")


class _Line(http.client.HTTPSConnection):
    """To this machine, for whatever name."""

    def connect(self) -> None:
        plain = socket.create_connection((HERE, self.port), timeout=PATIENCE)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]  # its own


def in_clear(port: int, path: str, host: str) -> tuple[int, bytes]:
    """Over plain HTTP, as whoever trusts nothing yet."""
    with contextlib.closing(http.client.HTTPConnection(HERE, port, timeout=PATIENCE)) as asked:
        asked.request("GET", path, headers={"Host": f"{host}:{port}"})
        answer = asked.getresponse()
        return answer.status, answer.read()
