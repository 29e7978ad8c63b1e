"""What is on the screen: tiles, frames, and what the relay lets be seen meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from playwright.sync_api import Locator, Page, expect

from beffroi.simulator.cameras import strip
from tests.edge.street import PATIENCE
from tests.edge.town import CAMERA
from tests.islands.player.desk import Desk

ROW = """video => {
  const canvas = new OffscreenCanvas(video.videoWidth || 1, video.videoHeight || 1);
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  const y = Math.floor(Math.floor(canvas.height / 20) / 2);
  const { data } = pen.getImageData(0, y, canvas.width, 1);
  return [canvas.width, canvas.height, Array.from({ length: canvas.width }, (_, x) => data[4 * x])];
}"""
FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"
MORE = """([gate, count]) => {
  const video = document.querySelector(`[data-tile="${gate}"] video`);
  return video.getVideoPlaybackQuality().totalVideoFrames > count;
}"""


def tile(page: Page, gate: str = CAMERA) -> Locator:
    return page.locator(f'[data-tile="{gate}"]')


def uses(desk: Desk) -> list[str]:
    """What the relay lets be seen now, by the names of the register."""
    found = desk.site.state()["uses"]
    assert isinstance(found, list)
    return found


def sole_use(page: Page, desk: Desk) -> str:
    """The one look that goes on: one that was lost on a full machine is let go of by the relay a moment after the next began."""
    until(page, lambda: len(uses(desk)) == 1)
    (use,) = uses(desk)
    return use


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


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def number(page: Page, gate: str = CAMERA) -> int | None:
    """What the strip says of the frame that is on the screen."""
    width, height, row = page.locator(f'[data-tile="{gate}"] video').evaluate(ROW)
    return strip.read(lambda x, _: row[x], (width, height))


def frames(page: Page, gate: str = CAMERA) -> int:
    """How many were decoded since the picture began."""
    return int(page.locator(f'[data-tile="{gate}"] video').evaluate(FRAMES))


def until_more(page: Page, count: int, gate: str = CAMERA) -> None:
    """Wait until more than so many were decoded."""
    page.wait_for_function(MORE, arg=[gate, count], timeout=PATIENCE * 1000)


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for a condition of this side, the browser going on meanwhile."""
    end = monotonic() + PATIENCE
    while not true():
        assert monotonic() < end
        page.wait_for_timeout(20)  # the browser goes on meanwhile
