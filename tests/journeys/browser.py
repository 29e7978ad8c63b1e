"""What the journeys share: a town of one's own behind a real web server, and a browser that complains of nothing.

    def test_something(town: Town, visitor: Page) -> None:
        visitor.goto("/login/")

The fixtures are in the conftest beside this module. `town` is a database of the test's own, an authority, its
administrator, and `beffroi web` as a process on a free port. `visitor` is a page of Chromium in French whose console,
policy violations included, must stay silent. Anything written to the database while the browser is open goes through
`Town.act`: Playwright's loop holds the test's own thread.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from scripts.find_browser import find
from tests import database
from tests.journeys.criteria import AXE, CRITERIA

# What is well is not described, and nothing is found again by a selector: a third of the work.
LOOK: Final = """tags => axe.run({
  runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], selectors: false,
})"""
T = TypeVar("T")
PATIENCE: Final = 120.0  # seconds; a slow machine is not a failing one
PASSWORD: Final = "le beffroi sonne neuf heures"
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What a page that is refused on purpose makes the browser write, and what a slow machine does: the font is optional, and a
# map drawn without a graphics card is slow to read back.
EXPECTED: Final = re.compile(
    r"Failed to load resource: the server responded with a status of 4\d\d|was preloaded using link preload but not used"
    r"|GPU stall due to ReadPixels"
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can log in."""

    id: UUID
    email: str
    name: str
    password: str = PASSWORD


@dataclass(frozen=True, slots=True)
class Town:
    """A running installation: where it answers, who administers it, which process its web server is."""

    address: str
    authority: Authority
    administrator: Member
    process: int

    def act(self, action: Callable[[], T]) -> T:
        """Run something that uses the database while the browser is open."""
        return apart(action)

    def member(self, name: str) -> Member:
        """Somebody more, with an account and no role."""
        return self.act(lambda: enrolled(name))


def apart(action: Callable[[], T]) -> T:
    """Run something that uses the database in a thread where no event loop runs."""

    def run() -> T:
        try:
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(run).result()


def enrolled(name: str) -> Member:
    """An account made by the action that makes accounts."""
    email = name.lower().replace(" ", ".") + "@meaux.example"
    person = create_person(email=email, name=name, password=PASSWORD, by=None)
    return Member(person.id, email, name)


def founded() -> tuple[Authority, Member]:
    """A town and its administrator."""
    claire = enrolled("Claire Martin")
    authority = create_authority(slug="meaux", name="Ville de Meaux", by=claire.id)
    begin_membership(
        person=claire.id,
        organisation=authority.organisation,
        role=Role.ADMINISTRATOR,
        valid_from=utc_now(),
        by=claire.id,
    )
    return authority, claire


@contextlib.contextmanager
def serving(info: ConnectionInfo, home: Path, **variables: str) -> Iterator[tuple[str, int]]:
    """The web server as a process of its own on a free port of loopback; yields its address, whose host admits passkeys, and its number."""
    port = free_port()
    key = home / "keys" / "web" / "secret"
    key.parent.mkdir(parents=True)
    key.write_text(secrets.token_urlsafe(64))
    said = home / "web.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")} | {
        "BEFFROI_HOME": str(home),
        "BEFFROI_PORT": str(port),
        "BEFFROI_WEB_PROCESSES": "1",
        "DATABASE_URL": info.app_url,
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
        **variables,
    }
    with said.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "beffroi", "web"], env=environment, stdout=log, stderr=log, cwd=home
        )
    address = f"http://localhost:{port}"
    try:
        await_answer(port, server, said)
        yield address, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(PATIENCE)
        finally:
            server.kill()
            server.wait()
    await_silence(urlsplit(info.app_url).path.lstrip("/"))
    assert "Traceback" not in said.read_text(), said.read_text()


def await_answer(port: int, server: "subprocess.Popen[bytes]", said: Path) -> None:
    """Return when the server listens; fail with what it said when it ends first or says nothing for too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None, f"the web server ended: {said.read_text()}"
        assert time.monotonic() < deadline, f"the web server doesn't answer: {said.read_text()}"
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=PATIENCE):
            return
        time.sleep(0.05)


def await_silence(name: str) -> None:
    """Return when PostgreSQL has ended the sessions of a server that is gone: the owner may not end the application's."""
    deadline = time.monotonic() + PATIENCE
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with psycopg.connect(database.current().owner_url, autocommit=True) as connection:
        while connection.execute(others, [name]).fetchone():
            assert time.monotonic() < deadline, f"somebody is still connected to {name}"
            connections.close_all()
            time.sleep(0.05)


def until(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Return when what no selector says is so, the page going on meanwhile; a failure says what is not."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(50)


@dataclass  # Playwright puts attributes of its own on whoever listens: no slots
class Chromium:
    """A browser for one test; every page opened by `visit` must have left the console silent when the test ends."""

    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)

    def visit(self, **options: Any) -> Page:  # Playwright's own keywords
        """A page in a session of its own: another person, or another device."""
        settings = {"base_url": self.address, "locale": "fr-FR", "viewport": {"width": 1280, "height": 900}} | options
        context: BrowserContext = self.browser.new_context(**settings)
        context.set_default_timeout(PATIENCE * 1000)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context.new_page()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(message.text)


@contextlib.contextmanager
def browsing(address: str, *flags: str) -> Iterator[Chromium]:
    """Chromium for one test, with these flags more; closed before the town is: its loop must be over when Django closes connections."""
    path = find()
    if path is None:
        pytest.skip("no Chromium: scripts/setup installs Debian's or Playwright's")
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        opened = Chromium(browser, address)
        yield opened
        browser.close()
    assert not opened.complaints, "the browser complained:\n" + "\n".join(opened.complaints)


def send(button: Locator) -> None:
    """Press what sends a form, and return once the page that answers is there: whoever goes elsewhere at once would take the form back."""
    with button.page.expect_navigation():
        button.click()


def log_in(page: Page, member: Member) -> None:
    """By address and password, as far as that goes."""
    page.goto("/login/")
    page.get_by_label("Adresse électronique").fill(member.email)
    page.get_by_label("Mot de passe", exact=True).fill(member.password)
    send(page.get_by_role("button", name="Se connecter", exact=True))


def expect_logged_in(page: Page, member: Member) -> None:
    """The home page greets them."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(member.name)


def faults(page: Page) -> list[str]:
    """What axe-core finds against RGAA and WCAG 2.2 AA on the page as it is, seen whole.

    On a shorter screen, what a scroll would bring from under the bar of tabs counts as hidden by it.
    """
    size = page.viewport_size
    assert size is not None
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], whole)})
    page.evaluate(AXE.read_text())
    result = page.evaluate(LOOK, CRITERIA)
    page.set_viewport_size(size)
    return [
        f"{page.url} {rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def authenticator(page: Page, *, verifies: bool = True) -> None:
    """Give the page's browser a built-in authenticator that recognises its owner, or doesn't."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verifies,
                "automaticPresenceSimulation": True,
            }
        },
    )


def one_time_code(secret: str, at: float) -> str:
    """The six digits of RFC 6238 for that moment, in seconds of the epoch."""
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"
