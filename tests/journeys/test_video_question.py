"""Somebody who never saw the product asks who looked at camera 12 on Tuesday night, why, under which text: a page of paper answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils.timezone import get_default_timezone, localdate
from playwright.sync_api import expect
from pypdf import PdfReader

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.factories import browser_of
from beffroi.kernel.grants.models import HolderKey
from beffroi.kernel.grants.rules import Capacity
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.lib.viewer import Role
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.actions.sites import CameraFacts, add_camera
from beffroi.systems.video.actions.viewings import take_look
from beffroi.systems.video.factories import HOUR, Lent, lend, residence
from beffroi.systems.video.models import Camera, Request
from beffroi.systems.video.rules import PlaceKind, Regime
from tests.journeys.browser import Chromium, Member, browsing, enrolled, faults, log_in, send, serving
from tests.journeys.residence import designated, member

TUESDAY = 1


def the_tuesday() -> date:
    """The last one whose night is over."""
    day = localdate() - timedelta(days=2)
    return day - timedelta(days=(day.weekday() - TUESDAY) % 7)


@pytest.fixture
def supervisor(own_database: ConnectionInfo, tmp_path: Path) -> Member:
    """Whoever keeps watch, of a town where three looks were had at camera 12: the night before Tuesday's, that night, the day after."""
    at = datetime.combine(the_tuesday(), time(22, 40), get_default_timezone())
    begun = at - timedelta(days=2)
    here = residence(tmp_path / "keys", now=begun)
    facts = CameraFacts(12, "Rampe du parking", PlaceKind.PARKING, Regime.COMMON_PARTS)
    camera = add_camera(site=here.site, facts=facts, by=None, now=begun)
    lent = lend(replace(here, cameras=(*here.cameras, camera)), now=begun)
    nina = enrolled("Nina Faure")
    begin_membership(person=nina.id, organisation=here.police, role=Role.OPERATOR, valid_from=begun, by=None)
    designated(lent.convention, nina, here.police)
    person = Person.objects.get(pk=nina.id)
    for number, moment in enumerate((at - timedelta(days=1), at, at + 14 * HOUR)):
        looked(lent, camera, browser_of(person, now=moment), at=moment, number=number)
    return member("Paule Roy", here.police, Role.OPERATOR)


def looked(lent: Lent, camera: Camera, browser: HolderKey, *, at: datetime, number: int) -> None:
    """The officer asked then, and looked for a quarter of an hour."""
    wanted = Wanted(
        site=camera.site,
        entrance=None,
        cameras=[camera.pk],
        convention=lent.convention.pk,
        purpose="theft",
        lasting=2 * HOUR,
        organisation=lent.convention.parties.get(capacity=Capacity.ASKS.value).organisation_id,
        key=browser.pk,
        circumstances="Madame Untel a appelé",
    )
    request = ask_images(wanted=wanted, by=browser.person_id, now=at)
    assert isinstance(request, Request), request
    nonce = "A" * 21 + "AQg"[number]
    body: dict[str, object] = {
        "action": "view",
        "gate": str(camera.pk),
        "grant": str(request.grant),
        "holders": [browser.thumbprint],
        "nonce": nonce,
        "purpose": "theft",
        "transport": "network",
    }
    ended: dict[str, object] = {"gate": str(camera.pk), "nonce": nonce, "lasted": 900_000, "cause": "ended-by-holder"}
    told = (("use-admitted", at, body), ("use-ended", at + timedelta(minutes=15), ended))
    for step, (kind, moment, said) in enumerate(told):
        event = StoredEvent(
            authority=camera.authority_id,
            device=lent.relay.device_id,
            sequence=2 * number + step + 1,
            boot=1,
            kind=kind,
            at=moment,
            uptime=60,
            body=said,
            stored_at=moment,
        )
        take_look(event=event, now=moment)


@pytest.fixture
def chromium(own_database: ConnectionInfo, supervisor: Member, tmp_path: Path) -> Iterator[Chromium]:
    with serving(own_database, tmp_path) as (address, _), browsing(address) as browser:
        yield browser


def test_one_page_of_paper_says_who_looked_at_a_camera_one_night_why_and_under_which_text(
    chromium: Chromium, supervisor: Member
) -> None:
    """Six acts from the home page, each by the words that are read there: where, which camera, which day, the night, show, print."""
    page = chromium.visit()
    log_in(page, supervisor)
    page.get_by_role("main").get_by_role("link", name="Qui a regardé quelle caméra, quand, pourquoi").click()
    page.get_by_label("Caméra").select_option(label="Résidence du Pont · 12 · Rampe du parking")
    page.get_by_label("Jour, ou le premier").fill(the_tuesday().isoformat())
    page.get_by_label("Jours ou nuits").select_option(label="nuits, de 18\u00a0h au lendemain 8\u00a0h")
    send(page.get_by_role("button", name="Afficher", exact=True))
    expect(page.locator("tbody tr")).to_have_count(1)
    assert faults(page) == []
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF de cette page").click()
    paper = PdfReader(BytesIO(taken.value.path().read_bytes()))
    assert len(paper.pages) == 1
    said = " ".join(paper.pages[0].extract_text().split())
    for words in (
        "Caméra 12, Résidence du Pont",
        f"{the_tuesday():%d/%m/%Y} 22:40:00",
        "15 minutes",
        "Vols dans les parties communes",
        "CSI, L272-2, 25/11/2018",
        "Nina Faure",
        "Police de charenton",
    ):
        assert words in said
    assert said.count("Nina Faure") == 1
