"""An officer at a screen who asks for images and looks: with a passkey, and still there whenever the page asks."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.islands.player.screen import frames
from tests.journeys.browser import authenticator, until

MOVES: Final = 100  # pictures: four seconds, more than a browser holds back


class Officer:
    """Somebody who is designated to ask."""

    def __init__(self, page: Page) -> None:
        self.page = page
        authenticator(page)

    def follow(self, link: Locator) -> None:
        """Where a link of another window leads."""
        self.page.goto(link.get_attribute("href") or "")

    def arrive(self, account: Locator, email: str, password: str) -> None:
        """Log in by password, and add a passkey to the account."""
        page = self.page
        self.follow(account)
        page.get_by_label("Adresse électronique").fill(email)
        page.get_by_label("Mot de passe", exact=True).fill(password)
        page.get_by_role("button", name="Se connecter", exact=True).click()
        page.get_by_role("link", name="Ajouter une clé d’accès").first.click()
        page.get_by_label("Mot de passe", exact=True).fill(password)
        page.get_by_role("button", name="Confirmer", exact=True).click()
        page.get_by_label("Nom").fill("Mon poste")
        page.get_by_role("button", name="Ajouter cet appareil", exact=True).click()
        page.wait_for_url("**/recovery-codes/")

    def ask(self, form: Locator, where: str, why: str) -> None:
        """Where, why, for how long, ask."""
        self.follow(form)
        self.fill_and_ask(where, why)

    def fill_and_ask(self, where: str, why: str) -> None:
        """On the form that is there."""
        page = self.page
        page.get_by_label("Où").select_option(label=where)
        page.get_by_text(f"{why} · ").click()
        page.get_by_text("2 heures", exact=True).click()
        page.get_by_role("button", name="Demander", exact=True).click()

    def show_passkey(self) -> None:
        """A password alone opens no image: the page leads to where a second factor is shown, and back."""
        page = self.page
        page.get_by_role("link", name="Présenter un second facteur").click()
        page.get_by_role("link", name="Une clé d’accès").click()
        page.get_by_role("button", name="Confirmer avec une clé d’accès").click()
        page.wait_for_url("**/video/ask/")

    def sees(self, count: int) -> None:
        """So many pictures live, and go on from here."""
        expect(self.page.locator("[data-tile]")).to_have_count(count)
        for tile in self.page.locator("[data-tile]").all():
            self._goes_on(tile)

    def _goes_on(self, tile: Locator) -> None:
        gate = tile.get_attribute("data-tile") or ""
        self.there(lambda: tile.get_attribute("data-state") == "live", "no picture comes")
        before = frames(self.page, gate)
        self.there(lambda: frames(self.page, gate) > before + MOVES, "the picture stands still")

    def ends(self) -> None:
        """One key; where the page asks at that very moment, the key answers, and is pressed once more."""
        ended = self.page.locator("[data-tile][data-state=ended]")

        def pressed() -> bool:
            if ended.count() == 0:
                self.page.keyboard.press("e")
            return ended.count() > 0

        until(self.page, pressed, "no key ends it")

    def there(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for what is so; whoever is asked meanwhile says that they still intervene."""

        def answered() -> bool:
            if self.page.locator("dialog[data-part=still][open]").count():
                self.page.keyboard.press("Shift")
            return condition()

        until(self.page, answered, what)
