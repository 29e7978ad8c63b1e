"""The first door, from log-in to a receipt that a stranger checks: the demonstration's own processes, a browser, real locks."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from beffroi.cli.demo.people import PASSWORD
from beffroi.simulator.browser import OtherwiseError
from tests.battery.blows import until
from tests.journeys.browser import Chromium, browsing, faults, send
from tests.journeys.demonstration import FOUNDED, Demonstration, resumed

BOB, THEO, ALICE = "bob@fibre77.example", "theo@fibre77.example", "alice@meaux.example"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demonstration]:
    with resumed() as running:
        yield running


@pytest.fixture
def browser(demo: Demonstration) -> Iterator[Chromium]:
    with browsing(demo.town) as found:
        yield found


def arrive(page: Page, email: str) -> Page:
    page.goto("/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("h1")).to_contain_text("Bonjour")
    return page


def hands(street: Page, act: str, corner: str = "lock-1") -> str:
    """The lock has felt it when this returns, and that is how its door is."""
    with street.expect_response("**/act") as felt:
        street.locator(f"[data-corner={corner}] [data-act={act}]").click()
    return str(felt.value.json()[corner]["door"])


def give_code(bob: Page, name: str) -> str:
    bob.goto("/team/")
    bob.locator("section.card", has_text=name).get_by_role("button", name="code").click()
    return bob.locator(".plate").inner_text()


def give_order(bob: Page, reference: str) -> None:
    bob.goto("/orders/add/")
    cabinet = bob.locator("select[name=cabinet] option", has_text=reference).get_attribute("value")
    bob.locator("select[name=cabinet]").select_option(cabinet)
    bob.locator("select[name=technician]").select_option(label="Théo Marchand")
    bob.locator("form[data-once] button[type=submit]").click()
    expect(bob.locator(".banner.good")).to_be_visible()


def enrol(theo: Page, code: str) -> None:
    theo.goto("/phone/")
    theo.locator("#code").fill(code)
    theo.locator("[data-part=act]").click()
    expect(theo.locator("[data-island=phonekey]")).to_have_attribute("data-state", "done")


def ends(door: Page, state: str, reason: str = "") -> None:
    island = door.locator("[data-island=door]")
    expect(island).to_have_attribute("data-state", state)
    if reason:
        expect(island).to_have_attribute("data-reason", reason)


def taken_receipt(page: Page, folder: Path) -> Path:
    """The receipt's file, once the entry is numbered."""
    link = page.locator("a[data-slot=receipt]")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator("[data-island=receipt]")).to_have_attribute("data-state", "agrees")
    with page.expect_download() as download:
        page.get_by_role("link", name="Prendre le reçu").click()
    path = folder / "receipt.json"
    download.value.save_as(path)
    return path


def checked(demo: Demonstration, receipt: Path) -> tuple[int, str]:
    """By the command, with no database that it could reach, and keys printed by another run of it."""
    keys = re.findall(r"^\S+\+[0-9a-f]{8}\+\S+$", demo.command("register", "key").stdout, re.MULTILINE)
    assert keys
    options = [option for key in keys for option in ("--key", key)]
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    done = demo.command("register", "verify", str(receipt), *options, DATABASE_URL=nowhere)
    return done.returncode, done.stdout + done.stderr


