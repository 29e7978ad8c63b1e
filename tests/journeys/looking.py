"""What journeys about images share: an officer at a browser with a key, who asks in four acts and sees; what is still on the wire."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import Page, expect

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.queries import live_browsers
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.models import Camera, Request
from tests.islands.player.screen import frames, number, tile, until_more
from tests.journeys.browser import Chromium, Member, apart, browsing, expect_logged_in, log_in, until
from tests.journeys.residence import Site
from tests.journeys.test_log_in import type_code

THEFT: Final = "Vols dans les parties communes"
TWO_HOURS: Final = timedelta(hours=2)
PICTURES: Final = 60  # more than two seconds of them, so that whole seconds are stated
A_FEW: Final = 10  # enough to see that they come: a browser that draws them takes most of the processor
LEFT_OF_IT: Final = "video => [video.readyState, video.videoWidth, video.hasAttribute('src')]"
# What a browser writes of a relay that cuts in the middle of a picture, and of a server or a relay that isn't there for a while.
EXPECTED: Final = re.compile(r"net::ERR_(CONNECTION_(RESET|REFUSED|CLOSED)|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)")


@contextmanager
def before(site: Site) -> Iterator[Chromium]:
    """A browser at that town, which must complain of nothing but that."""
    with browsing(site.address) as browser:
        yield browser
        browser.complaints[:] = [each for each in browser.complaints if not EXPECTED.search(each)]


def seated(browser: Chromium, officer: Member) -> Page:
    """A desk of theirs, after a log-in with a code: the browser's key wants one."""
    page, secret = browser.visit(), generate_totp_secret()
    apart(lambda: protect(officer, secret))
    log_in(page, officer)
    type_code(page, secret, "Se connecter")
    expect_logged_in(page, officer)
    return page


def protect(officer: Member, secret: str) -> None:
    """Their account has an authenticator app."""
    with writing():
        TOTP.activate(Person.objects.get(pk=officer.id), secret)


def in_four_acts(page: Page, where: str, *, why: str = THEFT, emergency: bool = False) -> str:
    """Where, why, for how long, ask: what is seen next is the page of the images. Returns the request's address."""
    page.goto("/video/ask/")
    page.get_by_label("Où").select_option(where)
    return asked(page, why=why, emergency=emergency)


def asked(page: Page, *, why: str = THEFT, emergency: bool = False) -> str:
    """The acts that are left once the place is chosen."""
    page.get_by_text(why, exact=True).click()
    page.get_by_text("2 heures", exact=True).click()
    if emergency:
        page.get_by_label("Urgence").check()
    return sent(page)


def sent(page: Page) -> str:
    """The last act; the browser's key goes along."""
    page.get_by_role("button", name="Demander", exact=True).click()
    page.wait_for_url("**/watch/")
    return page.url.removesuffix("watch/")


def asked_at(site: Site, moment: datetime) -> UUID:
    """What the officer asked for two hours then, from the browser whose key they have."""
    (key,) = live_browsers(site.officer.id, utc_now())
    wanted = Wanted(
        site=site.here.site,
        entrance=site.hall.entrance_id,
        cameras=[site.hall.pk],
        convention=site.convention.pk,
        purpose="theft",
        lasting=TWO_HOURS,
        organisation=site.here.police.pk,
        key=key.pk,
    )
    given = ask_images(wanted=wanted, by=site.officer.id, now=moment)
    assert isinstance(given, Request), given
    return given.pk


def identifier(address: str) -> UUID:
    """Of a request, from its page's address."""
    return UUID(address.rstrip("/").rpartition("/")[2])


def live(page: Page, camera: Camera, *, more: int = A_FEW) -> None:
    """The image lives: pictures are decoded, one after the other those that the camera drew."""
    gate = str(camera.pk)
    expect(tile(page, gate)).to_have_attribute("data-state", "live")
    until_more(page, frames(page, gate) + more, gate)
    drawn = number(page, gate)
    until(page, lambda: number(page, gate) not in (drawn, None), "the picture stands still")


def dark(page: Page, camera: Camera, words: str) -> None:
    """The tile says why, and nothing of the picture is left on the page."""
    here = tile(page, str(camera.pk))
    expect(here).to_have_attribute("data-state", "ended")
    expect(here).to_contain_text(words)
    assert here.locator("video").evaluate(LEFT_OF_IT) == [0, 0, False]


def closed(page: Page, site: Site, camera: Camera, words: str) -> None:
    """It says why, nothing of the picture is left on the page, and the cameras' own connections are closed."""
    dark(page, camera, words)
    until(page, site.silent, "a camera still sends")


@dataclass  # Playwright puts attributes of its own on whoever listens: no slots
class Wire:
    """What a page receives of images, counted by the browser itself: bytes, and the answers that are still open."""

    page: Page
    open: set[str] = field(default_factory=set)
    bytes: int = 0

    def __post_init__(self) -> None:
        devtools = self.page.context.new_cdp_session(self.page)
        listening: dict[str, Callable[[dict[str, object]], None]] = {
            "Network.responseReceived": self._begun,
            "Network.dataReceived": self._more,
            "Network.loadingFinished": self._over,
            "Network.loadingFailed": self._over,
        }
        for event, hear in listening.items():
            devtools.on(event, hear)
        devtools.send("Network.enable")

    def _begun(self, said: dict[str, object]) -> None:
        response = said["response"]
        assert isinstance(response, dict)
        if response["mimeType"] == "application/vnd.beffroi.watch":
            self.open.add(str(said["requestId"]))

    def _more(self, said: dict[str, object]) -> None:
        if str(said["requestId"]) in self.open:
            self.bytes += int(str(said["dataLength"]))

    def _over(self, said: dict[str, object]) -> None:
        self.open.discard(str(said["requestId"]))

    def carries(self) -> None:
        """Images come."""
        before = self.bytes
        until(self.page, lambda: self.bytes > before, "nothing comes")

    def silent(self) -> None:
        """The last byte has come: no answer is open, so none can carry one."""
        until(self.page, lambda: not self.open, "something can still come")
