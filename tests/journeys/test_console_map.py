"""The map of the console: groups keep their worst, layers are switched and remembered, it is as light or dark as the page, it prints."""

from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageStat
from playwright.sync_api import Page, expect

from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import LEFT_OPEN
from tests.journeys.browser import Chromium, Town, until
from tests.journeys.station import at_the_console, opened, operator

LIGHT, DARK = 180, 70  # of 255
PAPER = """() => {
  const paper = document.querySelector(".map-paper");
  const seen = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height).data;
  let sum = 0;
  for (let at = 0; at < seen.length; at += 4) sum += seen[at] + seen[at + 1] + seen[at + 2];
  return sum / (3 * seen.length / 4);
}"""


def drawn(page: Page) -> None:
    expect(page.locator("[data-island=console]")).to_have_attribute("data-map", "drawn")


def brightness(page: Page) -> float:
    """Of the map as it is drawn, from 0 to 255."""
    picture = Image.open(BytesIO(page.locator(".map canvas").screenshot())).convert("L")
    return ImageStat.Stat(picture).mean[0]


def shines(page: Page, *, least: float = 0, most: float = 255) -> None:
    """Wait for the map's brightness, which follows in the next frame or some later one."""
    until(page, lambda: least <= brightness(page) <= most, f"the map is never between {least} and {most}")


def test_a_group_shows_its_worst_and_opens_by_key(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    opened(town, cabinets[0], ago=LEFT_OPEN + timedelta(minutes=1))
    page = at_the_console(chromium, operator(town, "Omar Diallo"), reduced_motion="reduce")
    drawn(page)
    says = page.locator("#map-says")
    expect(says).to_contain_text("Choses visibles : 2. Groupes : 0. Le plus grave : à surveiller.", use_inner_text=True)
    for _ in range(3):
        page.keyboard.press("-")
    expect(says).to_contain_text("Choses visibles : 2. Groupes : 1. Le plus grave : à surveiller.", use_inner_text=True)
    page.keyboard.press("F4")
    expect(page.locator(".map canvas")).to_be_focused()
    page.keyboard.press("Enter")
    expect(says).to_contain_text("Groupes : 0.", use_inner_text=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Ce qui est choisi").get_by_role("heading", level=2)).to_contain_text(
        "PM-77284"
    )


def test_a_layer_that_is_switched_off_stays_so_on_this_browser(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    drawn(page)
    says = page.locator("#map-says")
    expect(says).to_contain_text("Choses visibles : 2.", use_inner_text=True)
    menu = page.locator("summary").filter(has_text="Couches")
    menu.press("Enter")
    box = page.get_by_role("checkbox", name="Armoires")
    box.press(" ")
    expect(box).not_to_be_checked()
    expect(says).to_contain_text("Choses visibles : 0.", use_inner_text=True)
    page.reload()
    drawn(page)
    expect(says).to_contain_text("Choses visibles : 0.", use_inner_text=True)
    menu.press("Enter")
    expect(box).not_to_be_checked()
    expect(box.locator("xpath=..")).to_contain_text("2")


def test_the_map_is_as_light_or_dark_as_the_page_and_white_on_paper(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    page = at_the_console(chromium, operator(town, "Omar Diallo"), color_scheme="light")
    drawn(page)
    shines(page, least=LIGHT)
    page.emulate_media(color_scheme="dark")
    shines(page, most=DARK)
    page.pdf()
    assert page.evaluate(PAPER) > LIGHT
    shines(page, most=DARK)
    page.locator("html").evaluate("root => { root.dataset.theme = 'light' }")
    shines(page, least=LIGHT)
    assert page.locator(".map canvas").get_attribute("aria-label") == "Carte de ce qui est surveillé"


def test_only_the_console_loads_the_map(town: Town, chromium: Chromium) -> None:
    page = chromium.visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.goto("/login/")
    page.goto("/wall/")
    expect(page.locator("[data-island=wall]")).to_have_attribute("data-state", "waiting")
    assert [url for url in asked if "map" in url.rpartition("/")[2].lower()] == []
