"""Cameras on request in a real browser, before a real relay and simulated cameras: frames are counted, and so is their end."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.edge.town import NOW
from tests.islands.player.desk import GRANT, Desk
from tests.islands.player.screen import ended, frames, number, sole_use, soon, tile, until, until_more, uses, watched


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
    assert len(sole_use(page, desk)) == 22


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
    desk.said["asks"] = soon(0)  # from then on it is asked often how the right stands
    watched(page, desk)
    desk.said["ends"] = soon(3)
    ended(page, desk, "The time granted is over.")


def test_it_goes_black_when_the_right_is_withdrawn(page: Page, desk: Desk) -> None:
    watched(page, desk)
    site = desk.site
    site.bring(revocation=site.town.revocations(2, grants=frozenset({GRANT})))
    ended(page, desk, "The right to look was withdrawn.")
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
    before = sole_use(page, desk)
    desk.site.process.kill()
    expect(tile(page)).to_have_attribute("data-state", "lost")
    expect(tile(page)).to_contain_text("Image lost since")
    desk.site.restart()
    desk.site.set_time(NOW)
    expect(tile(page)).to_have_attribute("data-state", "live")
    after = sole_use(page, desk)
    assert after != before, "the same use went on without a new exchange"


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


def test_a_camera_of_h265_alone_says_so_plainly_and_is_seen_once_it_sends_h264(page: Page, desk: Desk) -> None:
    desk.site.cameras.fault(1, "h265")
    page.goto(f"{desk.origin}/watch")
    expect(tile(page)).to_contain_text("This camera sends no H.264 image (only H.265, or another kind)")
    expect(tile(page)).not_to_have_attribute("data-state", "live")
    desk.site.cameras.fault(1, "none")
    expect(tile(page)).to_have_attribute("data-state", "live")


Wrong = Callable[[Desk], None]


def another_relay(desk: Desk) -> None:
    desk.site.device = "relais-gare"


def another_key(desk: Desk) -> None:
    desk.said["thumbprint"] = "A" * 43


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
