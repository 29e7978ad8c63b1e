"""Draws a clip and encodes it, once: the only module here that needs a codec (PyAV, from the development group).

Its encoders, x264 and x265, are under the GPL, so no town's installation has them but a relay's that masks: what serves a clip reads
it from a file.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Final

from PIL.Image import Image

from beffroi.simulator.cameras import nals, scene
from beffroi.simulator.cameras.recipe import Change, Clip, Codec, Recipe, Unit

SMALLER: Final = 3, 4
"""A picture whose size changes goes to three quarters."""


class EncoderMissingError(Exception):
    """PyAV isn't installed here."""


def encode(recipe: Recipe) -> Clip:
    """Draw and encode. Raises EncoderMissingError."""
    drawn = scene.pictures(recipe)
    size = recipe.width, recipe.height
    if recipe.change is Change.NONE:
        sets, units = _encoded(recipe, drawn, size=size, profile="high")
        return Clip(recipe, (sets,), units)
    half = recipe.pictures // 2
    sets, units = _encoded(recipe, islice(drawn, half), size=size, profile="high")
    up, down = SMALLER if recipe.change is Change.SIZE else (1, 1)
    size = recipe.width * up // down, recipe.height * up // down
    profile = "main" if recipe.change is Change.PROFILE else "high"
    after, more = _encoded(recipe, drawn, size=size, profile=profile)
    moved = tuple(replace(unit, position=unit.position + half, sets=1) for unit in more)
    return Clip(recipe, (sets, after), units + moved)


def _encoded(
    recipe: Recipe, drawn: Iterable[Image], *, size: tuple[int, int], profile: str
) -> tuple[tuple[bytes, ...], tuple[Unit, ...]]:
    """The parameter sets, and each picture. One thread and closed groups: the same everywhere, and it can be looped."""
    try:
        import av  # noqa: PLC0415 - only whoever encodes needs it
    except ImportError as error:
        raise EncoderMissingError("the cameras' clips are encoded with PyAV: install the development group") from error
    codec = av.VideoCodecContext.create("h264" if recipe.codec is Codec.H264 else "hevc", "w")
    (codec.width, codec.height), codec.pix_fmt = size, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, recipe.rate), Fraction(recipe.rate)
    codec.bit_rate, codec.gop_size, codec.max_b_frames = recipe.bit_rate, recipe.group, recipe.b_frames
    codec.options = _options(recipe, profile)
    codec.thread_count = 1
    packets = []
    for position, picture in enumerate(drawn):
        shown = picture if picture.size == size else picture.resize(size)
        frame: av.VideoFrame = av.VideoFrame.from_image(shown)  # type: ignore[no-untyped-call]  # it says no types
        frame.pts = position
        packets += codec.encode(frame)
    packets += codec.encode(None)
    sets: tuple[bytes, ...] = ()
    units = []
    for packet in packets:
        pieces = nals.split(bytes(packet))
        sets = sets or tuple(piece for piece in pieces if nals.is_set(recipe.codec, piece))
        slices = tuple(piece for piece in pieces if nals.is_slice(recipe.codec, piece))
        units.append(Unit(slices, nals.is_key(recipe.codec, slices[0]), packet.pts or 0, 0))
    return sets, tuple(units)


def _options(recipe: Recipe, profile: str) -> dict[str, str]:
    """The encoder's own words. A key frame where the group says and nowhere else; a rate that never bursts."""
    same: dict[str, int | str] = {
        "keyint": recipe.group,
        "min-keyint": recipe.group,
        "scenecut": 0,
        "open-gop": 0,
        "bframes": recipe.b_frames,
        "repeat-headers": 1,
        "annexb": 1,
        "slices": recipe.slices,
        "vbv-maxrate": recipe.bit_rate * 11 // 10_000,
        "vbv-bufsize": recipe.bit_rate // 1_000,
    }
    if recipe.codec is Codec.H264:
        return {"preset": "veryfast", "profile": profile, "x264-params": _said(same | {"threads": 1, "b-adapt": 0})}
    own: dict[str, int | str] = {"log-level": "none", "pools": "none", "frame-threads": 1, "b-adapt": 0, "wpp": 0}
    return {"preset": "ultrafast", "x265-params": _said(same | own)}


def _said(options: dict[str, int | str]) -> str:
    return ":".join(f"{name}={value}" for name, value in options.items())
