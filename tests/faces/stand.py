"""Where pages stand to be looked at: the matrix's town behind `beffroi web`, and one Chromium with a session for each role."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, Response

from beffroi.adapters.postgres.notes import ConnectionInfo
from tests.faces.served import LANGUAGES, Seen, address, built, client, html, widely
from tests.journeys.browser import Chromium, apart, browsing, serving
from tests.matrix import world
from tests.matrix.towns import World

LOCALES: Final = {"fr": "fr-FR", "en": "en-GB"}
THEMES: Final = ("light", "dark")
WIDTHS: Final = (320, 390, 1280)
HEIGHT: Final = 844


@dataclass
class Stand:
    """Pages by address; a browser's page for each role and language, kept."""

    town: World
    chromium: Chromium
    places: dict[str, str]
    sessions: dict[str, str]
    kept: dict[tuple[str, str], Page] = field(default_factory=dict)

    def page(self, role: str, language: str) -> Page:
        """A page of theirs, in their language."""
        if (role, language) not in self.kept:
            page = self.chromium.visit(
                locale=LOCALES[language], viewport={"width": WIDTHS[-1], "height": HEIGHT}, reduced_motion="reduce"
            )
            self.enter(page.context, role)
            self.kept[role, language] = page
        return self.kept[role, language]

    def among(self, wanted: Iterable[Seen]) -> list[Seen]:
        """Those that are pages. Each is asked for: whoever looks at few of them asks about these few."""

        def asked() -> list[Seen]:
            visitors = {role: client(self.town, role, LANGUAGES[0]) for role in self.town.people}
            return [seen for seen in wanted if html(self.town, visitors[seen.role], seen.route) is not None]

        return apart(asked)

    def enter(self, context: BrowserContext, role: str) -> None:
        """Give a browser the session of that role."""
        if role in self.sessions:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": self.sessions[role], "url": self.chromium.address}]
            )

    def show(self, page: Page, route: str) -> Response | None:
        """Go to a route's page."""
        return page.goto(self.places[route], wait_until="load")


@contextmanager
def raised(info: ConnectionInfo, folder: Path) -> Iterator[Stand]:
    """Build the town, serve it, open a browser."""
    with built(folder / "keys-of-town") as town, serving(info, folder) as (where, _):
        places = {seen.route: address(town, seen.route) + _asked(town, seen.route) for seen in widely()}
        sessions: dict[str, str] = {}
        # The server signs sessions with a key of its own.
        with override_settings(SECRET_KEY=(folder / "keys" / "web" / "secret").read_text()):
            for role in town.people:
                cookie = client(town, role, LANGUAGES[0]).cookies.get(settings.SESSION_COOKIE_NAME)
                sessions |= {role: cookie.value} if cookie else {}
        with browsing(where) as chromium:
            yield Stand(town, chromium, places, sessions)


def _asked(town: World, route: str) -> str:
    query = world.query(town, route)
    return "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
