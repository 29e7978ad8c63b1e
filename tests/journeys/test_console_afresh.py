"""When a screen must read everything afresh: nothing that came meanwhile is lost, one reading is enough, and each alert counts once."""

from playwright.sync_api import Page, Route, expect

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.registry import TOPIC
from beffroi.systems.cabinets.models import Cabinet
from beffroi.web.console.state import MOST
from tests.journeys.browser import Chromium, Town, until
from tests.journeys.station import FORCED, OPEN, alarm, alarms, at_the_console, operator, overflow, sit_down, tell

STATE, LIVE = "**/console/state/", "**/live/*"


def hear_beside(page: Page) -> None:
    """A stream beside the page's own, to know when a change has gone out to screens."""
    page.evaluate(
        """() => new Promise(ready => {
          window.heard = "";
          const source = new EventSource("/live/");
          source.addEventListener("ready", ready);
          source.addEventListener("change", event => { window.heard += event.data; });
        })"""
    )


def test_what_happens_while_everything_is_read_is_not_lost(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(STATE, hold)
    hear_beside(page)
    overflow(town)
    until(page, lambda: bool(held), "nothing is read afresh")
    answer = held[0].fetch()
    alert = alarm(town, cabinets[0], FORCED)
    page.wait_for_function("id => window.heard.includes(id)", arg=str(alert))
    held[0].fulfill(response=answer)
    line = page.locator(f"#alert-{alert}")
    expect(line).to_be_visible()
    other = alarm(town, cabinets[1], FORCED)
    expect(page.locator(f"#alert-{other}")).to_be_visible()
    expect(line).to_be_visible()
    assert len(held) == 1


def test_while_the_server_is_away_one_reading_at_a_time_is_tried(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    """Behind a proxy, which answers for it: a stream that is refused is over for a browser, and the page must try again."""
    page = chromium.visit()
    page.clock.install()
    readings: list[str] = []

    def read(route: Route) -> None:
        readings.append(route.request.url)
        if len(readings) == 1:
            route.continue_()
        else:
            route.fulfill(status=502)

    page.route(STATE, read)
    page.route(LIVE, lambda route: route.fulfill(status=502))
    sit_down(page, operator(town, "Omar Diallo"))
    root, began = page.locator("[data-island=console]"), moment(page)

    def tried() -> bool:
        page.clock.run_for(1000)
        return moment(page) >= began + 60 and len(readings) > 3

    until(page, tried, "it is not tried again")
    assert len(readings) <= 2 + (moment(page) - began) / 3
    expect(page.get_by_text("Ce que vous voyez n’est plus à jour")).to_be_visible()
    page.unroute(STATE)
    page.unroute(LIVE)
    page.clock.run_for(10_000)
    expect(page.get_by_text("Ce que vous voyez n’est plus à jour")).to_be_hidden()
    expect(root).to_have_attribute("data-state", "ready")
    chromium.complaints[:] = [one for one in chromium.complaints if "502" not in one]


def moment(page: Page) -> float:
    """The page's own time, in seconds."""
    return float(page.evaluate("Date.now()")) / 1000


def test_alerts_beyond_those_that_are_shown_count_once(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    """Their next step has all of them told again, those too that the screen was never sent."""
    alarms(town, cabinets[0], OPEN, MOST + 5)
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    waiting, lines = page.locator("[data-slot=waiting]"), page.get_by_role("option")
    expect(waiting).to_have_text(untaken(town))
    expect(lines).to_have_count(MOST)

    def step() -> None:
        tell(authority=town.authority.id, topic=TOPIC, subjects=list(Alert.objects.values_list("id", flat=True)))

    with page.expect_request(STATE):
        town.act(step)
    expect(waiting).to_have_text(untaken(town))
    expect(lines).to_have_count(MOST)
    gravest = alarm(town, cabinets[1], FORCED)
    expect(page.locator(f"#alert-{gravest}")).to_be_visible()
    expect(waiting).to_have_text(untaken(town))


def untaken(town: Town) -> str:
    """How many alerts wait, those included that say that another one reaches nobody."""
    return str(town.act(lambda: Alert.objects.filter(ended_at__isnull=True, taken_by__isnull=True).count()))
