"""Cameras on request in a real browser, before a real relay and simulated cameras: frames are counted, and so is their end."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Download, Locator, Page, expect

from beffroi.adapters.process.places import free_port
from tests.edge.relay.site import Cameras, Site
from tests.edge.server import MOSQUITTO, Broker
from tests.edge.town import CAMERA, NOW, OTHER_CAMERA, Town
from tests.islands.desk import BOTH, GRANT, Desk, enrol, frames, number, origin, until, until_more

# What Chromium says of a request that fails, which here it does on purpose, and of a page that nobody touched yet.
EXPECTED = ("Failed to load resource", "The AudioContext was not allowed to start")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    running = Cameras()
    yield running
    running.close()


@pytest.fixture
def desk(tmp_path: Path, broker: Broker, cameras: Cameras) -> Iterator[Desk]:
    """A relay whose clock the test drives, and the page of a request that it admits."""
    page, relay = free_port(), free_port()
    options = ("--clock", "hands", "--listen", f"127.0.0.1:{relay}", "--origin", origin(page))
    with Site.build(Town(), tmp_path / "relay", broker, cameras, *options) as site, Desk(site, page) as desk:
        yield desk


@pytest.fixture
def screen(browser: Browser) -> Iterator[BrowserContext]:
    """A desk's browser with an empty store of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(screen: BrowserContext, desk: Desk) -> Iterator[Page]:
    """A browser whose key has the right; what it complains of is an error."""
    page = screen.new_page()
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    enrol(page, desk)
    desk.sign()
    yield page
    assert complaints == []


def tile(page: Page, gate: str = CAMERA) -> Locator:
    return page.locator(f'[data-tile="{gate}"]')


def uses(desk: Desk) -> list[str]:
    """What the relay lets be seen now, by the names of the register."""
    found = desk.site.state()["uses"]
    assert isinstance(found, list)
    return found


def watched(page: Page, desk: Desk) -> Page:
    """The page, once each of its cameras is on the screen."""
    page.get_by_role("link", name="Watch").click()
    for gate in desk.cameras:
        expect(tile(page, gate)).to_have_attribute("data-state", "live")
    return page


def ended(page: Page, desk: Desk, words: str) -> None:
    """The picture is closed in these words, nothing of it is left, and nothing comes any more."""
    expect(tile(page)).to_have_attribute("data-state", "ended")
    expect(tile(page)).to_contain_text(words)
    assert tile(page).locator("video").evaluate(
        "video => [video.readyState, video.videoWidth, video.hasAttribute('src')]"
    ) == [0, 0, False]
    desk.site.hands.until(lambda state: state["uses"] == [])
    until(page, lambda: desk.site.cameras.viewers(1) == 0)


def test_the_picture_lives_and_says_who_looks_why_and_for_how_long(page: Page, desk: Desk) -> None:
    watched(page, desk)
    seen = frames(page)
    until_more(page, seen + 25)
    first = number(page)
    until(page, lambda: number(page) not in (first, None))
    for words in ("Hall A", "Nina Roche", "Occupation abusive", "Police municipale"):
        expect(tile(page)).to_contain_text(words)
    expect(tile(page).locator('[data-slot="left"]')).to_have_text(re.compile(r"1:59:\d\d"))
    written = (
        tile(page)
        .locator("canvas")
        .evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(byte => byte > 0)")
    )
    assert written, "there is no watermark"
    expect(page.get_by_role("status")).to_contain_text("Hall A – Live image")
    (use,) = uses(desk)
    assert len(use) == 22


def test_it_stays_close_to_what_the_camera_sees(page: Page, desk: Desk) -> None:
    watched(page, desk)
    until_more(page, frames(page) + 50)
    lag = "video => video.buffered.end(video.buffered.length - 1) - video.currentTime"
    until(page, lambda: float(tile(page).locator("video").evaluate(lag)) < 0.3)


def test_it_goes_black_when_the_time_is_over(page: Page, desk: Desk) -> None:
    desk.sign(end=NOW + 60)
    watched(page, desk)
    desk.site.hands.do("advance", milliseconds=60_000)
    ended(page, desk, "The time granted is over.")
    page.keyboard.press("r")
    expect(tile(page)).to_have_attribute("data-state", "refused")
    expect(tile(page)).to_contain_text("The time granted is over.")


