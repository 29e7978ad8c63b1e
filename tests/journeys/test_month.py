"""What a month costs a technician, and an inhabitant, whose phone is four years old: bytes on a slow network, printed; never a time.

Each kind of visit is made once by a real browser on a wire whose bytes are counted, slowed to 3G with a processor four times slower,
and with the browser's own cache off: what our worker kept is all that spares anything, which is the worst a month can be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, Page, expect

from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.factories import make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.journeys.browser import Chromium, Member, Town, enrolled, log_in
from tests.journeys.meter import Meter, metered

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Chromium's own "Slow 3G": 400 kbit/s either way and 400 ms.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
READY = "navigator.serviceWorker.ready.then(({ active }) => active.state)"
HELD = "() => navigator.serviceWorker.controller !== null"
# A push message is padded to the same length whatever it says (RFC 8030 has services take 4096), and its report is one request.
NOTIFICATION = 4_096 + 1_024
# Rights and key set, challenge, answer and result: a chain of three links is 1,865 bytes.
EXCHANGES = 12_288
DAYS, VISITS, NOTIFICATIONS, DOORS = 30, 2, 3, 5
BUDGET = 2_500_000
# An inhabitant comes when something happens in town: twice a week.
OCCASIONS, INHABITANT_BUDGET = 8, 500_000
HEAP = 20_000_000


@pytest.fixture
def meter(town: Town) -> Iterator[Meter]:
    with metered(town.address) as running:
        yield running


@pytest.fixture
def nadia(town: Town) -> Member:
    def hired() -> Member:
        firm, member = make_organisation("Réseau de l’Ourcq"), enrolled("Nadia Belkacem")
        begin_membership(person=member.id, organisation=firm, role=Role.TECHNICIAN, valid_from=utc_now(), by=None)
        return member

    return town.act(hired)


def slowed(page: Page) -> CDPSession:
    """The page's browser as an old phone on 3G that remembers nothing by itself."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return devtools


def heap(devtools: CDPSession) -> int:
    """Bytes of JavaScript that the page holds."""
    devtools.send("Performance.enable")
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return int(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))


@dataclass
class Month:
    """A page whose visits are weighed on the wire."""

    page: Page
    devtools: CDPSession
    meter: Meter

    def cost(self, visit: Callable[[], object]) -> int:
        """Octets that a visit takes, both ways."""
        self.meter.read()
        visit()
        self.page.wait_for_load_state("networkidle")
        return self.meter.read()

    def settle(self) -> None:
        """Return when our worker answers for the page."""
        self.page.evaluate(READY)
        self.page.wait_for_function(HELD)


@pytest.fixture
def month(chromium: Chromium, meter: Meter) -> Month:
    page = chromium.visit(**PHONE, base_url=meter.address)
    return Month(page, slowed(page), meter)


def assert_within(rows: list[tuple[str, int, int]], budget: int, held: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Print the month, and hold it to its budget."""
    total = sum(times * octets for _what, times, octets in rows)
    table = [f"{what:<40} {times:>4} x {octets:>9,} B" for what, times, octets in rows]
    table += [f"{'a month':<40} {total:>18,} B of {budget:,}", f"{'JavaScript held by a page':<40} {held:>18,} B"]
    with capsys.disabled():
        print("\n" + "\n".join(table))
    assert total <= budget
    assert held <= HEAP


def test_a_technicians_month_stays_under_its_budget(
    nadia: Member, month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    page = month.page

    def first() -> None:
        log_in(page, nadia)
        expect(page.get_by_role("heading", level=1)).to_contain_text(nadia.name)
        month.settle()
        page.goto("/orders/")

    def again() -> None:
        page.goto("/")
        page.goto("/orders/")

    rows = [
        ("first visit, log-in and home screen", 1, month.cost(first)),
        ("a visit: home, orders", DAYS * VISITS, month.cost(again)),
        ("a notification, and its report", DAYS * NOTIFICATIONS, NOTIFICATION),
        ("alerts, after a notification", DAYS * NOTIFICATIONS, month.cost(lambda: page.goto("/alerts/"))),
        ("a page that signs, three exchanges", DOORS, month.cost(lambda: page.goto("/phone/")) + EXCHANGES),
    ]
    assert_within(rows, BUDGET, heap(month.devtools), capsys)


def test_an_inhabitants_month_stays_under_its_budget(
    town: Town, month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    page, jeanne = month.page, town.act(lambda: enrolled("Jeanne Martin"))

    def first() -> None:
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        month.settle()

    def enter() -> None:
        log_in(page, jeanne)
        expect(page.get_by_role("heading", level=1)).to_contain_text(jeanne.name)

    rows = [
        ("first visit, before any log-in", 1, month.cost(first)),
        ("log-in", 1, month.cost(enter)),
        ("a notification, and its report", OCCASIONS, NOTIFICATION),
        ("home, after a notification", OCCASIONS, month.cost(lambda: page.goto("/"))),
        ("what was done for me", 2, month.cost(lambda: page.goto("/account/done-for-me/"))),
        ("a receipt, checked", 1, month.cost(lambda: page.goto("/entries/check/"))),
        ("what is done with my data", 1, month.cost(lambda: page.goto("/legal/meaux/data/"))),
    ]
    assert_within(rows, INHABITANT_BUDGET, heap(month.devtools), capsys)
