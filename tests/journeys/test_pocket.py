"""A phone in a pocket: what it still shows without a network, to whom, and nothing of one person to another."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.factories import make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.battery.blows import until
from tests.journeys.browser import Chromium, Member, Town, enrolled, faults, log_in

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
READY = "navigator.serviceWorker.ready.then(({ active }) => active.state)"
ABSENT = re.compile(r"ERR_INTERNET_DISCONNECTED|status of 503|ERR_FAILED")
# Once the worker has the page, it answers the next ones.
HELD = "() => navigator.serviceWorker.controller !== null"


@pytest.fixture
def technicians(town: Town) -> list[Member]:
    """Two of one firm, whose phones are theirs; today they share one."""

    def hired() -> list[Member]:
        firm = make_organisation("Réseau de l’Ourcq")
        members = [enrolled(name) for name in ("Nadia Belkacem", "Tom Vasseur")]
        for member in members:
            begin_membership(person=member.id, organisation=firm, role=Role.TECHNICIAN, valid_from=utc_now(), by=None)
        return members

    return town.act(hired)


@pytest.fixture
def phone(chromium: Chromium) -> Iterator[Page]:
    """A phone whose browser says, of course, that it had no network when it had none."""
    yield chromium.visit(**PHONE)
    chromium.complaints[:] = [each for each in chromium.complaints if not ABSENT.search(each)]


def settle(page: Page) -> None:
    """Return when our worker answers for the page."""
    page.evaluate(READY)
    page.wait_for_function(HELD)


def kept(page: Page) -> list[str]:
    """Paths of what the browser keeps of pages."""
    script = "async () => (await (await caches.open('beffroi-pages')).keys()).map(({ url }) => url)"
    return sorted(urlsplit(str(url)).path for url in page.evaluate(script))


def drafts(page: Page) -> str:
    """All that the browser keeps of what was typed, as text; nothing where it never kept any."""
    return str(
        page.evaluate("""async () => {
          if (!(await indexedDB.databases()).some(({ name }) => name === "beffroi-drafts")) return "";
          const asked = (request) => new Promise((done, failed) => {
            request.onsuccess = () => done(request.result);
            request.onerror = () => failed(request.error);
          });
          const opening = indexedDB.open("beffroi-drafts");
          opening.onupgradeneeded = () => opening.transaction.abort(); // it was erased meanwhile
          const database = await asked(opening).catch(() => null);
          if (database === null) return "";
          const all = await asked(database.transaction("drafts").objectStore("drafts").getAll());
          database.close();
          return all.length ? JSON.stringify(all) : "";
        }""")
    )


def log_out(page: Page) -> None:
    page.goto("/logout/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("link", name="Se connecter").first).to_be_visible()


def test_without_a_network_orders_are_as_they_were_and_the_rest_says_so(phone: Page, technicians: list[Member]) -> None:
    nadia, _tom = technicians
    page = phone
    log_in(page, nadia)
    settle(page)
    page.goto("/orders/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/account/sessions/")
    assert "/account/sessions/" not in kept(page)
    assert "/orders/" in kept(page)
    page.context.set_offline(True)
    page.goto("/orders/")
    banner = page.locator("main .banner").first
    expect(banner).to_contain_text("Pas de réseau")
    expect(banner).to_contain_text(str(utc_now().year))
    assert faults(page) == []
    page.goto("/account/sessions/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pas de réseau")
    expect(page.locator("main")).to_contain_text("No network")
    expect(page.locator(".masthead-name")).to_contain_text("Ville de Meaux")
    assert faults(page) == []
    page.context.set_offline(False)
    page.goto("/orders/")
    expect(page.locator("main .banner", has_text="Pas de réseau")).to_have_count(0)


def test_nothing_of_one_is_shown_to_the_other_on_a_phone_they_share(phone: Page, technicians: list[Member]) -> None:
    nadia, tom = technicians
    page = phone
    log_in(page, nadia)
    settle(page)
    page.goto("/orders/")
    assert "/orders/" in kept(page)
    log_out(page)
    assert "/orders/" not in kept(page)
    page.context.set_offline(True)
    page.goto("/orders/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pas de réseau")
    page.context.set_offline(False)

    log_in(page, nadia)
    page.goto("/orders/")
    assert "/orders/" in kept(page)
    page.context.clear_cookies()  # her session is over, and nobody logged out
    log_in(page, tom)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tom Vasseur")
    assert "/orders/" not in kept(page)
    page.context.set_offline(True)
    page.goto("/orders/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pas de réseau")


def test_another_build_leaves_nothing_of_the_former_one(phone: Page, technicians: list[Member]) -> None:
    page = phone
    log_in(page, technicians[0])
    settle(page)
    page.goto("/orders/")
    names = "async () => (await caches.keys()).filter((name) => name.startsWith('beffroi-files-'))"
    (now,) = page.evaluate(names)
    page.evaluate("caches.open('beffroi-files-former')")
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.unregister())")
    page.goto("/orders/")
    settle(page)
    until(lambda: "beffroi-files-former" not in page.evaluate("caches.keys()"), "the former build is still there")
    assert page.evaluate(names) == [now]


def test_what_was_begun_is_there_again_until_its_writer_logs_out(town: Town, phone: Page) -> None:
    def hired() -> Member:
        firm, member = make_organisation("Réseau de l’Ourcq"), enrolled("Bob Garnier")
        begin_membership(person=member.id, organisation=firm, role=Role.DISPATCHER, valid_from=utc_now(), by=None)
        return member

    bob, page = town.act(hired), phone
    log_in(page, bob)
    field = page.locator("[name=reference]")
    back = page.locator("[data-draft-back]")
    page.goto("/orders/add/")
    field.fill("T-1204")
    until(lambda: "T-1204" in drafts(page), "nothing was kept")
    page.goto("/orders/")
    page.goto("/orders/add/")
    expect(field).to_have_value("T-1204")
    expect(back).to_be_visible()
    assert faults(page) == []
    back.get_by_role("button").click()
    expect(field).to_have_value("")
    field.fill("T-1205")
    until(lambda: "T-1205" in drafts(page), "nothing was kept")
    log_out(page)
    until(lambda: drafts(page) == "", "what was written is still there")
    log_in(page, bob)
    page.goto("/orders/add/")
    expect(field).to_have_value("")
    expect(back).to_be_hidden()
