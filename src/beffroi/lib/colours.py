"""An authority's colour made readable: it is used for links, buttons and bands on our light and dark grounds.

Contrast is WCAG 2's ratio of relative luminances, 1 to 21; text needs 4.5.
"""

from dataclasses import dataclass
from typing import Final

READABLE: Final = 4.5
COMFORTABLE: Final = 7.0
# The least favourable grounds of frontend/src/styles/tokens.css on which the colour is text.
LIGHTEST_NEED, DARKEST_NEED = "#e4eaea", "#2d3937"
STEPS: Final = 100
WHITE, BLACK = (255, 255, 255), (0, 0, 0)

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shades:
    """The colour for light grounds and for dark ones, each with the colour of text on it; all `#rrggbb`."""

    light: str
    light_ink: str
    dark: str
    dark_ink: str

    @property
    def stylesheet(self) -> str:
        """The four custom properties that frontend/src/styles/tokens.css reads."""
        pairs = {
            "--authority-light": self.light,
            "--authority-light-ink": self.light_ink,
            "--authority-dark": self.dark,
            "--authority-dark-ink": self.dark_ink,
        }
        return ":root {" + "".join(f" {name}: {value};" for name, value in pairs.items()) + " }\n"


def shades(colour: str) -> Shades:
    """The authority's `#rrggbb`, darkened or lightened only as far as reading needs."""
    light = _towards(colour, BLACK, LIGHTEST_NEED)
    dark = _towards(colour, WHITE, DARKEST_NEED)
    return Shades(light=light, light_ink="#ffffff", dark=dark, dark_ink=_towards(dark, BLACK, dark, COMFORTABLE))


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two `#rrggbb` colours."""
    lighter, darker = sorted((_luminance(_parsed(one)), _luminance(_parsed(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _towards(colour: str, end: Rgb, ground: str, wanted: float = READABLE) -> str:
    """The first mixture of `colour` and `end` that has the wanted contrast with `ground`."""
    start = _parsed(colour)
    for step in range(STEPS + 1):
        mixed = _written(tuple(round(a + (b - a) * step / STEPS) for a, b in zip(start, end, strict=True)))
        if contrast(mixed, ground) >= wanted:
            return mixed
    return _written(end)


def _parsed(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _written(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own constants
