"""A camera that isn't ours: GStreamer's RTSP server, with its own ways of asking who we are. It has sound, which is never asked for."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beffroi.edge.relay.source import Source
from tests.edge.relay.cameras import CALM, PATIENT
from tests.edge.relay.watching import Watching, decoded, played

SYSTEM_PYTHON = Path("/usr/bin/python3")
PROGRAM = Path(__file__).with_name("gstreamer_camera.py")
FRAMES = 30


@contextmanager
def camera(*options: str) -> Iterator[str]:
    """Its address, while it runs."""
    with subprocess.Popen(
        [str(SYSTEM_PYTHON), str(PROGRAM), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "the camera doesn't begin"
        yield f"rtsp://127.0.0.1:{port}/live"
        process.stdin.close()


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not Path("/usr/share/doc/gir1.2-gst-rtsp-server-1.0").exists():
        pytest.skip(
            "GStreamer's RTSP server: apt install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-ugly python3-gi"
        )


@pytest.mark.parametrize(
    "credentials", [(), ("relay", 'p"à s'), ("relay", "secret", "digest")], ids=["open", "basic", "digest"]
)
def test_its_picture_is_played(credentials: tuple[str, ...]) -> None:
    async def look(url: str) -> None:
        async with Watching(Source(url, *credentials[:2], pace=CALM, patience=PATIENT)) as watching:
            await watching.frames(FRAMES)
        eyes = watching.eyes
        assert eyes.states == [("waiting", None), ("live", None), ("ended", "left")]
        pictures = decoded(eyes.films[0])
        assert len(pictures) == eyes.frames
        assert {(picture.width, picture.height) for picture in pictures} == {(320, 240)}

    with camera(*credentials) as url:
        played(look(url))


def test_a_wrong_password_is_said_and_not_repeated_at_once() -> None:
    async def look(url: str) -> None:
        async with Watching(Source(url, "relay", "wrong")) as watching:
            await watching.told("waiting", "credentials")
            assert watching.eyes.frames == 0

    with camera("relay", "secret", "digest") as url:
        played(look(url))
