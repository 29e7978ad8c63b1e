"""The page of a sticker against the protocol's own gate: it opens, or says why not in words, and can be tried again."""

from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from beffroi.protocol.v1.clock import Anchor, GateClock
from beffroi.protocol.v1.errors import expect as taken
from beffroi.protocol.v1.keyset import Reading
from tests.islands.street import CODE, ROOT, Street
from tests.protocol.protocol_world import GATE, NOW, World, signing_key

AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def street(phone: BrowserContext, world: World) -> Street:
    """A street in which this phone was enrolled and holds the end of the sources' chain."""
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    page.get_by_label("Code from your firm").fill(CODE)
    page.get_by_role("button", name="Make this phone mine").click()
    expect(page.get_by_text("This phone is yours")).to_be_visible()
    page.close()
    street.grant_to_phone()
    street.island = "door"
    street.asked.clear()
    return street


def press(page: Page) -> None:
    page.locator("button[data-part=act]").click()


def clean(page: Page) -> None:
    page.evaluate(AXE)
    result = page.evaluate("axe.run()")
    assert [f"{rule['id']}: {node['html']}" for rule in result["violations"] for node in rule["nodes"]] == []


def test_the_technician_opens_the_cabinet_and_gets_the_receipt(phone: BrowserContext, street: Street) -> None:
    page = street.open_in(phone)
    clean(page)
    press(page)
    door = page.locator("[data-island=door]")
    expect(door).to_have_attribute("data-state", "open")
    expect(page.get_by_role("status")).to_contain_text("Armoire PM 042, rue du Grand-Cerf")
    expect(page.get_by_role("link", name="See the receipt")).to_have_attribute("href", "/uses/7/")
    clean(page)
    box = door.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)
    press(page)
    page.wait_for_url("**/home")


def test_the_answer_can_be_given_by_keyboard_and_what_lies_behind_it_is_inert(
    phone: BrowserContext, street: Street
) -> None:
    page = street.open_in(phone)
    act = page.locator("button[data-part=act]")
    expect(act).to_be_enabled()  # before, it takes no focus
    act.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-island=door]")).to_have_attribute("data-state", "open")
    expect(act).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('header') === null")
    assert page.evaluate("document.querySelector('header').inert")


def test_nobody_touched_the_handle_then_somebody_does(phone: BrowserContext, street: Street) -> None:
    street.touched = False
    page = street.open_in(phone)
    press(page)
    door = page.locator("[data-island=door]")
    expect(door).to_have_attribute("data-state", "again")
    expect(door).to_have_attribute("data-reason", "not-touched")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    street.touched = True
    press(page)
    expect(door).to_have_attribute("data-state", "open")


def test_a_right_that_ended_is_refused_by_the_lock_in_words(
    phone: BrowserContext, street: Street, world: World
) -> None:
    street.gate = replace(street.gate, clock=GateClock(NOW, Anchor(NOW + 24 * 3600, 0)))
    page = street.open_in(phone)
    press(page)
    door = page.locator("[data-island=door]")
    expect(door).to_have_attribute("data-state", "refused")
    expect(door).to_have_attribute("data-reason", "expired")
    expect(page.locator("[data-slot=code]")).to_have_text("expired")
    clean(page)


def test_a_revoked_phone_is_refused_by_the_lock(phone: BrowserContext, street: Street, world: World) -> None:
    assert street.enrolled is not None
    token = world.revocation_token(number=13, keys=frozenset({street.enrolled.thumbprint}))
    street.gate = replace(street.gate, trust=taken(street.gate.trust.take_revocations(token, Reading(NOW))))
    page = street.open_in(phone)
    press(page)
    expect(page.locator("[data-island=door]")).to_have_attribute("data-reason", "holder-revoked")


def test_a_lock_that_is_not_the_one_of_the_sticker_is_not_answered(phone: BrowserContext, street: Street) -> None:
    street.lock = signing_key("a thief's box")
    page = street.open_in(phone)
    press(page)
    door = page.locator("[data-island=door]")
    expect(door).to_have_attribute("data-state", "refused")
    expect(door).to_have_attribute("data-reason", "token-signature")
    assert f"/api/v1/gates/{GATE}/response" not in street.asked


@dataclass(frozen=True)
class Setback:
    """What goes wrong at which path (None: the network fails), and how the page takes it."""

    ending: str
    answer: tuple[int, dict[str, object]] | None
    state: str
    reason: str


@pytest.mark.parametrize(
    "setback",
    [
        Setback("grants", (404, {"code": "gate-unknown", "title": "No such cabinet."}), "refused", "gate-unknown"),
        Setback("challenge", (504, {"code": "gate-silent", "title": "The lock is silent."}), "again", "gate-silent"),
        Setback("challenge", (429, {"code": "too-many-tries", "title": "Wait."}), "refused", "too-many-tries"),
        Setback("challenge", None, "again", "network"),
        Setback("response", None, "again", "outcome-unknown"),
        Setback("response", (403, {"code": "not-allowed", "title": "No."}), "refused", "not-allowed"),
    ],
    ids=lambda setback: f"{setback.ending}-{setback.reason}",
)
def test_what_the_server_says_is_told_and_can_be_tried_again(
    phone: BrowserContext, street: Street, setback: Setback
) -> None:
    street.instead[setback.ending] = setback.answer
    page = street.open_in(phone)
    press(page)
    door = page.locator("[data-island=door]")
    expect(door).to_have_attribute("data-reason", setback.reason)
    expect(door).to_have_attribute("data-state", setback.state)
    street.instead.clear()
    press(page)
    expect(door).to_have_attribute("data-state", "open")


def test_a_phone_whose_date_is_wrong_is_told_so(phone: BrowserContext, street: Street) -> None:
    page = street.open_in(phone)
    page.clock.set_fixed_time(NOW + 3 * 366 * 24 * 3600)
    press(page)
    expect(page.get_by_text("Check the date of this phone")).to_be_visible()


def test_without_a_key_the_page_says_how_to_get_one(phone: BrowserContext, world: World) -> None:
    page = Street(world, "door").open_in(phone)
    press(page)
    expect(page.locator("[data-island=door]")).to_have_attribute("data-reason", "no-phone")


def test_while_it_works_a_second_press_does_nothing(phone: BrowserContext, street: Street) -> None:
    page = street.open_in(phone)
    expect(page.locator("button[data-part=act]")).to_be_enabled()
    page.evaluate(
        "() => { const act = document.querySelector('button[data-part=act]'); act.click(); act.click(); act.click(); }"
    )
    expect(page.locator("[data-island=door]")).to_have_attribute("data-state", "open")
    assert street.asked.count(f"/api/v1/gates/{GATE}/response") == 1
