"""Pages under the hands of people who use the keyboard alone, large or wide text, other colours, no movement."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.faces.stand import Stand

ROLE: Final = "administrator"
PAGES: Final = ("/", "/cabinets/", "/told/of/<slug:slug>/", "/alerts/", "/alerts/preferences/")
STOPS: Final = 200
# Where the focus is: what it is, whether it is seen, and whether something lies over it.
STOP: Final = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const box = at.getClientRects()[0] ?? at.getBoundingClientRect(), style = getComputedStyle(at);
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 0), innerHeight - 1);
  const over = document.elementFromPoint(x, y);
  return {
    what: at.outerHTML.slice(0, 100),
    ring: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    under: over && !(at.contains(over) || over.contains(at) || at.labels?.[0]?.contains(over)) ? over.outerHTML.slice(0, 100) : "",
  };
}"""
# What holds text that doesn't fit it, and hides what is beyond.
CUT: Final = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one);
  const hides = style.overflowX === "hidden" || style.overflowX === "clip";
  const shown = style.visibility === "visible" && style.clipPath === "none" && one.getClientRects().length > 0;
  return hides && shown && one.scrollWidth > one.clientWidth + 1 && style.textOverflow !== "ellipsis" && one.innerText?.trim();
}).map((one) => one.outerHTML.slice(0, 120))"""
WIDER: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""


@pytest.fixture
def desk(stand: "Stand") -> Iterator[Page]:
    """The administrator's, in French, on a desk."""
    page = stand.page(ROLE, "fr")
    page.set_viewport_size({"width": 1280, "height": 844})
    yield page
    page.emulate_media(color_scheme=None, forced_colors=None, reduced_motion="reduce")


def beyond(page: Page) -> int:
    """Pixels that the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_the_first_stop_leads_to_the_content(stand: "Stand", desk: Page) -> None:
    stand.show(desk, "/cabinets/")
    desk.keyboard.press("Tab")
    expect(desk.locator(".skip")).to_be_focused()
    expect(desk.locator(".skip")).to_be_in_viewport()
    desk.keyboard.press("Enter")
    expect(desk.locator("#main")).to_be_focused()
    desk.keyboard.press("Tab")
    assert desk.evaluate(
        "document.activeElement.closest('#main') !== null && document.activeElement.closest('nav.side') === null"
    )


@pytest.mark.parametrize("route", PAGES)
def test_the_focus_is_seen_at_every_stop_and_leaves_by_the_end(stand: "Stand", desk: Page, route: str) -> None:
    stand.show(desk, route)
    stops = []
    for _ in range(STOPS):
        desk.keyboard.press("Tab")
        stop = desk.evaluate(STOP)
        if stop is None:
            break
        stops.append(stop)
    assert 10 < len(stops) < STOPS
    ringless = [stop["what"] for stop in stops if stop["ring"] < 2]
    assert not ringless, "\n".join(ringless)
    hidden = [f"{stop['what']} under {stop['under']}" for stop in stops if stop["under"]]
    assert not hidden, "\n".join(hidden)


def test_the_menu_of_a_phone_opens_and_closes_by_keys(stand: "Stand", desk: Page) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    stand.show(desk, "/cabinets/")
    menu = desk.locator("details.menu.narrow-only")
    menu.locator("> summary").focus()
    desk.keyboard.press("Enter")
    here = menu.locator("a[aria-current=page]")
    expect(here).to_be_visible()
    group = menu.locator("details.menu-group:not([open])").first
    group.locator("summary").focus()
    desk.keyboard.press("Enter")
    expect(menu.locator("details.menu-group[open]")).to_have_count(2)
    desk.keyboard.press("Escape")
    expect(here).to_be_hidden()
    expect(menu.locator("> summary")).to_be_focused()


def test_a_dialog_keeps_the_focus_and_gives_it_back(stand: "Stand", desk: Page) -> None:
    desk.goto("/office/design/dialog/")
    opener = desk.locator("[data-dialog-open]").first
    opener.focus()
    desk.keyboard.press("Enter")
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_be_visible()
    for _ in range(6):
        desk.keyboard.press("Tab")
        assert desk.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog[open]') !== null"
        )
    desk.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_wrong_field_takes_the_focus(stand: "Stand", desk: Page) -> None:
    stand.show(desk, "/told/audiences/add/")
    desk.locator("main form button[type=submit]").last.click()
    wrong = desk.locator("[aria-invalid=true]").first
    expect(wrong).to_be_focused()
    described = desk.evaluate(
        "document.activeElement.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id)?.innerText)"
    )
    assert all(described), "the field says what is wrong"
    assert desk.title().startswith("À corriger")


def test_text_twice_as_large_loses_nothing(stand: "Stand", desk: Page) -> None:
    lost = {}
    for route in PAGES:
        stand.show(desk, route)
        desk.evaluate("document.documentElement.style.fontSize = '200%'")
        if beyond(desk) > 0 or desk.evaluate(CUT):
            lost[route] = (beyond(desk), desk.evaluate(CUT))
    assert lost == {}


def test_wider_text_loses_nothing(stand: "Stand", desk: Page) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    lost = {}
    for route in PAGES:
        stand.show(desk, route)
        desk.evaluate(WIDER)
        if beyond(desk) > 0 or desk.evaluate(CUT):
            lost[route] = (beyond(desk), desk.evaluate(CUT))
    assert lost == {}


def test_a_zoom_of_400_per_cent_scrolls_one_way_only(stand: "Stand", desk: Page) -> None:
    """1280 pixels at 400 % are 320, and a low window."""
    desk.set_viewport_size({"width": 320, "height": 256})
    wide = {}
    for route in PAGES:
        stand.show(desk, route)
        if beyond(desk) > 0:
            wide[route] = beyond(desk)
    assert wide == {}


def test_where_one_is_shows_in_forced_colours(stand: "Stand", desk: Page) -> None:
    desk.emulate_media(forced_colors="active")
    stand.show(desk, "/cabinets/")
    edges = "one => getComputedStyle(one).borderInlineStartColor"
    here = desk.locator(".side a[aria-current]").first.evaluate(edges)
    others = set(desk.locator(".side a:not([aria-current])").evaluate_all(f"all => all.map({edges})"))
    assert here not in others
    widths = desk.locator(".button:visible").evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).borderTopWidth))"
    )
    assert min(widths) >= 1, "a button has an edge"


def test_the_menu_beside_a_page_is_whole_however_low_the_window(stand: "Stand", desk: Page) -> None:
    desk.set_viewport_size({"width": 1280, "height": 480})
    stand.show(desk, "/devices/")  # its group is one that is folded elsewhere
    assert desk.locator(".side details[open] a[aria-current]").count() == 1
    menu = desk.locator(".side")
    menu.evaluate("menu => menu.querySelectorAll('details').forEach((group) => { group.open = true })")
    assert menu.evaluate("menu => menu.scrollHeight - menu.clientHeight") <= 0, "it is never a window in the window"
    last = menu.locator("a").last
    last.focus()
    expect(last).to_be_in_viewport(ratio=1)


def test_nothing_moves_for_those_who_asked(desk: Page) -> None:
    desk.emulate_media(reduced_motion="no-preference")
    desk.goto("/office/design/states/")
    moving = "document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime > 100).length"
    assert desk.evaluate(moving) > 0
    desk.emulate_media(reduced_motion="reduce")
    expect(desk.locator("h1")).to_be_visible()
    desk.wait_for_function(f"{moving} === 0")
