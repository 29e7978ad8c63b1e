"""Islands are tried in the browser that the set-up installed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from scripts.find_browser import find
from tests.islands.street import PATIENCE
from tests.protocol.protocol_world import World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after each module: two of Playwright's loops can't live in one thread."""
    path = find()
    assert path is not None, "no browser: run scripts/setup"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone-sized browser with an empty store of its own."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="session")
def world() -> World:
    """An authority, its lock and its people."""
    return World()
