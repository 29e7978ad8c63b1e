"""Three photos taken where there is no network become one report with three photos once there is one, and nobody does anything."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from beffroi.adapters.keystore import KeyStore
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Photo, Report
from tests.journeys.browser import Chromium, Town, expect_logged_in, faults, log_in, send, until
from tests.journeys.test_notification import worker_of

NEW = "/reports/meaux/new/"
ABSENT = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|status of 503|AJAXError|Failed to fetch")
HELD = "() => navigator.serviceWorker.controller !== null"
# How many photos this phone holds.
STORED = """async () => {
  const asked = (request) => new Promise((done) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => done(null);
  });
  const opening = indexedDB.open("beffroi-reports");
  opening.onupgradeneeded = () => opening.transaction.abort(); // the page makes it
  const database = await asked(opening);
  if (database === null) return 0;
  const all = await asked(database.transaction("photos").objectStore("photos").getAll());
  database.close();
  return all.flat().length;
}"""
KEPT = "async (path) => (await (await caches.open('beffroi-pages')).match(path)) !== undefined"


@pytest.fixture
def phone(chromium: Chromium) -> Iterator[Page]:
    """A phone whose browser says, of course, that it had no network when it had none."""
    yield chromium.visit(viewport={"width": 390, "height": 844}, has_touch=True)
    chromium.complaints[:] = [each for each in chromium.complaints if not ABSENT.search(each)]


def photo(number: int) -> FilePayload:
    """As a phone writes it; the first one says where it was taken."""
    exif = Image.Exif()
    if number == 1:
        exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 57.0, 36.0), 3: "E", 4: (2.0, 52.0, 48.0)})
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (40 * number, 90, 120)).save(file, "JPEG", exif=exif)
    return {"name": f"trou-{number}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def opened(town: Town, home: Path) -> None:
    """Reports are on."""
    KeyStore(home / "keys").create_media_key()

    def begun() -> None:
        switched_on(town.authority.id)
        make_category(town.authority.id)

    town.act(begun)


def known(town: Town, home: Path, page: Page) -> None:
    """The phone has been on their page once: the first visit is enough."""
    opened(town, home)
    page.goto(NEW)
    page.wait_for_function(HELD)
    until(page, lambda: bool(page.evaluate(KEPT, NEW)), "the page isn't kept")


def test_three_photos_taken_without_a_network_leave_as_one_report(town: Town, phone: Page, tmp_path: Path) -> None:
    page = phone
    known(town, tmp_path, page)
    page.context.set_offline(True)
    page.goto(NEW)
    expect(page.locator("main .banner").first).to_contain_text("part tout seul")

    step, go_on = page.locator("[data-part=progress]"), page.get_by_role("button", name="Continuer")
    page.locator("[data-part=photos]").set_input_files([photo(number) for number in (1, 2, 3)])
    expect(page.locator(".picture canvas:visible")).to_have_count(3)
    assert faults(page) == []
    page.get_by_role("button", name="Cacher un visage ou une plaque (photo 2)").click()
    expect(page.locator("[data-island=hide]")).to_have_attribute("data-state", "ready")
    page.locator("[data-part=board]").click()
    expect(page.locator(".hide-area")).to_have_count(1)
    page.get_by_role("button", name="Garder ainsi").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # A phone that puts the page away for its camera gives it back as it was.
    page.reload()
    expect(page.locator(".picture canvas:visible")).to_have_count(3)
    expect(page.locator("[data-part=back-again]")).to_be_visible()
    go_on.click()
    expect(step).to_contain_text("Étape 2 sur 5")
    expect(page.locator("[name=latitude]")).to_have_value(re.compile(r"^48\.96"))
    go_on.click()
    go_on.click()
    expect(page.get_by_text("Choisissez de quoi il s’agit.")).to_be_visible()
    page.get_by_text("Nid-de-poule").click()
    go_on.click()
    expect(step).to_contain_text("Étape 5 sur 5")
    page.locator("[name=text]").fill("Un trou devant l’école")
    assert faults(page) == []
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_text("Gardé sur cet appareil")).to_be_visible()
    row = page.locator(".draft")
    expect(row.get_by_text("Part tout seul dès qu’il y a du réseau")).to_be_visible()
    assert faults(page) == []
    assert town.act(Report.objects.count) == 0

    page.context.set_offline(False)
    expect(row.get_by_role("link", name="Le voir")).to_be_visible()
    report = town.act(lambda: Report.objects.select_related("category").get())
    expect(row).to_contain_text(report.reference)
    assert (report.text, round(report.latitude, 2)) == ("Un trou devant l’école", 48.96)
    assert town.act(Photo.objects.filter(report=report).count) == 3
    row.get_by_role("link", name="Le voir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci, il est arrivé")
    expect(page.get_by_role("main")).to_contain_text(report.reference)
    assert faults(page) == []
    assert town.act(Report.objects.count) == 1


def test_what_waits_leaves_with_no_page_open_once_the_browser_says_that_there_is_a_network(
    town: Town, phone: Page, tmp_path: Path
) -> None:
    """The worker sends it: somebody put the phone back into their pocket. Chromium's own wait for a network is played."""
    page = phone
    known(town, tmp_path, page)
    devtools, registration = worker_of(page)
    page.context.set_offline(True)
    page.goto(NEW)
    go_on = page.get_by_role("button", name="Continuer")
    page.locator("[data-part=photos]").set_input_files([photo(1)])
    expect(page.locator(".picture canvas:visible")).to_have_count(1)
    go_on.click()
    expect(page.locator("[name=latitude]")).to_have_value(re.compile(r"^48\.96"))
    go_on.click()
    page.get_by_text("Nid-de-poule").click()
    go_on.click()
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_text("Gardé sur cet appareil")).to_be_visible()
    page.goto("about:blank")
    page.context.set_offline(False)

    def left() -> bool:
        """DevTools doesn't say when it found no worker, or one that has no network yet: the browser tries again, as in life."""
        devtools.send(
            "ServiceWorker.dispatchSyncEvent",
            {"origin": town.address, "registrationId": registration, "tag": "beffroi-reports", "lastChance": False},
        )
        return town.act(Report.objects.count) == 1

    until(page, left, "the report doesn't leave")
    assert town.act(Photo.objects.count) == 1
    page.goto(NEW)
    expect(page.locator(".draft")).to_contain_text(town.act(Report.objects.get).reference)
    assert town.act(Report.objects.count) == 1


