"""Photographs made again: those of 12 megapixels that one core takes a second, against bare Pillow in the same run.

``python -m bench photos [--quick]``. All in CPU of one process, best of several rounds, so that what else runs counts for little. The peer
decodes, makes the two sizes and writes them, as Pillow's handbook shows it: it turns nothing, strips nothing, and believes what it is told.
"""

import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

import pillow_heif
from PIL import Image

from beffroi.adapters.storage.sealed import Seal
from beffroi.lib.hiding import Area
from beffroi.lib.photographs import FULL, QUALITY, THUMB, Photograph, examine, hide

TWELVE, SIXTY = (4000, 3000), (9280, 6944)
LEAST = 10.0  # photographs a second and core
LIMIT_RATIO: Final = 0.47  # what 100 ms is to the peer's time on the machine where the limit was set
ROUNDS, QUICK_ROUNDS = 12, 3
NAME = "meaux/018f/original"
ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Line:
    """A figure, and how it stands."""

    name: str
    ms: float
    beside: str


def scene(size: tuple[int, int]) -> Image.Image:
    """Light, shapes and grain: it weighs about 3 MB at 12 megapixels, as a street does."""
    chance = Random(5)  # noqa: S311 - the same picture each time
    small = (size[0] // 8, size[1] // 8)
    shapes = Image.frombytes("RGB", (50, 38), chance.randbytes(50 * 38 * 3)).resize(small, Image.Resampling.BICUBIC)
    grain = Image.frombytes("RGB", small, chance.randbytes(small[0] * small[1] * 3))
    fine = Image.frombytes("L", (1000, 750), chance.randbytes(750_000)).resize(size).convert("RGB")
    picture = Image.blend(shapes, grain, 0.15).resize(size, Image.Resampling.BICUBIC)
    return Image.blend(picture, fine, 0.08)


def jpeg(picture: Image.Image, *, turned: bool = False) -> bytes:
    """As a phone writes it; `turned` when it was held upright."""
    said = Image.Exif()
    if turned:
        said[ORIENTATION] = 6
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88, exif=said.tobytes())
    return out.getvalue()


def heic(picture: Image.Image) -> bytes:
    """As the other phones write it."""
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=50)
    return out.getvalue()


def bare(data: bytes) -> None:
    """The peer."""
    with Image.open(io.BytesIO(data)) as opened:
        picture = opened.convert("RGB")
    for most in (FULL, THUMB):
        picture.thumbnail((most, most))
        picture.save(io.BytesIO(), "JPEG", quality=QUALITY, progressive=True)


def best(act: Callable[[], object], rounds: int) -> float:
    """Milliseconds of CPU of its best round."""
    found = []
    for _round in range(rounds):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return 1000 * min(found)


def photograph(data: bytes) -> None:
    """Ours; a file that isn't taken is no figure."""
    if not isinstance(examine(data), Photograph):
        raise TypeError("the bench's own photograph is refused")


def measure(rounds: int) -> tuple[float, float, list[Line]]:
    """Ours and the peer's for the photograph of the promise, in ms; the others beside them."""
    twelve, sixty = scene(TWELVE), scene(SIXTY)
    data, face = jpeg(twelve), Area.drawn(0.4, 0.3, 0.1, 0.15)
    if face is None:
        raise ValueError("the bench's own area is none")
    ours, theirs = best(lambda: photograph(data), rounds), best(lambda: bare(data), rounds)
    seal, turned, phone, large = Seal((bytes(32),)), jpeg(twelve, turned=True), heic(twelve), jpeg(sixty)
    few = max(rounds // 3, 2)
    others = [
        Line("held upright", best(lambda: photograph(turned), rounds), "turned by EXIF"),
        Line("a face covered", best(lambda: hide(data, [face]), rounds), "both sizes again"),
        Line("HEIC, 12 megapixels", best(lambda: photograph(phone), few), f"{len(phone) / 1e6:.1f} MB, decoded whole"),
        Line("JPEG, 64 megapixels", best(lambda: photograph(large), few), f"{len(large) / 1e6:.1f} MB"),
        Line(
            "the original sealed", best(lambda: seal.seal(NAME, data), rounds), f"{len(data) / 1e6:.1f} MB, AES-256-GCM"
        ),
    ]
    return ours, theirs, others


def main() -> None:
    """Print the table; exit 1 when the limit is passed."""
    ours, theirs, others = measure(QUICK_ROUNDS if "--quick" in sys.argv[1:] else ROUNDS)
    kept = 1000 / ours >= LEAST or ours <= LIMIT_RATIO * theirs
    print("| photograph | ms of CPU | a second and core | beside |\n|---|---|---|---|")
    print(f"| JPEG, 12 megapixels | {ours:.0f} | {1000 / ours:.1f} | {ours / theirs:.2f} of bare Pillow |")
    print(f"| bare Pillow, the same | {theirs:.0f} | {1000 / theirs:.1f} | decode, two sizes, encode |")
    for line in others:
        print(f"| {line.name} | {line.ms:.1f} | {1000 / line.ms:.1f} | {line.beside} |")
    verdict = "kept" if kept else "PASSED"
    print(
        f"\nlimit {LEAST:.0f} a second and core, or {LIMIT_RATIO} of bare Pillow's time on a slower machine: {verdict}"
    )
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
