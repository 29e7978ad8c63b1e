"""The wall of a supervision centre: a screen is paired by its key, shows what happens, and goes blank when it is removed."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from beffroi.kernel.register.models import Entry
from beffroi.kernel.screens.actions import note_seen, pair_screen
from beffroi.kernel.screens.models import Screen
from beffroi.kernel.screens.rules import SESSION_LASTS
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.models import Cabinet
from scripts.find_browser import find
from tests.journeys.browser import FLAGS, PATIENCE, Chromium, Town, faults, log_in
from tests.journeys.station import FORCED, alarm, operator

CODE = re.compile(r"^[2-9A-Z]{4}-[2-9A-Z]{4}$")


def hung(chromium: Chromium) -> Page:
    """A screen that was just hung on the wall."""
    page = chromium.visit(viewport={"width": 1920, "height": 1080})
    page.goto("/wall/")
    expect(page.locator("[data-island=wall]")).to_have_attribute("data-state", "waiting")
    return page


def test_a_screen_is_added_shows_what_happens_and_goes_blank_when_it_is_removed(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    wall = hung(chromium)
    code = wall.locator("[data-slot=code]")
    expect(code).to_have_text(CODE)
    expect(wall.get_by_role("img", name="QR")).to_be_visible()
    assert faults(wall) == []

    desk = chromium.visit()
    log_in(desk, operator(town, "Omar Diallo"))
    desk.wait_for_url("**/")
    desk.goto("/screens/")
    expect(desk.get_by_text("Aucun écran")).to_be_visible()
    desk.get_by_role("link", name="Ajouter un écran").first.click()
    desk.get_by_label("Code affiché par l’écran").fill("ABCD-EFGH")
    desk.get_by_label("Nom de l’écran").fill("Mur du CSU")
    desk.get_by_role("button", name="Ajouter cet écran").click()
    expect(desk.get_by_text("Aucun écran n’affiche ce code")).to_be_visible()
    expect(desk.get_by_label("Nom de l’écran")).to_have_value("Mur du CSU")
    desk.get_by_label("Code affiché par l’écran").fill(code.inner_text().lower())
    desk.get_by_role("button", name="Ajouter cet écran").click()
    expect(desk.get_by_role("rowheader", name="Mur du CSU")).to_be_visible()
    assert faults(desk) == []

    root = wall.locator("[data-island=wall]")
    expect(root).to_have_attribute("data-map", "drawn")
    expect(wall.get_by_role("heading", level=1)).to_contain_text("Mur du CSU")
    expect(wall.locator("[data-slot=time]")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(wall.get_by_text("Aucune alerte")).to_be_visible()
    alarm(town, cabinets[0], FORCED)
    expect(wall.get_by_role("listitem").filter(has_text="PM-77284-0001")).to_be_visible()
    expect(wall.get_by_role("button")).to_have_count(0)
    expect(wall.get_by_role("main").get_by_role("link")).to_have_count(0)
    assert faults(wall) == []

    first = town.act(lambda: Screen.objects.get().thumbprint)
    desk.reload()
    expect(desk.get_by_text("Allumé")).to_be_visible()
    # It is blank at once, even where the server has no time to say why.
    wall.route("**/wall/session/", lambda route: route.fulfill(status=429, json={"code": "too-many-asks"}))
    desk.get_by_role("button", name="Retirer Mur du CSU").click()
    expect(wall.locator(".wall-picture")).to_be_hidden()
    wall.unroute("**/wall/session/")
    expect(root).to_have_attribute("data-state", "waiting")
    chromium.complaints[:] = [one for one in chromium.complaints if "429" not in one]
    expect(wall.get_by_text("PM-77284-0001")).to_have_count(0)
    kinds = town.act(lambda: list(Entry.objects.filter(kind__startswith="screen.").values_list("kind", flat=True)))
    assert sorted(kinds) == ["screen.paired", "screen.revoked"]
    keys = town.act(lambda: set(Screen.objects.values_list("thumbprint", flat=True)))
    assert len(keys) == 2, "a screen that was removed has another key"
    assert first in keys


def test_a_screen_finds_its_key_again_when_its_browser_restarts(
    town: Town, chromium: Chromium, cabinets: list[Cabinet], tmp_path: Path
) -> None:
    """A profile on the disk, as a player behind a screen has one; the key in it can't be taken out. Its session ran out meanwhile."""

    def started() -> BrowserContext:
        player = chromium.browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=find(), args=FLAGS, base_url=town.address, locale="fr-FR"
        )
        player.set_default_timeout(PATIENCE * 1000)
        return player

    with started() as player:
        page = player.new_page()
        page.goto("/wall/")
        code = page.locator("[data-slot=code]")
        expect(code).to_have_text(CODE)
        shown = code.inner_text()
        town.act(
            lambda: pair_screen(
                authority=town.authority.id, code=shown, name="Mur", now=utc_now(), by=town.administrator.id
            )
        )
        root = page.locator("[data-island=wall]")
        expect(root).to_have_attribute("data-state", "paired")
        extractable = page.evaluate(
            """() => new Promise(done => { indexedDB.open("beffroi").onsuccess = event => {
                 event.target.result.transaction("keys").objectStore("keys").getAll().onsuccess = found =>
                   done(found.target.result.map(one => one.pair.privateKey.extractable)) } })"""
        )
        assert extractable == [False]
    town.act(lambda: note_seen(screen=Screen.objects.get(), now=utc_now() - SESSION_LASTS))
    alarm(town, cabinets[0], FORCED)
    with started() as player:
        page = player.new_page()
        page.goto("/wall/")
        expect(page.get_by_role("listitem").filter(has_text="PM-77284-0001")).to_be_visible()
        assert page.url.endswith("/wall/"), "nothing secret in the address"
