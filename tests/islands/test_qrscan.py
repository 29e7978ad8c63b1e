"""The sticker of a cabinet, read by a camera that shows it, or typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect, sync_playwright

from scripts.find_browser import find
from tests.islands.street import ORIGIN, PATIENCE, Street
from tests.protocol.protocol_world import World

WIDTH, HEIGHT, MODULE = 640, 480, 8
BLACK, WHITE = b"\x10", b"\xeb"


def film(text: str, file: Path) -> None:
    """A Y4M film in which a sticker is held still in front of the camera: luma from the QR, no colour."""
    rows = [[bool(module) for module in row] for row in segno.make(text, error="m").matrix]
    side = len(rows) * MODULE
    top, left = (HEIGHT - side) // 2, (WIDTH - side) // 2

    def pixel(x: int, y: int) -> bytes:
        inside = left <= x < left + side and top <= y < top + side
        return BLACK if inside and rows[(y - top) // MODULE][(x - left) // MODULE] else WHITE

    luma = b"".join(pixel(x, y) for y in range(HEIGHT) for x in range(WIDTH))
    frame = b"FRAME\n" + luma + b"\x80" * (WIDTH * HEIGHT // 2)
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + frame * 3)


@pytest.fixture
def camera(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The scanner's page in a phone whose camera sees the sticker of the test's parameter; None: a camera that is denied."""
    expect.set_options(timeout=PATIENCE)
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream"]
    if request.param is not None:
        film(request.param, tmp_path / "sticker.y4m")
        flags.append(f"--use-file-for-fake-video-capture={tmp_path / 'sticker.y4m'}")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find(), args=flags)
        context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        if request.param is not None:
            context.grant_permissions(["camera"], origin=ORIGIN)
        yield Street(World(), "qrscan").open_in(context)
        browser.close()


@pytest.mark.parametrize("camera", ["https://meaux.example/c/k7m2p9qt/"], indirect=True)
def test_a_sticker_in_front_of_the_camera_opens_its_page_here(camera: Page) -> None:
    camera.get_by_role("button", name="Scan the sticker").click()
    camera.wait_for_url(f"{ORIGIN}/c/k7m2p9qt/")


@pytest.mark.parametrize("camera", ["https://elsewhere.example/menu"], indirect=True)
def test_another_code_is_told_from_a_sticker_and_the_camera_can_be_stopped(camera: Page) -> None:
    camera.get_by_role("button", name="Scan the sticker").click()
    expect(camera.get_by_text("This is not the code of a cabinet.")).to_be_visible()
    expect(camera.locator("video")).to_be_visible()
    camera.get_by_role("button", name="Stop").click()
    expect(camera.locator("video")).to_be_hidden()
    assert camera.evaluate("document.querySelector('video').srcObject") is None


@pytest.mark.parametrize("camera", [None], indirect=True)
def test_without_the_camera_the_code_is_typed(camera: Page) -> None:
    camera.get_by_role("button", name="Scan the sticker").click()
    expect(camera.get_by_text("The camera is not allowed")).to_be_visible()
    camera.get_by_label("or type its code").fill("no code!")
    camera.get_by_role("button", name="Go").click()
    expect(camera.get_by_text("This is not the code of a cabinet.")).to_be_visible()
    camera.get_by_label("or type its code").fill("K7M2-P9QT")
    camera.get_by_role("button", name="Go").click()
    camera.wait_for_url(f"{ORIGIN}/c/k7m2p9qt/")