def test_it_goes_black_by_the_page_s_own_countdown_too(page: Page, desk: Desk) -> None:
    """A relay that went on would be looked at no longer."""
    desk.said["ends"] = (datetime.now(UTC) + timedelta(seconds=8)).isoformat()
    watched(page, desk)
    ended(page, desk, "The time granted is over.")


def test_it_goes_black_when_the_right_is_withdrawn(page: Page, desk: Desk) -> None:
    watched(page, desk)
    site = desk.site
    site.bring(revocation=site.town.revocations(2, grants=frozenset({GRANT})))
    ended(page, desk, "The right to look was withdrawn.")
    desk.said |= {"state": "over", "reason": "convention-ended"}
    page.keyboard.press("r")
    expect(tile(page)).to_have_attribute("data-state", "refused")


def test_the_server_s_reason_is_the_better_one(page: Page, desk: Desk) -> None:
    watched(page, desk)
    desk.said |= {"state": "over", "reason": "convention-ended"}
    desk.site.bring(revocation=desk.site.town.revocations(2, grants=frozenset({GRANT})))
    ended(page, desk, "The convention has ended.")


def test_one_key_ends_it_and_one_asks_again(page: Page, desk: Desk) -> None:
    watched(page, desk)
    page.keyboard.press("e")
    ended(page, desk, "You ended it.")
    assert desk.heard.count("/end") == 1
    expect(page.get_by_role("status")).to_contain_text("Ended. The register says so.")
    page.keyboard.press("r")
    page.wait_for_url("**/again")


def test_an_end_that_the_server_did_not_hear_is_an_end_all_the_same_and_is_said(page: Page, desk: Desk) -> None:
    watched(page, desk)
    desk.deaf = True
    page.keyboard.press("e")
    ended(page, desk, "You ended it.")
    expect(page.get_by_role("status")).to_contain_text("Press End again")
    desk.deaf = False
    page.keyboard.press("e")
    expect(page.get_by_role("status")).to_contain_text("Ended. The register says so.")


def test_a_relay_that_dies_and_comes_back_is_looked_through_again(page: Page, desk: Desk) -> None:
    watched(page, desk)
    (before,) = uses(desk)
    desk.site.process.kill()
    expect(tile(page)).to_have_attribute("data-state", "lost")
    expect(tile(page)).to_contain_text("Image lost since")
    desk.site.restart()
    desk.site.set_time(NOW)
    expect(tile(page)).to_have_attribute("data-state", "live")
    (after,) = uses(desk)
    assert after != before, "the same use went on without a new exchange"


