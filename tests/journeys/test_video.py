"""Images on request, from the log-in to the last byte on the wire: an officer asks, sees, and every way in which it ends ends it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db.models import Q
from playwright.sync_api import Page, expect

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.queries import live_browsers
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.models import Request, Viewing
from tests.islands.player.screen import frames, number, tile, until_more
from tests.journeys.browser import Chromium, apart, browsing, expect_logged_in, faults, log_in, until
from tests.journeys.residence import Site, filmed
from tests.journeys.test_log_in import type_code

TWO_HOURS = timedelta(hours=2)
SECONDS_ASKED = 7200
LEFT = timedelta(seconds=25)  # of a right that is nearly over when one looks
PICTURES = 60  # more than two seconds of them, so that whole seconds are stated
WITHDRAWN, LEFT_IT = "le droit a été retiré", "la personne est partie"
REQUESTS = 3
CUT = "net::ERR_CONNECTION_RESET"  # what a browser writes of a relay that cuts in the middle of a picture


@pytest.fixture
def site(own_database: ConnectionInfo) -> Iterator[Site]:
    with filmed(own_database) as found:
        yield found


@pytest.fixture
def chromium(site: Site) -> Iterator[Chromium]:
    with browsing(site.address) as browser:
        yield browser
        browser.complaints[:] = [each for each in browser.complaints if CUT not in each]


def test_an_officer_asks_sees_and_every_end_is_an_end(site: Site, chromium: Chromium) -> None:
    page = chromium.visit()
    secret = generate_totp_secret()
    apart(lambda: protect(site, secret))
    log_in(page, site.officer)
    type_code(page, secret, "Se connecter")
    expect_logged_in(page, site.officer)

    first = in_four_acts(page, site)
    seen(page, site)
    page.keyboard.press("e")
    closed(page, site, "Vous y avez mis fin.")

    page.goto(f"/video/requests/{apart(lambda: nearly_over(site))}/watch/")
    seen(page, site)
    closed(page, site, "Le temps accordé est terminé.")

    in_four_acts(page, site)
    seen(page, site)
    apart(lambda: end_convention(convention=site.convention, by=None, now=utc_now()))
    closed(page, site, "La convention a pris fin.")

    until(page, lambda: apart(all_ended), "the relay's word of an end doesn't come")
    registered(page)
    page.goto(first)
    facts = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert re.fullmatch(r"2\sheures", facts["Demandé"]), facts
    for what in ("Accordé", "Vraiment regardé"):
        assert re.fullmatch(r"\d+\s(seconde|minute)s?", facts[what]), facts
    assert faults(page) == []
    accounts = apart(accounted)
    assert [one["asked"] for one in accounts] == [SECONDS_ASKED] * REQUESTS
    assert max(one["granted"] for one in accounts) == SECONDS_ASKED
    for one in accounts:
        assert 0 < one["watched"] <= one["granted"]


def registered(page: Page) -> None:
    """Each look stands in the register of viewings: which camera, why, under which text, how long, and how it ended."""
    page.goto("/video/viewings/")
    # On a full machine a player may knock once more, in vain, or look again at a picture that was lost.
    rows = page.locator("tbody tr").filter(has_not_text="n’a rien vu")
    assert rows.count() >= REQUESTS
    for row in rows.all():
        for words in ("1 · Hall", "Résidence du Pont", "Vols", "CSI, L272-2, 25/11/2018", "Nina Faure"):
            expect(row).to_contain_text(words)
        expect(row).to_contain_text(re.compile(r"\d+ (seconde|minute)"))
    # At the end of the time the page's own countdown may be first, and then the person left: no more is said of that one.
    for ending in (WITHDRAWN, LEFT_IT):
        expect(rows.filter(has_text=ending)).not_to_have_count(0)
    assert faults(page) == []


def texts(page: Page, what: str) -> list[str]:
    return page.locator(f"dl.facts {what}").all_inner_texts()


def all_ended() -> bool:
    """Each request was looked at, and of each look the relay said how it ended."""
    rows = Viewing.objects.filter(admitted=True)
    begun = rows.values("request").distinct().count()
    return begun == REQUESTS and not rows.filter(Q(ended=None) | Q(by_last_beat=True)).exists()


def accounted() -> list[dict[str, int]]:
    """What the register states of each request once its time is over, in seconds."""
    do_deadlines(lambda: utc_now() + TWO_HOURS + timedelta(minutes=2))
    entries = Entry.objects.filter(kind="video.request-accounted").values_list("pk", flat=True)
    rows = Payload.objects.filter(entry__in=list(entries))
    return [{name: row.fields[name]["value"] for name in ("asked", "granted", "watched")} for row in rows]


def protect(site: Site, secret: str) -> None:
    """The officer's account has an authenticator app."""
    with writing():
        TOTP.activate(Person.objects.get(pk=site.officer.id), secret)


def in_four_acts(page: Page, site: Site) -> str:
    """Where, why, for how long, ask: what is seen next is the page of the images. Returns the request's address."""
    page.goto("/video/ask/")
    page.get_by_label("Où").select_option(f"entrance:{site.hall.entrance_id}")
    page.get_by_text("Vols dans les parties communes", exact=True).click()
    page.get_by_text("2 heures", exact=True).click()
    page.get_by_role("button", name="Demander", exact=True).click()
    page.wait_for_url("**/watch/")
    return page.url.removesuffix("watch/")


def seen(page: Page, site: Site) -> None:
    """The image lives: pictures are decoded, one after the other those that the camera drew."""
    gate = str(site.hall.pk)
    expect(tile(page, gate)).to_have_attribute("data-state", "live")
    until_more(page, frames(page, gate) + PICTURES, gate)
    drawn = number(page, gate)
    until(page, lambda: number(page, gate) not in (drawn, None), "the picture stands still")
    # A look that was lost on a full machine is let go of a moment after the next began.
    until(page, lambda: len(site.uses()) == 1 and site.cameras.viewers(1) == 1, "not one look, or not one connection")


def closed(page: Page, site: Site, words: str) -> None:
    """It says why, nothing of the picture is left on the page, and the camera's own connection is closed."""
    here = tile(page, str(site.hall.pk))
    expect(here).to_have_attribute("data-state", "ended")
    expect(here).to_contain_text(words)
    left = "video => [video.readyState, video.videoWidth, video.hasAttribute('src')]"
    assert here.locator("video").evaluate(left) == [0, 0, False]
    until(page, site.silent, "the camera still sends")


def nearly_over(site: Site) -> str:
    """A request of two hours ago, of which a moment is left; from the browser that asked before."""
    now = utc_now()
    (key,) = live_browsers(site.officer.id, now)
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
    given = ask_images(wanted=wanted, by=site.officer.id, now=now - TWO_HOURS + LEFT)
    assert isinstance(given, Request), given
    return str(given.pk)
