"""Every page passes axe-core's rules for RGAA and WCAG 2.2 AA, never scrolls sideways, and doesn't move once drawn.

In a run of all tests each page is looked at once, in one of the twelve ways. `make axe` looks at each in all
twelve ways, as whoever sees most of it and as whoever sees least, a part of the pages in each process, and writes
docs/accessibility/axe.md.
"""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest

from tests.faces.served import LANGUAGES, Seen, once, widely
from tests.journeys.browser import faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.faces.stand import Stand

THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
WIDTHS: Final = (320, 390, 1280)
PARTS: Final = 4
WAYS: Final = tuple(itertools.product(LANGUAGES, THEMES, WIDTHS))
# Notes, before a page is read, when its second whole frame begins: a slow line, or a busy machine, shows it piece by piece until
# the first.
DRAWN: Final = """document.addEventListener("readystatechange", () => {
  if (document.readyState === "interactive")
    requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = performance.now(); }));
})"""
# Which elements moved after it, without anybody's doing.
MOVED: Final = """() => new Promise((done) => {
  const look = () => {
    if (window.drawn === undefined) { requestAnimationFrame(look); return; }
    const moved = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput && entry.startTime >= window.drawn)
        moved.push(entry.sources.map((source) => source.node?.outerHTML?.slice(0, 120) ?? "").join(" | "));
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => done(moved)));
  };
  look();
})"""


# The page knows the theme, and two frames were drawn since.
DRESSED: Final = """async (theme) => {
  const frame = () => new Promise(requestAnimationFrame);
  while (!matchMedia(`(prefers-color-scheme: ${theme})`).matches) await frame();
  await frame();
  await frame();
}"""


@dataclass(frozen=True)
class Look:
    """A page, how it was looked at, and what was wrong."""

    seen: Seen
    language: str
    theme: str
    width: int
    faults: list[str]
    beyond: int
    moved: list[str]

    @property
    def wrong(self) -> list[str]:
        """All of it, in words."""
        wide = [f"{self.beyond} px too wide"] if self.beyond > 0 else []
        return [*self.faults, *wide, *(f"moved: {one}" for one in self.moved)]

    def __str__(self) -> str:
        return f"{self.seen}: {self.language}, {self.theme}, {self.width} px"


def look(page: "Page", seen: Seen, language: str, theme: str, width: int, *, fresh: bool = True) -> Look:
    """What is wrong with the page as it stands; what moved, as long as it was not dressed anew."""
    moved = page.evaluate(MOVED) if fresh else []
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return Look(seen, language, theme, width, faults(page), beyond, moved)


def watched(page: "Page", known: "set[Page]") -> "Page":
    """The same page, whose next documents note when they were drawn."""
    if page not in known:
        page.add_init_script(DRAWN)
        known.add(page)
    return page


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The whole is looked at by parts, each in a process of its own."""
    if "looks" in metafunc.fixturenames and metafunc.config.getoption("--axe-report"):
        metafunc.parametrize("looks", range(PARTS), indirect=True, scope="module")


@pytest.fixture(scope="module")
def looks(stand: "Stand", request: pytest.FixtureRequest) -> list[Look]:
    """Every page, looked at."""
    report = request.config.getoption("--axe-report")
    if not report:
        return looked_at_once(stand)
    found = looked_at_wholly(stand, request.param)
    Path(report).mkdir(parents=True, exist_ok=True)
    lines = [(one.seen.route, one.seen.role, str(one), one.wrong) for one in found]
    (Path(report) / f"{request.param}.json").write_text(json.dumps(lines))
    return found


def looked_at_once(stand: "Stand") -> list[Look]:
    """Each page in one of the ways, each way as often as the others."""
    found: list[Look] = []
    known: set[Page] = set()
    for turn, seen in enumerate(stand.among(once())):
        language, theme, width = WAYS[turn % len(WAYS)]
        page = watched(stand.page(seen.role, language), known)
        dress(page, theme, width)
        stand.show(page, seen.route)
        found.append(look(page, seen, language, theme, width))
    return found


def looked_at_wholly(stand: "Stand", part: int) -> list[Look]:
    """A part of the pages in every way; each is read once a language, and then dressed."""
    found: list[Look] = []
    known: set[Page] = set()
    for seen in stand.among(widely())[part::PARTS]:
        for language in LANGUAGES:
            page = watched(stand.page(seen.role, language), known)
            for turn, (theme, width) in enumerate(itertools.product(THEMES, WIDTHS)):
                dress(page, theme, width)
                if not turn:
                    stand.show(page, seen.route)
                found.append(look(page, seen, language, theme, width, fresh=not turn))
    return found


def dress(page: "Page", theme: Literal["light", "dark"], width: int) -> None:
    """The page as it is drawn with this theme and this width, from its next frame on."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate(DRESSED, theme)


def test_every_page_passes_axe(looks: list[Look], request: pytest.FixtureRequest) -> None:
    """A part of the whole is tried by this test alone, for all that can be wrong."""
    whole = request.config.getoption("--axe-report")
    told = [f"{one}: {fault}" for one in looks for fault in (one.wrong if whole else one.faults)]
    assert not told, "\n".join(told)


def test_no_page_scrolls_sideways(looks: list[Look]) -> None:
    told = [f"{one}: {one.beyond} px too wide" for one in looks if one.beyond > 0]
    assert not told, "\n".join(told)


def test_no_page_moves_once_drawn(looks: list[Look]) -> None:
    told = [f"{one}: {one.moved}" for one in looks if one.moved]
    assert not told, "\n".join(told)


def test_every_way_of_looking_is_tried(looks: list[Look]) -> None:
    assert {(one.language, one.theme, one.width) for one in looks} == set(WAYS)
