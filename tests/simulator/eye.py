"""An independent eye on the cameras: PyAV (FFmpeg) opens an address, decodes, and reads what each picture says of itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av

from beffroi.simulator.cameras import strip
from beffroi.simulator.cameras.encode import encode
from beffroi.simulator.cameras.library import Library
from beffroi.simulator.cameras.recipe import Recipe

LIBRARY: Final = Library(Path(__file__).parents[2] / "build" / "clips", encode)
"""Clips that tests share: drawn and encoded by whoever needs one first."""
SHORT: Final = Recipe(width=320, height=200, rate=50, seconds=1, group=5, bit_rate=500_000)
"""What most tests film."""
PATIENCE: Final = 10.0
OPTIONS: Final = {"rtsp_transport": "tcp", "analyzeduration": "100000", "fpsprobesize": "0"}
"""Over TCP, without looking long at a stream whose description says what it is."""


@dataclass(frozen=True)
class Picture:
    """One, decoded."""

    number: int | None
    """What its strip says."""
    size: tuple[int, int]
    shown: int | None
    """Its time stamp, in 90,000ths."""


@contextmanager
def opened(url: str) -> Iterator["av.container.InputContainer"]:
    """The stream, over TCP. Raises what FFmpeg makes of the camera."""
    with av.open(url, options=OPTIONS, timeout=PATIENCE) as container:
        yield container


def pictures(url: str, count: int) -> list[Picture]:
    """The first of them."""
    with opened(url) as container:
        found = []
        for frame in container.decode(video=0):
            found.append(Picture(number(frame), (frame.width, frame.height), frame.pts))
            if len(found) == count:
                break
        return found


def number(frame: av.VideoFrame) -> int | None:
    """What the picture's strip says."""
    light = frame.reformat(format="gray").planes[0]
    seen = bytes(light)
    return strip.read(lambda x, y: seen[y * light.line_size + x], (frame.width, frame.height))
