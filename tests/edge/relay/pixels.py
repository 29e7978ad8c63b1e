"""What is seen of a film, pixel by pixel, as a decoder that isn't ours shows it; and the processes that mask."""

import io
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

from beffroi.edge.relay.masking.painting import DARK, MARGIN
from beffroi.protocol.v1.mask import Mask
from beffroi.simulator.cameras import strip

# What a codec makes of one colour, of 255.
ABOUT = 14
# One rectangle, as the tests' masks have it: left, top, right, bottom in thousandths.
ZONE = 400, 300, 800, 800
MASK = Mask((((400, 300), (800, 300), (800, 800), (400, 800)),))
Light = npt.NDArray[np.uint8]


class Shot(NamedTuple):
    """One picture: its light, its two planes of colour, and the number that the simulator drew on it."""

    light: Light
    blue: Light
    red: Light
    number: int | None


def shots(film: bytes) -> list[Shot]:
    """Every picture of an initialization segment and its fragments."""
    with av.open(io.BytesIO(film), "r") as opened:
        return [shot(frame) for frame in opened.decode(video=0)]


def shot(frame: av.VideoFrame) -> Shot:
    """A decoded picture."""
    planar = frame.to_ndarray(format="yuv420p").astype(np.uint8)
    width, height = frame.width, frame.height
    light = planar[:height]
    colours = planar[height:].reshape(2, height // 2, width // 2)
    return Shot(light, colours[0], colours[1], strip.read(lambda x, y: int(light[y, x]), (width, height)))


def inside(plane: Light) -> Light:
    """What of a plane is in the zone."""
    height, width = plane.shape
    left, top, right, bottom = ZONE
    return plane[top * height // 1000 : bottom * height // 1000, left * width // 1000 : right * width // 1000]


def is_covered(seen: Shot) -> bool:
    """Whether the zone is one colour, and no colour."""
    light, blue, red = (inside(plane).astype(int) for plane in (seen.light, seen.blue, seen.red))
    return bool(
        (abs(light - DARK) <= ABOUT).all() and (abs(blue - 128) <= ABOUT).all() and (abs(red - 128) <= ABOUT).all()
    )


def outside(seen: Shot) -> npt.NDArray[np.int_]:
    """The light of what isn't in the zone, nor in its margin and the strip."""
    height, width = seen.light.shape
    left, top, right, bottom = ZONE
    kept = np.ones_like(seen.light, dtype=bool)
    kept[: height // strip.CELLS + 2] = False
    wide = 2 * MARGIN
    kept[
        top * height // 1000 - wide : bottom * height // 1000 + wide,
        left * width // 1000 - wide : right * width // 1000 + wide,
    ] = False
    scene: npt.NDArray[np.int_] = seen.light[kept].astype(int)
    return scene


def masking_processes(parent: int) -> list[int]:
    """Those that a relay has started and that still run."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            fields = (each / "stat").read_text().rpartition(")")[2].split()
            command = (each / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z" and b"beffroi.edge.relay.masking" in command:
            found.append(int(each.name))
    return found
