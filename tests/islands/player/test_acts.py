"""What an officer does at the pictures: answers, takes, marks, chooses, asks with a browser's key."""

from playwright.sync_api import BrowserContext, Download, Page, expect

from tests.edge.street import PATIENCE
from tests.edge.town import OTHER_CAMERA
from tests.islands.player.desk import BOTH, Desk
from tests.islands.player.screen import ended, frames, sole_use, soon, tile, until, until_more, uses, watched

QUIET = "“Still intervening?” would not be heard"
COUNTED = """
  window.contexts = window.notes = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.notes += 1; return make.call(this); };
  window.AudioContext = class extends AudioContext { constructor() { super(); window.contexts += 1; } };
"""
ONCE = """new Promise(done => {
  const look = () => {
    const tile = document.querySelector("[data-tile]"), notice = document.querySelector('[data-part="quiet"]');
    if (notice && %s) done([notice.hidden, window.contexts, window.notes, navigator.userActivation.hasBeenActive]);
    else setTimeout(look, 20);
  };
  look();
})"""


def untouched(page: Page, desk: Desk, once: str) -> tuple[Page, object]:
    """A page in which nobody has done anything, and how it stands once something is true: looked at by the browser's own protocol, since
    what Playwright asks of a page counts as a touch of it.
    """
    other = page.context.new_page()
    other.add_init_script(COUNTED)
    other.goto(f"{desk.origin}/watch")
    look = {"expression": ONCE % once, "awaitPromise": True, "returnByValue": True}
    return other, page.context.new_cdp_session(other).send("Runtime.evaluate", look)["result"]["value"]


def test_a_page_that_nobody_touched_says_that_it_is_not_heard_and_one_touch_turns_it_on(page: Page, desk: Desk) -> None:
    desk.said |= {"asks": soon(0), "closes": soon(120)}
    desk.deaf = True
    other, stands = untouched(page, desk, "!notice.hidden")
    assert stands == [False, 0, 0, False]
    expect(tile(other).get_by_text("Sound off")).to_be_visible()
    other.keyboard.press("x")
    expect(other.get_by_text(QUIET)).to_be_hidden()
    expect(tile(other).get_by_text("Sound off")).to_be_hidden()
    other.wait_for_function("() => window.notes >= 2", timeout=PATIENCE * 1000)
    assert other.evaluate("window.contexts") == 1


def test_nothing_is_said_of_the_sound_where_nothing_is_asked(page: Page, desk: Desk) -> None:
    _, stands = untouched(page, desk, "tile.dataset.state === 'live'")
    assert stands == [True, 0, 0, False]


def test_still_intervening_is_asked_aloud_and_any_key_answers_and_does_nothing_else(page: Page, desk: Desk) -> None:
    page.add_init_script(COUNTED)
    desk.said["asks"] = soon(0)
    watched(page, desk)
    desk.said["closes"] = soon(120)
    dialog = page.get_by_role("dialog", name="Still intervening?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("alert").first).to_contain_text("Any key or a click keeps the images. Time left: ")
    page.wait_for_function("() => window.notes >= 2")
    expect(page.get_by_text(QUIET)).to_be_hidden()
    page.keyboard.press("e")
    expect(dialog).to_be_hidden()
    assert [path for path in desk.heard if path in ("/still", "/end")] == ["/still"]
    expect(tile(page)).to_have_attribute("data-state", "live")


def test_a_click_answers_and_a_server_that_did_not_hear_is_told_again(page: Page, desk: Desk) -> None:
    desk.said |= {"asks": soon(0), "closes": soon(600)}
    page.goto(f"{desk.origin}/watch")
    dialog = page.get_by_role("dialog", name="Still intervening?")
    desk.deaf = True
    dialog.get_by_role("button", name="Yes, still intervening").click()
    expect(dialog).to_contain_text("The server did not hear you.")
    desk.deaf = False
    page.keyboard.press("Shift")  # any key; where the end of the click was heard by now, it says nothing more
    expect(dialog).to_be_hidden()
    assert desk.heard.count("/still") == 1


def test_nobody_answers_and_the_picture_closes(page: Page, desk: Desk) -> None:
    desk.said["asks"] = soon(0)
    watched(page, desk)
    desk.said["closes"] = soon(6)
    ended(page, desk, "Nobody answered")
    page.keyboard.press("r")
    page.wait_for_url("**/again")


def test_a_snapshot_and_a_mark_are_entries(page: Page, desk: Desk) -> None:
    watched(page, desk)
    use = sole_use(page, desk)
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
    until(page, lambda: len(uses(desk)) == len(BOTH))
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


def test_a_key_leads_to_the_next_cameras_of_a_request_over_more_than_a_page_shows(page: Page, desk: Desk) -> None:
    desk.following = "/again"
    watched(page, desk)
    page.keyboard.press("n")
    page.wait_for_url("**/again")
    desk.site.hands.until(lambda state: state["uses"] == [])


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
