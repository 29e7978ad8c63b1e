"""A machine slower than ours, to see that no test in a browser depends on luck.

    .venv/bin/pytest -n0 --slow-browser 6 --late-scripts 1500 tests/journeys/test_desk.py

With `--slow-browser RATE` each page computes so many times slower and each answer reaches it 200 ms late; with `--late-scripts MS`
what a page shows stands there for so long before its scripts take it over. `make slow` runs the journeys and the islands under each.
A test that fails here, and not without, has read or pressed what wasn't there yet: it waits for the wrong thing, or for none.
"""

from typing import Any, Final
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, CDPSession, Page, Route

LATENCY: Final = 200  # milliseconds
SCRIPTS: Final = ("*://*:*/*.js", "*://*:*/*.js?*")


def hold_back(rate: float, late: int) -> None:
    """Hold back each page that is opened from now on in this process, whoever launched its browser."""
    open_page, go_offline, fulfil = BrowserContext.new_page, BrowserContext.set_offline, Route.fulfill
    networks: WeakKeyDictionary[BrowserContext, list[CDPSession]] = WeakKeyDictionary()
    latency = LATENCY if rate > 1 else 0

    def new_page(context: BrowserContext) -> Page:
        page = open_page(context)
        devtools = context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditionsByRule", _network(latency, late))
        networks.setdefault(context, []).append(devtools)
        return page

    def set_offline(context: BrowserContext, offline: bool) -> None:
        """A page's network is what was said of it last."""
        go_offline(context, offline)
        for devtools in networks.get(context, []):
            devtools.send("Network.emulateNetworkConditionsByRule", _network(latency, late, offline=offline))

    def answer(route: Route, **options: Any) -> None:  # Playwright's own keywords
        """What a test answers itself never reaches the network."""
        if late and route.request.resource_type == "script":
            route.request.frame.page.wait_for_timeout(late)
        fulfil(route, **options)

    # Whoever opens a page passes here: launchers are several, and the next one can't be forgotten.
    BrowserContext.new_page, BrowserContext.set_offline, Route.fulfill = new_page, set_offline, answer  # type: ignore[assignment, method-assign]  # as functions of theirs


def _network(latency: int, late: int, *, offline: bool = False) -> dict[str, object]:
    delays = [*((script, latency + late) for script in SCRIPTS), ("", latency)]
    return {
        "offline": offline,
        "matchedNetworkConditions": [
            {"urlPattern": pattern, "latency": delay, "downloadThroughput": -1, "uploadThroughput": -1}
            for pattern, delay in delays
        ],
    }
