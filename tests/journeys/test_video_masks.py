"""Part of a camera's image is hidden: drawn by whoever administers, by mouse and by keyboard, and seen by nobody from then on."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

from beffroi.kernel.register.models import Entry
from beffroi.lib.viewer import Role
from beffroi.systems.video.models import Camera
from tests.islands.player.screen import tile
from tests.journeys.browser import Chromium, apart, faults, log_in, send, until
from tests.journeys.looking import in_four_acts, live, seated
from tests.journeys.residence import Site, member

# Of the picture, in fractions: left, top, right, bottom.
ZONE: Final = 0.4, 0.3, 0.8, 0.8
DARK, LIGHT = 60, 90  # of 255: what is hidden is darker everywhere, the scene is lighter somewhere
# How light the lightest point of that part of a tile's picture is; of a picture that isn't there, nothing.
LIGHTEST: Final = """(video, [left, top, right, bottom]) => {
  if (!video.videoWidth) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  const [x, y] = [Math.ceil(left * canvas.width), Math.ceil(top * canvas.height)];
  const { data } = pen.getImageData(x, y, Math.floor(right * canvas.width) - x, Math.floor(bottom * canvas.height) - y);
  return data.reduce((most, value, at) => (at % 4 === 3 ? most : Math.max(most, value)), 0);
}"""


def test_what_is_hidden_is_seen_by_nobody_from_then_on(site: Site, watching: Chromium) -> None:
    officer, hall = seated(watching, site.officer), f"entrance:{site.hall.entrance_id}"
    in_four_acts(officer, hall)
    live(officer, site.hall)
    assert lightest(officer, site.hall) > LIGHT

    office = watching.visit()
    log_in(office, apart(lambda: member("Paule Roy", site.here.town.authority.organisation, Role.ADMINISTRATOR)))
    office.goto(f"/video/cameras/{site.hall.pk}/mask/")
    drawn(office)
    assert faults(office) == []
    send(office.get_by_role("button", name="Masquer", exact=True))
    expect(office.get_by_text("1 partie de son image est cachée à tous.")).to_be_visible()
    assert apart(lambda: Entry.objects.filter(kind="video.camera-masked").count()) == 1

    expect(tile(officer, str(site.hall.pk))).to_have_attribute("data-state", "ended")
    until(office, lambda: site.relay.uses() == [], "somebody still looks at what was there before")
    in_four_acts(officer, hall)
    for _ in range(4):
        live(officer, site.hall, more=10)
        assert lightest(officer, site.hall) < DARK
    confirmed_before_their_eyes(site, office)


def confirmed_before_their_eyes(site: Site, office: Page) -> None:
    """Of a frame of other proportions, with what was drawn before that; the page says when the relay holds it, without being asked."""
    site.relay.kill()
    office.goto(f"/video/cameras/{site.hall.pk}/mask/")
    island = office.locator("[data-island=hide]")
    expect(island).to_have_attribute("data-state", "ready")
    island.locator("[data-part=add]").press("Enter")
    expect(parts(office)).to_have_count(2)
    before, wide = held(office), shape(office)
    office.get_by_role("link", name="4:3").press("Enter")
    expect(office.get_by_role("link", name="4:3")).to_have_attribute("aria-current", "page")
    assert (held(office), parts(office).count()) == (before, 2)
    assert shape(office) < wide
    send(office.get_by_role("button", name="Masquer", exact=True))
    waiting = office.get_by_text("qui ne l’ont pas encore confirmé")
    expect(waiting).to_be_visible()
    expect(office.get_by_role("link", name="Relais de l’entrée 1")).to_be_visible()
    office.evaluate("window.kept = true")
    site.relay.start()
    expect(waiting).to_be_hidden()
    expect(office.get_by_text("2 parties de son image sont cachées à tous.")).to_be_visible()
    assert office.evaluate("window.kept"), "the page was loaded again"


def shape(page: Page) -> float:
    """Of the frame, how many times it is as wide as high."""
    box = page.locator("[data-part=board]").bounding_box()
    assert box is not None
    return box["width"] / box["height"]


def drawn(page: Page) -> None:
    """By mouse, then another by keyboard, which is taken back."""
    island = page.locator("[data-island=hide]")
    expect(island).to_have_attribute("data-state", "ready")
    board = island.locator("[data-part=board]")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None
    (x, y), (right, bottom) = ((box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1]) for at in corners())
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=4)
    page.mouse.up()
    expect(parts(page)).to_have_count(1)
    by_mouse = held(page)
    island.locator("[data-part=add]").press("Enter")
    expect(parts(page)).to_have_count(2)
    parts(page).nth(1).locator("button").press("Shift+ArrowRight")
    parts(page).nth(1).locator("button").press("Delete")
    expect(parts(page)).to_have_count(1)
    assert held(page) == by_mouse


def corners() -> tuple[tuple[float, float], tuple[float, float]]:
    """A little more than what is looked at."""
    left, top, right, bottom = ZONE
    return (left - 0.02, top - 0.02), (right + 0.02, bottom + 0.02)


def parts(page: Page) -> Locator:
    return page.locator("[data-part=marks] > li")


def held(page: Page) -> str:
    return page.locator("[name=areas]").input_value()


def lightest(page: Page, camera: Camera) -> int:
    """Of the part that is to be hidden, as the browser shows it."""
    found = tile(page, str(camera.pk)).locator("video").evaluate(LIGHTEST, list(ZONE))
    assert isinstance(found, int), "nothing is shown"
    return found
