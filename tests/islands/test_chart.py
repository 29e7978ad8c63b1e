"""Charts that answer to the pointer stand where the server's drawings stood, and move nothing around them."""

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import BrowserContext, Page, Route

from beffroi.lib.charts import Chart, Series
from tests.islands.street import ORIGIN, STATIC, TYPES, assets

VALUES = tuple(range(1, 13))
CHARTS = [
    Chart(code, code, "Day", tuple(map(str, VALUES)), (Series("openings", VALUES),), lying=code == "lying")
    for code in ("standing", "lying")
]
ALL_LIVE = "() => document.querySelectorAll('.chart-stage[data-live]').length === 2"
MOVED = """() => new Promise((done) => {
  const moved = [];
  const watch = new PerformanceObserver((list) => moved.push(...list.getEntries().map(({ value }) => value)));
  watch.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(moved)));
})"""
LOOKS = 1_200
LOOK_EVERY = 50  # milliseconds


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    """Both kinds, one under the other, once the library has drawn them."""
    figures = "".join(render_to_string("web/chart.html", {"chart": chart, "csv": ""}) for chart in CHARTS)
    html = f"""<!doctype html><html lang="en"><head><title>Charts</title>{assets("shell")}{assets("chart")}</head>
      <body class="office"><main id="main" class="page">{figures}</main></body></html>"""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page = phone.new_page()
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    page.wait_for_function(ALL_LIVE)
    return page


def until(page: Page, shown: bytes, *, same: bool) -> None:
    """Wait for the first chart to look as it did, or otherwise."""
    for _ in range(LOOKS):
        if (page.locator("canvas").first.screenshot() == shown) is same:
            return
        page.wait_for_timeout(LOOK_EVERY)
    pytest.fail("it never looked otherwise" if not same else "it never looked so again")


def test_nothing_moves_when_a_drawing_is_replaced(page: Page) -> None:
    assert page.evaluate(MOVED) == []
    heights = [page.locator(".chart-stage").nth(at).evaluate("stage => stage.clientHeight") for at in range(2)]
    assert heights == [chart.height for chart in CHARTS]


def test_what_the_pointer_brings_goes_away_by_escape(page: Page) -> None:
    page.evaluate("document.fonts.ready.then(() => undefined)")
    page.keyboard.press("Escape")  # drawn again, in letters that are there
    alone = page.locator("canvas").first.screenshot()
    page.locator("canvas").first.hover()
    until(page, alone, same=False)
    page.keyboard.press("Escape")
    until(page, alone, same=True)