def test_still_intervening_is_asked_aloud_and_any_key_answers_and_does_nothing_else(page: Page, desk: Desk) -> None:
    page.add_init_script(
        "const make = AudioContext.prototype.createOscillator; window.notes = 0;"
        "AudioContext.prototype.createOscillator = function () { window.notes += 1; return make.call(this); };"
    )
    desk.said["asks"] = _soon(0)
    watched(page, desk)
    desk.said["closes"] = _soon(120)
    dialog = page.get_by_role("dialog", name="Still intervening?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("alert").first).to_contain_text("Any key or a click keeps the images. Time left: ")
    page.wait_for_function("() => window.notes >= 2")
    page.keyboard.press("e")
    expect(dialog).to_be_hidden()
    assert [path for path in desk.heard if path in ("/still", "/end")] == ["/still"]
    expect(tile(page)).to_have_attribute("data-state", "live")


def test_a_click_answers_and_a_server_that_did_not_hear_is_told_again(page: Page, desk: Desk) -> None:
    desk.said |= {"asks": _soon(0), "closes": _soon(120)}
    page.goto(f"{desk.origin}/watch")
    dialog = page.get_by_role("dialog", name="Still intervening?")
    desk.deaf = True
    dialog.get_by_role("button", name="Yes, still intervening").click()
    expect(dialog).to_contain_text("The server did not hear you.")
    desk.deaf = False
    dialog.get_by_role("button", name="Yes, still intervening").click()
    expect(dialog).to_be_hidden()
    assert desk.heard.count("/still") == 1


def test_nobody_answers_and_the_picture_closes(page: Page, desk: Desk) -> None:
    desk.said |= {"asks": _soon(0), "closes": _soon(6)}
    watched(page, desk)
    ended(page, desk, "Nobody answered")
    page.keyboard.press("r")
    page.wait_for_url("**/again")


def test_a_snapshot_is_an_entry_and_bears_its_mark(page: Page, desk: Desk) -> None:
    watched(page, desk)
    (use,) = uses(desk)
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename.startswith("Hall A ")
    assert desk.heard == [*desk.heard[:1], f"/viewings/{use}/snapshot"]
    expect(page.get_by_role("status")).to_contain_text("Hall A – snapshot taken")
    page.keyboard.press("m")
    until(page, lambda: f"/viewings/{use}/mark" in desk.heard)
    expect(page.get_by_role("status")).to_contain_text("this moment is marked")


def test_without_an_entry_there_is_no_snapshot(page: Page, desk: Desk) -> None:
    watched(page, desk)
    taken: list[Download] = []

    def take(download: Download) -> None:
        taken.append(download)

    page.on("download", take)
    desk.deaf = True
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_contain_text("nothing was taken")
    assert taken == []


def test_two_cameras_each_chosen_by_its_key_and_ended_together(page: Page, desk: Desk) -> None:
    desk.cameras = BOTH
    watched(page, desk)
    for gate in BOTH:
        until_more(page, frames(page, gate) + 10, gate)
    assert len(uses(desk)) == 2
    page.keyboard.press("2")
    expect(tile(page, OTHER_CAMERA)).to_be_focused()
    expect(tile(page, OTHER_CAMERA)).to_have_attribute("data-chosen", "true")
    page.keyboard.press("f")
    page.wait_for_function("gate => document.fullscreenElement?.dataset.tile === gate", arg=OTHER_CAMERA)
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")
    page.keyboard.press("e")
    for gate in BOTH:
        expect(tile(page, gate)).to_have_attribute("data-state", "ended")
    desk.site.hands.until(lambda state: state["uses"] == [])


def test_it_begins_by_itself_once_the_owner_has_said_yes(page: Page, desk: Desk) -> None:
    chain, desk.chain = desk.chain, ""
    desk.said["state"] = "granting"
    page.goto(f"{desk.origin}/watch")
    expect(tile(page)).to_contain_text("Waiting for the right to look")
    desk.said["state"], desk.chain = "open", chain
    expect(tile(page)).to_have_attribute("data-state", "live")


def test_leaving_the_page_ends_the_look(page: Page, desk: Desk) -> None:
    watched(page, desk)
    page.goto(f"{desk.origin}/elsewhere")
    desk.site.hands.until(lambda state: state["uses"] == [])
    until(page, lambda: desk.site.cameras.viewers(1) == 0)


Wrong = Callable[[Desk], None]


def another_relay(desk: Desk) -> None:
    desk.site.device = "relais-gare"


def another_key(desk: Desk) -> None:
    desk.said["thumbprint"] = "A" * 43


def another_camera(desk: Desk) -> None:
    desk.cameras = ("camera-99",)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (another_relay, "This is not the relay of this camera"),
        (another_key, "This right is for another browser"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_shown(page: Page, desk: Desk, wrong: Wrong, words: str) -> None:
    device = desk.site.device
    wrong(desk)
    page.goto(f"{desk.origin}/watch")
    expect(tile(page)).to_contain_text(words)
    assert uses(desk) == []
    desk.site.device = device


def test_a_browser_that_the_server_does_not_enrol_asks_for_nothing(screen: BrowserContext, desk: Desk) -> None:
    desk.refuses = "needs-second-factor"
    page = screen.new_page()
    page.goto(f"{desk.origin}/ask")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("Show a second factor")
    assert desk.heard == []
    desk.refuses = ""
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/asked")
    assert desk.key is not None
    assert desk.heard == [f"key={desk.key.thumbprint}"]


def _soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
