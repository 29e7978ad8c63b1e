"""The examples of docs/developers/design.md are what the stylesheets hold, and pass axe on a phone and on a desk, in light and dark."""

import itertools
import pathlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from beffroi.web.templatetags.shell import FILLS
from scripts.find_browser import find
from tests.islands.street import PATIENCE

ROOT = pathlib.Path(__file__).parents[2]
STATIC = ROOT / "src" / "beffroi" / "web" / "static"
SHEET = (ROOT / "docs" / "developers" / "design.md").read_text()
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ORIGIN = "https://design.test"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; frame-src 'self'"
WIDTHS, THEMES = (320, 390, 1280), ("light", "dark")
WHOLE = "office"  # every example but the pocket's own
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def stylesheet() -> pathlib.Path:
    (path,) = (STATIC / "built" / "assets").glob("shell-*.css")
    return path


def script() -> pathlib.Path:
    (path,) = (STATIC / "built" / "assets").glob("shell-*.js")
    return path


def expand(html: str) -> str:
    html = re.sub(
        r'{% icon "([a-z-]+)" %}',
        r'<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#\1"></use></svg>',
        html,
    )
    assets = (
        f'<script type="module" src="/static/built/assets/{script().name}"></script>'
        f'<link rel="stylesheet" href="/static/built/assets/{stylesheet().name}">'
    )
    return re.sub(r"{% vite_asset '[^']+' %}", assets, html)


def pages() -> dict[str, str]:
    """Every page of examples by name: those that name a face stand alone, the others share the office page."""
    blocks = re.findall(r"^```html ?([a-z]*)\n(.*?)^```", SHEET, re.MULTILINE | re.DOTALL)
    (shell,) = (body for face, body in blocks if face == "shell")
    (tabbar,) = (body for face, body in blocks if face == "tabbar")
    found = {"shell": expand(shell)}

    def inside(face: str, body: str) -> str:
        page = re.sub(
            r"<main.*</main>", lambda _: f'<main id="main" tabindex="-1">{body}</main>', shell, flags=re.DOTALL
        )
        return expand(page.replace('class="office"', f'class="{face}"'))

    desk = "".join(f'<section class="stack">{body}</section><hr>' for face, body in blocks if not face)
    for face in ("office", "console"):
        found[face] = inside(face, f'<div class="page stack loose"><h1>Pièces</h1>{desk}</div>')
    for number, body in enumerate(body for face, body in blocks if face == "pocket"):
        title = "" if "<h1>" in body else "<h1>Titre</h1>"
        page = inside("pocket", f'<div class="page">{title}{body}</div>')
        page = re.sub(r'<nav aria-label="Principale">.*?</nav>', "", page, flags=re.DOTALL, count=1)
        found[f"pocket-{number}"] = page if "door" in body else page.replace("</body>", f"{expand(tabbar)}</body>")
    return found


PAGES = pages() if (STATIC / "built").exists() else {}


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path.startswith("/static/"):
        file = STATIC / path.removeprefix("/static/")
        route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
    elif path.removeprefix("/") in PAGES:
        headers = {"content-security-policy": POLICY}
        route.fulfill(body=PAGES[path.removeprefix("/")], content_type="text/html; charset=utf-8", headers=headers)
    else:
        route.fulfill(body="", content_type="text/css")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, name: str, width: int, theme: str) -> tuple[Page, list[str]]:
    """The page, and what the console complained of."""
    page = browser.new_page(viewport={"width": width, "height": 844}, reduced_motion="reduce", bypass_csp=False)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/{name}")
    page.locator("html").evaluate("(root, theme) => { root.dataset.theme = theme }", theme)
    return page, complaints


def test_every_class_shown_is_styled_and_every_class_styled_is_shown() -> None:
    styled = set(re.findall(r"\.(-?[a-z][a-z0-9-]*)", re.sub(r"url\([^)]*\)|/\*.*?\*/", "", stylesheet().read_text())))
    shown = {name for names in re.findall(r'class="([^"]*)"', SHEET) for name in names.split()}
    told = set(re.findall(r"[a-z0-9-]+", " ".join(re.findall(r"`([^`]*)`", SHEET))))
    assert shown - styled == set()
    assert styled - shown - told == set()


def test_every_icon_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    named = re.search(r"^Names: (.*?)\.$", SHEET, re.MULTILINE | re.DOTALL)
    assert named is not None
    assert set(named.group(1).split()) == drawn
    assert set(re.findall(r'{% icon "([a-z-]+)" %}', SHEET)) - {"name"} <= drawn


def test_paper_has_the_colours_of_charts() -> None:
    css = (ROOT / "frontend" / "src" / "styles" / "chart.css").read_text()
    assert tuple(re.findall(r"--chart-\d: light-dark\((#\w+),", css)) == FILLS


def test_the_built_files_hold_no_data_address_and_no_other_host() -> None:
    for path in (stylesheet(), script()):
        assert "data:" not in path.read_text().replace('"data:"', ""), path.name
        assert re.findall(r"(?:url\(|@import )[\"']?https?:", path.read_text()) == []


def test_the_current_one_among_buttons_shows_otherwise_than_by_its_colour(browser: Browser) -> None:
    page, _ = opened(browser, "office", 1280, "light")
    shown = (
        "all => all.map((one) => [getComputedStyle(one).boxShadow.includes('inset'), getComputedStyle(one).fontWeight])"
    )
    tabs = page.get_by_role("navigation", name="Réglages")
    (here,) = tabs.locator("[aria-current]").evaluate_all(shown)
    (other,) = tabs.locator("a:not([aria-current])").evaluate_all(shown)
    assert here[0]
    assert not other[0]
    assert here[1] != other[1]
    page.close()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_examples_pass_axe_and_never_scroll_sideways(browser: Browser, name: str) -> None:
    """A page that shows everything is tried by axe in every way, the others in two, by turns; none is ever too wide."""
    ways = list(itertools.product(WIDTHS, THEMES))
    turn = sorted(PAGES).index(name)
    page, complaints = opened(browser, name, *ways[0])
    page.evaluate(AXE.read_text())
    faults: list[str] = []
    beyond: dict[tuple[int, str], int] = {}
    for number, (width, theme) in enumerate(ways):
        page.set_viewport_size({"width": width, "height": 844})
        page.locator("html").evaluate("(root, theme) => { root.dataset.theme = theme }", theme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        beyond |= {(width, theme): wide} if wide > width else {}
        if name == WHOLE or number in (turn % len(ways), (turn + 3) % len(ways)):
            result = page.evaluate("axe.run({ rules: { 'heading-order': { enabled: true } } })")
            faults += [
                f"{width} {theme} {rule['id']}: {node['html']} {node['failureSummary']}"
                for rule in result["violations"]
                for node in rule["nodes"]
            ]
    assert faults == []
    assert beyond == {}
    assert complaints == []
    page.close()