def test_a_log_out_that_would_lose_a_report_says_so_first(town: Town, phone: Page, tmp_path: Path) -> None:
    page = phone
    known(town, tmp_path, page)
    log_in(page, town.administrator)
    expect_logged_in(page, town.administrator)
    page.goto(NEW)
    page.locator("[data-part=photos]").set_input_files([photo(1)])
    until(page, lambda: page.evaluate(STORED) == 1, "the photo isn't kept")

    def leave() -> None:
        page.goto("/")
        account = page.locator("details.menu", has_text="Se déconnecter")
        account.locator("summary").click()
        account.get_by_role("button", name="Se déconnecter").click()

    leave()
    expect(page.get_by_text("Un signalement n’est pas encore parti de cet appareil")).to_be_visible()
    assert faults(page) == []
    send(page.get_by_role("link", name="Rester connecté"))
    page.goto(NEW)
    expect(page.locator(".picture canvas:visible")).to_have_count(1)

    leave()
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("main").get_by_role("link", name="Se connecter")).to_be_visible()
    page.goto(NEW)
    expect(page.locator("[data-part=camera]")).to_be_visible()
    expect(page.locator(".picture canvas:visible")).to_have_count(0)


def test_a_photo_that_was_chosen_before_the_page_knows_what_to_do_with_it_is_not_lost(
    town: Town, phone: Page, tmp_path: Path
) -> None:
    """On a slow line the button is there before its script."""
    opened(town, tmp_path)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/assets/report-*.js", hold)
    phone.goto(NEW, wait_until="commit")
    phone.locator("[data-part=photos]").set_input_files([photo(1)])
    until(phone, lambda: bool(held), "the page asks for no script")
    held[0].continue_()
    expect(phone.locator(".picture canvas:visible")).to_have_count(1)
    until(phone, lambda: phone.evaluate(STORED) == 1, "the photo isn't kept")
