"""The town's administrator reads the schedule, shortens a duration, and takes a slip from the proposal to the destruction."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from beffroi.kernel.grants.actions.conventions import Purpose, sign_convention
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import KEPT
from tests.journeys.browser import Chromium, Town, faults, log_in, send

YEAR = timedelta(days=366)
SERVICE = "Direction des systèmes d’information"
PLACES = (
    "/retention/of/meaux/",
    "/retention/of/meaux/slips/",
    "/retention/of/meaux/destructions/",
    "/retention/of/meaux/checks/",
)


@pytest.fixture
def archives(town: Town) -> None:
    """Two conventions that ended more than five years ago, and a destruction to show: checks of the last four years."""

    def signed(firm: str, years: int) -> None:
        start = utc_now() - years * YEAR
        partner = create_organisation(name=firm, kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, by=None)
        surely(
            sign_convention(
                authority=town.authority.id,
                partner=partner.id,
                system="cabinets",
                title=f"Accès aux armoires, {firm}",
                valid_from=start,
                valid_until=start + timedelta(days=300),
                purposes=[
                    Purpose(
                        code="repair",
                        label="Maintenance",
                        kind=Kind.WORK_ORDER,
                        legal_text="Code des postes et des communications électroniques",
                        legal_article="L34-8-3",
                        legal_version_on=date(2021, 12, 25),
                        least=timedelta(minutes=15),
                        most=timedelta(hours=12),
                    )
                ],
                transports=("local", "relay"),
                list_age=timedelta(hours=72),
                list_old="refuse",
                time_unknown="refuse",
                by=town.administrator.id,
                now=start,
            )
        )

    def made() -> None:
        signed("Fibre d’hier", 7)
        signed("Réseau d’avant-hier", 9)
        later = utc_now() + 2 * YEAR
        destroy_due(kept=KEPT["register.traces.installation"], authority=None, now=later, by=None)

    town.act(made)


def test_a_slip_goes_from_the_proposal_to_the_destruction(town: Town, archives: None, visitor: Page) -> None:
    log_in(visitor, town.administrator)
    visitor.get_by_role("link", name="Conservation", exact=True).first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Conservation")
    visitor.get_by_role("link", name="Bordereaux d’élimination").click()
    visitor.get_by_label("Service versant").fill(SERVICE)
    visitor.get_by_role("button", name="Proposer ce qui a dépassé sa durée").click()
    expect(visitor.get_by_role("heading", name="Bordereau d’élimination")).to_be_visible()
    expect(visitor.locator("dl").get_by_text(SERVICE)).to_be_visible()
    assert faults(visitor) == []
    visitor.emulate_media(media="print")
    expect(visitor.get_by_label("Envoyé le")).to_be_hidden()
    assert visitor.locator("dl").evaluate("list => list.offsetWidth > innerWidth / 2"), "the paper's whole width"
    visitor.emulate_media(media="screen")
    send(visitor.get_by_role("button", name="Il est parti, signé"))
    visitor.get_by_label("Référence du visa").fill("AD77-2026-118")
    visitor.get_by_label("Qualité du signataire").fill("directrice des Archives départementales")
    visitor.get_by_label("Ligne 1 refusée parce que").fill("Premiers raccordements, à verser")
    assert faults(visitor) == []
    send(visitor.get_by_role("button", name="Noter le visa"))
    visitor.get_by_role("button", name="Détruire ce qu’elles acceptent…").click()
    expect(visitor.get_by_role("dialog")).to_contain_text("1 dossier couvert par le visa")
    assert faults(visitor) == []
    visitor.get_by_role("button", name="Les détruire").click()
    expect(visitor.get_by_text("Détruits\u00a0: 1.")).to_be_visible()
    expect(visitor.get_by_text("Refusée\u00a0: Premiers raccordements, à verser")).to_be_visible()
    assert faults(visitor) == []
    visitor.goto("/retention/of/meaux/destructions/")
    expect(visitor.get_by_role("row").filter(has_text="Conventions d’accès")).to_be_visible()


def test_a_shorter_duration_says_what_it_destroys(town: Town, archives: None, visitor: Page) -> None:
    log_in(visitor, town.administrator)
    visitor.goto("/retention/of/meaux/rules/grants.rights/")
    visitor.get_by_label("Durée, en mois").fill("48")
    visitor.get_by_role("button", name="Conserver cette durée").click()
    expect(visitor.get_by_text("Cette durée sort de ce que la règle admet.").first).to_be_visible()
    assert faults(visitor) == []
    visitor.get_by_label("Durée, en mois").fill("24")
    visitor.get_by_role("button", name="Conserver cette durée").click()
    expect(visitor.get_by_text("Désormais\u00a0: 2 ans.")).to_be_visible()
    expect(visitor.get_by_role("row").filter(has_text="Droits d’accès")).to_contain_text("2 ans")


@pytest.mark.usefixtures("archives")
def test_everybody_can_read_it(town: Town, chromium: Chromium) -> None:
    """By turns in both languages, both themes, on a phone and on a desk."""
    french, english = chromium.visit(), chromium.visit()
    for page in (french, english):
        log_in(page, town.administrator)
    send(english.get_by_role("button", name="English"))
    french.goto("/retention/of/meaux/checks/")
    send(french.get_by_role("button").filter(has_text="Compar"))
    themes: Iterator[Literal["light", "dark"]] = itertools.cycle(("light", "dark", "dark"))
    readers, widths = itertools.cycle(((french, "fr"), (english, "en"))), itertools.cycle((1280, 1280, 390, 390))
    rules = ("/retention/of/meaux/rules/cabinets.uses/", "/retention/of/meaux/rules/territory.people/")
    for place in (*PLACES, *rules):
        page, language = next(readers)
        page.emulate_media(color_scheme=next(themes))
        page.set_viewport_size({"width": next(widths), "height": 900})
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