def test_from_log_in_to_a_receipt_that_a_stranger_checks(
    demo: Demonstration, browser: Chromium, tmp_path: Path
) -> None:
    corner = demo.corners()[0]
    bob = arrive(browser.visit(), BOB)
    theo = arrive(browser.visit(base_url=demo.phone, viewport=PHONE, has_touch=True, accept_downloads=True), THEO)
    street = browser.visit(base_url=demo.street)
    street.goto("/")
    theo.goto(corner.sticker)
    theo.locator("[data-part=act]").click()
    ends(theo, "refused", "no-phone")

    enrol(theo, give_code(bob, "Théo"))
    give_order(bob, corner.reference)
    theo.goto("/orders/")
    theo.get_by_role("link", name=corner.reference).click()
    theo.locator("[data-part=act]").click()
    ends(theo, "again", "not-touched")

    def opens() -> bool:
        """A lock that nobody opened is locked again after ten seconds: on a busy machine its door is tried too late."""
        hands(street, "touch")
        theo.locator("[data-part=act]").click()
        ends(theo, "open")
        if hands(street, "open-door") == "open":
            return True
        theo.goto(corner.sticker)
        return False

    until(opens, "the door does not open")
    expect(street.locator("[data-corner=lock-1]")).to_have_attribute("data-door", "open")
    receipt = taken_receipt(theo, tmp_path)
    assert checked(demo, receipt)[0] == 0

    told = json.loads(receipt.read_text())
    assert "Théo" not in receipt.read_text()
    told["open"]["cabinet"]["value"] = "00000000-0000-4000-8000-000000000000"
    receipt.write_text(json.dumps(told))
    assert checked(demo, receipt)[0] == 1

    alice = arrive(browser.visit(), ALICE)
    alice.goto("/cabinets/")
    alice.get_by_role("link", name=corner.reference).click()
    expect(alice.locator("ol.log")).to_contain_text("Fibre 77")
    assert "Théo" not in alice.locator("main").inner_text()
    until(lambda: shown_again(alice, "Ouverte"), "the cabinet's page doesn't say that it is open")
    hands(street, "close-door")


def shown_again(page: Page, state: str) -> bool:
    """Whether the page says so, when one looks at it again."""
    page.reload()
    return page.locator(".pill", has_text=state).is_visible()


def test_from_elsewhere_with_the_same_right_it_stays_shut(demo: Demonstration, browser: Chromium) -> None:
    """The neighbour's cabinet is not in the order; a closed order opens nothing more."""
    bob, theo = arrive(browser.visit(), BOB), browser.visit(base_url=demo.phone, viewport=PHONE)
    arrive(theo, THEO)
    street = browser.visit(base_url=demo.street)
    street.goto("/")
    enrol(theo, give_code(bob, "Théo"))
    second, third = demo.corners()[1:]
    give_order(bob, second.reference)
    theo.goto(third.sticker)
    hands(street, "touch", "lock-3")
    theo.locator("[data-part=act]").click()
    ends(theo, "refused", "no-order")
    bob.get_by_role("button", name="Clore").first.click()
    send(bob.locator("dialog[open] button[type=submit]"))
    theo.goto(second.sticker)
    hands(street, "touch", "lock-2")
    theo.locator("[data-part=act]").click()
    ends(theo, "refused", "no-order")


def test_every_page_of_the_first_door_is_accessible(demo: Demonstration, browser: Chromium) -> None:
    """Each in one of the two themes, as tests/faces/test_axe.py looks at every page: here they are full of a town's things."""
    themes: Iterator[Literal["light", "dark"]] = itertools.cycle(("light", "dark"))
    bob = arrive(browser.visit(), BOB)
    for path in ("/", "/team/", "/team/add/", "/orders/", "/orders/add/", "/cabinets/", "/conventions/"):
        bob.emulate_media(color_scheme=next(themes))
        bob.goto(path)
        assert faults(bob) == []
    bob.goto("/cabinets/")
    send(bob.locator("tbody a").first)
    assert faults(bob) == []
    theo = arrive(browser.visit(base_url=demo.phone, viewport=PHONE), THEO)
    for path in ("/", "/orders/", "/phone/", demo.corners()[0].sticker):
        theo.emulate_media(color_scheme=next(themes))
        theo.goto(path)
        assert faults(theo) == []


def references(page: str) -> set[str]:
    return set(re.findall(r"PM-\d{5}-\d{4}", page))


def test_neighbours_see_their_own_and_what_a_convention_opens(demo: Demonstration) -> None:
    """Provins sees nothing of Meaux; the département sees what Meaux entrusts to it."""
    meaux, provins, odile = (
        demo.browser(who) for who in ("admin@meaux.example", "admin@provins.example", "odile@departement77.example")
    )
    town, entrusted = references(meaux.page("/cabinets/")), references(odile.page("/cabinets/"))
    assert len(town) == FOUNDED
    assert len(entrusted) == 3
    assert entrusted < town
    beside = references(provins.page("/cabinets/"))
    assert len(beside) == 3
    assert not beside & town
    opened = re.search(r"/cabinets/[0-9a-f-]{36}/", odile.page("/cabinets/"))
    assert opened
    assert references(odile.page(opened[0])) <= entrusted
    with pytest.raises(OtherwiseError, match="404"):
        provins.page(opened[0])
