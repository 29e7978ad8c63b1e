"""A relay and its cameras, a browser with a key, and the page of a request between them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from beffroi.adapters.process.places import free_port
from tests.edge.relay.site import Cameras, Site
from tests.edge.server import MOSQUITTO, Broker
from tests.edge.town import Town
from tests.islands.player.desk import Desk, enrol, origin
from tests.islands.street import PATIENCE

# What Chromium says of a request that fails, which here it does on purpose; never of what the page itself made.
EXPECTED = re.compile(r"Failed to load resource: (?!net::ERR_FILE_NOT_FOUND)")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    running = Cameras()
    yield running
    running.close()


@pytest.fixture
def desk(tmp_path: Path, broker: Broker, cameras: Cameras) -> Iterator[Desk]:
    """A relay whose clock the test drives, and the page of a request that it admits."""
    page, relay = free_port(), free_port()
    options = ("--clock", "hands", "--listen", f"127.0.0.1:{relay}", "--origin", origin(page))
    with Site.build(Town(), tmp_path / "relay", broker, cameras, *options) as site, Desk(site, page) as desk:
        yield desk


@pytest.fixture
def screen(browser: Browser) -> Iterator[BrowserContext]:
    """A desk's browser with an empty store of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(screen: BrowserContext, desk: Desk) -> Iterator[Page]:
    """A browser whose key has the right; what it complains of is an error."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.match(message.text):
            complaints.append(message.text)

    screen.on("console", complain)
    screen.on("weberror", lambda error: complaints.append(str(error.error)))
    page = screen.new_page()
    enrol(page, desk)
    desk.sign()
    yield page
    assert complaints == []
