"""The tokens as the built stylesheet has them: each colour in both themes, with the contrast of the pairs that carry words."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.lib.colours import contrast

BUILT: Final = Path(__file__).parents[1] / "static" / "built"
SHELL: Final = "src/islands/shell/index.ts"
# light-dark() as the build writes it; the authority's own colour comes before the one that stands when there is none.
BOTH: Final = re.compile(
    r"--([a-z-]+):var\(--lightningcss-light,\s*(?:var\([^,]*,)?(#[0-9a-f]{3,6})\)*var\(--lightningcss-dark,\s*(?:var\([^,]*,)?(#[0-9a-f]{3,6})"
)
SIZE: Final = re.compile(r"--((?:t|s)-?[a-z0-9]+):((?:[\d.]*rem)|clamp\([^;}]*\))")
STATES: Final = ("good", "bad", "warn", "info")
# Words, the ground they stand on, the ratio they must have.
PAIRS: Final = (
    *(("ink", ground, 7.0) for ground in ("ground", "surface", "sunken")),
    *(("ink-soft", ground, 4.5) for ground in ("ground", "surface", "sunken")),
    *(("accent", ground, 4.5) for ground in ("ground", "surface", "accent-ground")),
    ("accent-ink", "accent", 4.5),
    *((state, f"{state}-ground", 4.5) for state in STATES),
    *(("line-strong", ground, 3.0) for ground in ("ground", "surface")),
)


@dataclass(frozen=True, slots=True)
class Colour:
    """A token's two values, `#rrggbb`."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Words on a ground: the least contrast, and what each theme has."""

    words: Colour
    ground: Colour
    least: float

    @property
    def light(self) -> float:
        """In the light theme."""
        return contrast(self.words.light, self.ground.light)

    @property
    def dark(self) -> float:
        """In the dark theme."""
        return contrast(self.words.dark, self.ground.dark)


@functools.cache
def colours() -> dict[str, Colour]:
    """By name, in the stylesheet's order."""
    return {name: Colour(name, _full(light), _full(dark)) for name, light, dark in BOTH.findall(_stylesheet())}


def pairs() -> list[Pair]:
    """Those that carry words, or the edge of a control."""
    known = colours()
    return [Pair(known[words], known[ground], least) for words, ground, least in PAIRS]


@functools.cache
def sizes() -> dict[str, str]:
    """Type and space by name, as they stand before a face changes them."""
    found: dict[str, str] = {}
    for name, value in SIZE.findall(_stylesheet()):
        found.setdefault(name, value)
    return found


@functools.cache
def _stylesheet() -> str:
    manifest = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    sheet: str = manifest[SHELL]["css"][0]
    return (BUILT / sheet).read_text(encoding="utf-8")


def _full(colour: str) -> str:
    digits = colour[1:]
    return colour if len(digits) == 6 else "#" + "".join(digit * 2 for digit in digits)  # noqa: PLR2004 - #rgb is #rrggbb
