"""Images on request, from the log-in to the last byte on the wire: an officer asks, sees, and every way in which it ends ends it."""

import functools
import re
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from playwright.sync_api import Page, expect

from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.systems.video.models import Viewing
from tests.journeys.browser import Chromium, apart, faults, until
from tests.journeys.looking import (
    PICTURES,
    TWO_HOURS,
    Wire,
    asked_at,
    closed,
    identifier,
    in_four_acts,
    live,
    seated,
)
from tests.journeys.residence import Site

SECONDS_ASKED: Final = 7200
LEFT: Final = timedelta(seconds=20)  # of a right that is nearly over when one looks
WITHDRAWN, LEFT_IT = "le droit a été retiré", "la personne est partie"
REQUESTS: Final = 3
SEEN_OR_OVER: Final = """([gate, count]) => {
  const tile = document.querySelector(`[data-tile="${gate}"]`);
  if (tile.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > count) return "seen";
  return tile.dataset.state === "ended" && "over";
}"""


def test_an_officer_asks_sees_and_every_end_is_an_end(site: Site, watching: Chromium) -> None:
    page, hall = seated(watching, site.officer), f"entrance:{site.hall.entrance_id}"
    wire = Wire(page)
    first = in_four_acts(page, hall)
    seen(page, site)
    wire.carries()
    page.keyboard.press("e")
    over(page, site, wire, "Vous y avez mis fin.")

    second = seen_to_its_end(page, site, wire)

    third = in_four_acts(page, hall)
    seen(page, site)
    wire.carries()
    apart(lambda: end_convention(convention=site.convention, by=None, now=utc_now()))
    over(page, site, wire, "La convention a pris fin.")

    requests = {identifier(first), second, identifier(third)}
    until(page, lambda: apart(lambda: all_ended(requests)), "the relay's word of an end doesn't come")
    registered(page)
    page.goto(first)
    facts = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert re.fullmatch(r"2\sheures", facts["Demandé"]), facts
    for what in ("Accordé", "Vraiment regardé"):
        assert re.fullmatch(r"\d+\s(seconde|minute)s?", facts[what]), facts
    assert faults(page) == []
    accounts = apart(lambda: accounted(requests))
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


def all_ended(requests: set[UUID]) -> bool:
    """Each of these requests was looked at, and of each look the relay said how it ended."""
    rows = Viewing.objects.filter(admitted=True)
    begun = set(rows.values_list("request", flat=True))
    return requests <= begun and not rows.filter(Q(ended=None) | Q(by_last_beat=True)).exists()


def accounted(requests: set[UUID]) -> list[dict[str, int]]:
    """What the register states of each of these requests once its time is over, in seconds."""
    do_deadlines(lambda: utc_now() + TWO_HOURS + timedelta(minutes=2))
    entries = Entry.objects.filter(kind="video.request-accounted").values_list("pk", flat=True)
    stated = [row.fields for row in Payload.objects.filter(entry__in=list(entries))]
    return [
        {name: fields[name]["value"] for name in ("asked", "granted", "watched")}
        for fields in stated
        if UUID(fields["request"]["value"]) in requests
    ]


def seen(page: Page, site: Site) -> None:
    """The image lives, and it is the only one that the relay lets be seen."""
    live(page, site.hall, more=PICTURES)
    until(page, lambda: len(site.uses()) == 1 and site.cameras.viewers(1) == 1, "there is not one look")


def over(page: Page, site: Site, wire: Wire, words: str) -> None:
    """It is closed on the page, at the camera, and on the wire: no answer is left that could bring a byte."""
    closed(page, site, site.hall, words)
    wire.silent()


def seen_to_its_end(page: Page, site: Site, wire: Wire) -> UUID:
    """A request whose time ends while one looks; with more of it left at each try, since nobody knows how much a machine needs to
    show a picture.
    """
    left = LEFT
    while True:
        carried = wire.bytes
        request = apart(functools.partial(asked_at, site, utc_now() - TWO_HOURS + left))
        page.goto(f"/video/requests/{request}/watch/")
        shown = page.wait_for_function(SEEN_OR_OVER, arg=[str(site.hall.pk), PICTURES]).json_value()
        over(page, site, wire, "Le temps accordé est terminé.")
        if shown == "seen":
            assert wire.bytes > carried, "the pictures that were seen came by another way"
            return request
        left *= 2
