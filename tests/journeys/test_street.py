"""The demonstration's street: a door forgotten, a door forced, people who work in the other cabinets by themselves, and a residence whose
cameras are looked at for as long as an intervention lasts.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from beffroi.cli.demo.antenna import FREE
from beffroi.cli.demo.doors import CABINET_NAME, LIGHTING, ROOM_NAME
from beffroi.cli.demo.people import CHARACTERS, OFFICERS, PASSWORD, PLANNER, RESIDENCE, ROUND
from beffroi.cli.demo.people import POLICE as POLICE_OF_MEAUX
from beffroi.simulator.browser import RefusedError
from beffroi.simulator.life.crew import Planner
from tests.battery.blows import kill, query, until
from tests.journeys.browser import Chromium, browsing, faults, send
from tests.journeys.demonstration import Demonstration, demonstration
from tests.journeys.officer import Officer

BOB, KARIM, POLICE = "bob@fibre77.example", "karim@fibre77.example", "police@meaux.example"
MANAGER, OWNER = "gardienne@troisponts.example", "astreinte@troisponts.example"
SECOND = OFFICERS[0].email  # another officer: no passkey of Samir's stands between a password and the console
PHONE = {"width": 390, "height": 844}
PAGE_EVERY = 1.0  # seconds between two looks at a page: drawing it is work
PACE = 300  # half an hour lasts six seconds
ALL_OF_IT = f"{RESIDENCE}, toutes les entrées et les autres caméras"  # those of the yard
DEAD = "net::ERR_"  # what a browser writes of a relay that is killed, or that cuts


@pytest.fixture(scope="module")
def demo() -> Iterator[Demonstration]:
    with demonstration(lively=True, BEFFROI_DEMO_PACE=str(PACE)) as running:
        yield running


@pytest.fixture
def browser(demo: Demonstration) -> Iterator[Chromium]:
    with browsing(demo.town) as found:
        yield found


def arrive(page: Page, email: str, path: str) -> Page:
    page.goto(f"/login/?next={path}")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"**{path}")
    return page


def shown(page: Page, words: str) -> None:
    """On a page that somebody looks at again until it says so."""

    def there() -> bool:
        page.reload()
        return words in page.locator("main").inner_text()

    until(there, f"{page.url} doesn't say {words}", PAGE_EVERY)


def test_a_door_left_open_counts_its_half_hour_and_reaches_the_mobilised(
    demo: Demonstration, browser: Chromium
) -> None:
    corner = demo.corners()[0]
    street = browser.visit(base_url=demo.street)
    street.goto("/")
    expect(street.locator("[data-pace]")).to_contain_text("30 minutes durent 6 secondes")
    here = street.locator("[data-corner=lock-1]")
    here.get_by_role("button", name="Laisser ouverte").click()
    expect(here).to_have_attribute("data-door", "open")
    expect(here.locator(".since")).to_be_visible()
    expect(here.locator("[data-past]")).to_be_visible()
    karim = arrive(browser.visit(base_url=demo.face("member"), viewport=PHONE), KARIM, "/alerts/")
    assert "30 minutes" in karim.locator(".demonstration").inner_text()
    shown(karim, corner.reference)
    mail = browser.visit(base_url=demo.street)
    mail.goto(f"/mail?lang=fr&to={KARIM}")
    shown(mail, corner.reference)
    bob = arrive(browser.visit(), BOB, "/orders/")
    expect(bob.locator("main")).to_contain_text("Sarah Petit")
    here.get_by_role("button", name="Refermer").click()
    expect(here).to_have_attribute("data-door", "closed")


def test_a_break_in_reaches_the_police_beside_the_desk(demo: Demonstration, browser: Chromium) -> None:
    reference = demo.corners()[1].reference
    street = browser.visit(base_url=demo.street)
    street.goto("/")
    here = street.locator("[data-corner=lock-2]")
    here.get_by_role("button", name="Forcer").click()
    expect(here).to_have_attribute("data-door", "open")
    police = arrive(browser.visit(base_url=demo.face("police")), SECOND, "/console/")
    expect(police.locator("main")).to_contain_text(f"{reference} forcée")
    here.get_by_role("button", name="Refermer").click()


def test_doors_without_a_lock_are_observed(demo: Demonstration, browser: Chromium) -> None:
    claire = arrive(browser.visit(), CHARACTERS[0].email, "/contacts/")
    shown(claire, ROOM_NAME)
    moved = (
        "SELECT count(DISTINCT contact_id) FROM contacts_contactevent WHERE said = 'closed' AND handled_at IS NOT NULL"
    )
    until(lambda: query(demo, moved) == [(2,)], "somebody goes in and out of both", PAGE_EVERY)
    claire.goto("/contacts/")
    table = claire.locator("#contacts-table")
    expect(table.locator("tbody tr", has_text=CABINET_NAME)).to_contain_text("En ordre")
    expect(table.locator("tbody tr", has_text=ROOM_NAME)).to_contain_text("97")
    expect(claire.locator("#strangers-table")).to_contain_text(FREE.address)
    claire.goto(f"/cabinets/?q={LIGHTING.reference}")
    expect(claire.locator("main")).to_contain_text(LIGHTING.address)
    claire.goto("/upkeep/")
    expect(claire.locator("main")).to_contain_text("Passerelles des contacts de porte")
    until(
        lambda: (
            query(demo, "SELECT count(*) FROM upkeep_trouble WHERE code LIKE 'observe%' AND ended_at IS NULL") == [(0,)]
        ),
        "heard",
    )


def left_behind(desk: Planner, reference: str) -> bool:
    """A work order whose giver died before the answer came: nobody knows that they have it. False while the cabinet has another."""
    try:
        desk.order(ROUND[0].name, reference)
    except RefusedError:
        return False
    return True


def test_life_goes_on_in_the_other_cabinets_and_survives_the_server(demo: Demonstration, browser: Chromium) -> None:
    bob = arrive(browser.visit(), BOB, "/orders/")
    orders = bob.locator("tbody tr", has_text=ROUND[0].name).or_(bob.locator("tbody tr", has_text=ROUND[1].name))

    def given() -> int:
        bob.goto("/orders/")
        return orders.count()

    until(lambda: given() > 0, "nobody works", PAGE_EVERY)
    desk, (stand,) = Planner(demo.browser(PLANNER.email)), demo.plan().stands
    until(lambda: left_behind(desk, stand.reference), "the only other cabinet is never free")
    kill(demo, "web")
    until(lambda: demo.health().get("status") == "well", "the web server doesn't come back")
    before = given()
    until(lambda: given() > before, "nobody works any more", PAGE_EVERY)


def looks(demo: Demonstration, condition: str = "TRUE") -> int:
    """How many looks of that kind the relay admitted."""
    found = query(demo, f"SELECT count(*) FROM video_viewing WHERE admitted AND {condition}")[0][0]
    assert isinstance(found, int)
    return found


def test_an_officer_looks_whatever_dies_and_the_landlord_answers(demo: Demonstration, browser: Chromium) -> None:
    street = browser.visit(base_url=demo.street)
    street.goto("/")
    expect(street.locator("h1")).to_contain_text("sept choses")
    samir = Officer(browser.visit(base_url=demo.face("police")))
    samir.arrive(street.locator("[data-factor]"), POLICE, PASSWORD)
    samir.ask(street.locator("[data-ask]"), ALL_OF_IT, "Vols")
    samir.show_passkey()
    samir.fill_and_ask(ALL_OF_IT, "Vols")
    samir.sees(4)

    for part in ("relay", "cameras"):
        kill(demo, part)
        samir.sees(4)
    samir.ends()
    until(lambda: looks(demo, "ended IS NULL") == 0, "a look doesn't end")
    assert looks(demo) >= 2 * 4, "the relay was killed: who looked, looked again"

    samir.ask(
        street.locator("[data-ask]"), f"{RESIDENCE}, Parking", "Occupation qui empêche l’accès ou la libre circulation"
    )
    pascal = arrive(browser.visit(base_url=demo.face("owner"), viewport=PHONE), OWNER, "/video/requests/")
    shown(pascal, RESIDENCE)
    pascal.locator("main a", has_text=RESIDENCE).first.click()
    expect(pascal.locator("main")).to_contain_text("Samir Haddad")
    send(pascal.locator("button[value=approve]"))
    samir.sees(2)
    samir.ends()

    register = samir.page
    register.goto(street.locator("[data-viewings]").get_attribute("href") or "")
    rows = register.locator("tbody tr")
    for where, why in (("1 · Hall du 12", "Vols"), ("9 · Rampe du parking", "Occupation qui empêche l’accès")):
        row = rows.filter(has_text=where).first
        for words in (RESIDENCE, why, "L272-2", "Samir Haddad", POLICE_OF_MEAUX):
            expect(row).to_contain_text(words)
    browser.complaints[:] = [each for each in browser.complaints if DEAD not in each]


def test_the_caretaker_gives_the_alert_and_the_police_know_it(demo: Demonstration, browser: Chromium) -> None:
    monique = arrive(browser.visit(base_url=demo.face("manager"), viewport=PHONE), MANAGER, "/video/button/")
    monique.get_by_label("Où").select_option(label=f"{RESIDENCE}, Entrée du 14")
    send(monique.get_by_role("button", name="Donner l’alerte"))
    expect(monique.locator("main")).to_contain_text("Les agents sont prévenus")
    police = arrive(browser.visit(base_url=demo.face("police")), SECOND, "/console/")
    expect(police.locator("main")).to_contain_text(f"Alerte de {RESIDENCE}, Entrée du 14")


def test_the_street_is_accessible_in_both_languages_light_and_dark(demo: Demonstration, browser: Chromium) -> None:
    """Each page in both, words and colours by turns: they don't meet."""
    for scheme, street_in, mail_in in (("light", "fr", "en"), ("dark", "en", "fr")):
        street = browser.visit(base_url=demo.street, color_scheme=scheme, viewport=PHONE)
        street.goto(f"/?lang={street_in}")
        assert faults(street) == []
        assert street.evaluate("document.documentElement.scrollWidth <= innerWidth")
        street.goto(f"/mail?lang={mail_in}")
        assert faults(street) == []
