"""`make screenshots`: the main pages of each face, light and dark, on a desk and on a phone, in both languages, as pictures to look at.

    python -m tests.faces.screenshots FOLDER [ADDRESS]

It starts a demonstration of its own and stops it; with an address it looks at one that already runs.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from beffroi.cli.demo.people import PASSWORD
from scripts.find_browser import find
from tests.journeys.demonstration import demonstration

MEAUX: Final = "meaux"


@dataclass(frozen=True)
class View:
    """A page of a face: whose, where; `then` is a link of it to follow."""

    face: str
    name: str
    path: str
    email: str = ""
    then: str = ""


@dataclass(frozen=True)
class Way:
    """How it is looked at."""

    name: str
    locale: str
    theme: Literal["light", "dark"]
    width: int
    height: int


ADMINISTRATOR, OPERATOR, DESK, TECHNICIAN, LANDLORD, CARETAKER = (
    "admin@meaux.example",
    "police@meaux.example",
    "bob@fibre77.example",
    "theo@fibre77.example",
    "astreinte@troisponts.example",
    "gardienne@troisponts.example",
)
VIEWS: Final = (
    View("public", "home", "/"),
    View("public", "log-in", "/login/"),
    View("public", "help", "/login/help/"),
    View("public", "legal", f"/legal/{MEAUX}/"),
    View("public", "missing", "/no-such-page/"),
    View("public", "cameras", f"/video/at/{MEAUX}/"),
    View("console", "console", "/console/", OPERATOR),
    View("console", "alerts", "/alerts/", OPERATOR),
    View("office", "images-ask", "/video/ask/", OPERATOR),
    View("office", "viewings", "/video/viewings/", OPERATOR),
    View("office", "cameras", "/video/", ADMINISTRATOR),
    View("office", "access-requests", "/video/access/", ADMINISTRATOR),
    View("office", "home", "/", ADMINISTRATOR),
    View("office", "cabinets", "/cabinets/", ADMINISTRATOR),
    View("office", "cabinet", "/cabinets/", ADMINISTRATOR, "main tbody a"),
    View("office", "cabinet-add", "/cabinets/add/", ADMINISTRATOR),
    View("office", "conventions", "/conventions/", ADMINISTRATOR),
    View(
        "office",
        "convention",
        "/conventions/",
        ADMINISTRATOR,
        "main :is(li, td, th, .grid) a[href^='/conventions/']:not([href*='/add/'], [href*=draft], [aria-current])",
    ),
    View("office", "convention-add", "/conventions/add/", ADMINISTRATOR),
    View("office", "orders", "/orders/", ADMINISTRATOR),
    View("office", "told", "/told/", ADMINISTRATOR),
    View("office", "rosters", "/told/rosters/", ADMINISTRATOR),
    View("office", "audiences", "/told/audiences/", ADMINISTRATOR),
    View("office", "devices", "/devices/", ADMINISTRATOR),
    View("office", "people", "/people/", ADMINISTRATOR),
    View("office", "register", "/entries/", ADMINISTRATOR),
    View("office", "figures", f"/figures/{MEAUX}/cabinets/", ADMINISTRATOR),
    View("office", "counter", "/counter/", ADMINISTRATOR),
    View("office", "retention", "/retention/", ADMINISTRATOR),
    View("office", "settings", f"/settings/{MEAUX}/", ADMINISTRATOR),
    View("office", "account", "/account/", ADMINISTRATOR),
    View("office", "design", "/office/design/", ADMINISTRATOR),
    View("office", "design-forms", "/office/design/forms/", ADMINISTRATOR),
    View("partner", "home", "/", DESK),
    View("partner", "orders", "/orders/", DESK),
    View("partner", "order-add", "/orders/add/", DESK),
    View("partner", "team", "/team/", DESK),
    View("partner", "images", "/video/requests/", LANDLORD),
    View("pocket", "home", "/", TECHNICIAN),
    View("pocket", "orders", "/orders/", TECHNICIAN),
    View("pocket", "phone", "/phone/", TECHNICIAN),
    View("pocket", "alerts", "/alerts/", TECHNICIAN),
    View("pocket", "account", "/account/", TECHNICIAN),
    View("pocket", "caretaker", "/video/button/", CARETAKER),
)
WAYS: Final = (
    Way("desk-fr-light", "fr-FR", "light", 1280, 900),
    Way("desk-en-dark", "en-GB", "dark", 1280, 900),
    Way("phone-fr-light", "fr-FR", "light", 390, 844),
    Way("phone-fr-dark", "fr-FR", "dark", 390, 844),
)
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]


def main(folder: Path, where: str | None = None) -> int:
    """Write them all; say how many."""
    count = 0
    with _address(where) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find(), args=FLAGS)
        sessions: dict[str, BrowserContext] = {}
        for way in WAYS:
            for view in VIEWS:
                page = _entered(browser, sessions, view.email, way, address)
                if _shown(page, view):
                    path = folder / view.face / f"{view.name}-{way.name}.png"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=path, full_page=view.face != "console")
                    count += 1
                page.context.close()
        browser.close()
    sys.stdout.write(f"{count} pictures in {folder}\n")
    return 0


@contextlib.contextmanager
def _address(where: str | None) -> Iterator[str]:
    if where is not None:
        yield where
        return
    with demonstration(cabinets=8, lively=True, mobilised=2_000) as running:
        yield running.town


def _entered(browser: Browser, sessions: dict[str, BrowserContext], email: str, way: Way, address: str) -> Page:
    """A page of that person's, looked at in that way: one logs in once."""
    if email and email not in sessions:
        sessions[email] = browser.new_context(base_url=address, locale="fr-FR")
        page = sessions[email].new_page()
        page.goto("/login/")
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/")
        page.close()
    state = sessions[email].storage_state() if email else None
    context = browser.new_context(
        base_url=address,
        storage_state=state,
        locale=way.locale,
        color_scheme=way.theme,
        reduced_motion="reduce",
        viewport={"width": way.width, "height": way.height},
    )
    return context.new_page()


def _shown(page: Page, view: View) -> bool:
    """Whether there is such a page here."""
    answer = page.goto(view.path, wait_until="load")
    if answer is None or (answer.status != 200 and view.name != "missing"):
        sys.stderr.write(f"{view.path}: {answer.status if answer else 'nothing'} for {view.email or 'anybody'}\n")
        return False
    if view.then:
        link = page.locator(view.then).first.get_attribute("href") if page.locator(view.then).count() else None
        if link is None:
            sys.stderr.write(f"{view.path}: nothing to follow\n")
            return False
        page.goto(link, wait_until="load")
    if view.name == "console":
        page.locator(".watch[data-state=ready]").wait_for()
        page.locator("[data-island=console][data-map=drawn]").wait_for()
    page.evaluate("document.fonts.ready")
    return True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
