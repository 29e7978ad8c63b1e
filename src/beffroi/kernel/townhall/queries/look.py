"""How an authority's name and colour will read, on light and on dark pages, before anything is saved."""

from dataclasses import dataclass
from typing import Final

from beffroi.kernel.territory.models import Authority
from beffroi.lib.colours import READABLE, contrast, shades

# The grounds and inks of frontend/src/styles/tokens.css.
SURFACES: Final = {"light": ("#ffffff", "#14201d"), "dark": ("#182120", "#e9efed")}

EDGE: Final = 14
LOGO_MOST: Final = 110


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme's pieces; all colours `#rrggbb`."""

    code: str
    ground: str
    ink: str
    accent: str
    accent_ink: str
    contrast: float
    changed: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview draws."""

    authority: Authority
    themes: tuple[Theme, ...]
    needed: float = READABLE

    @property
    def logo_width(self) -> int:
        """How wide the logo is drawn, 28 points high."""
        if not self.authority.logo:
            return 0
        return min(LOGO_MOST, round(28 * self.authority.drawing.width / self.authority.drawing.height))

    @property
    def name_at(self) -> int:
        """Where the name begins: beside the logo, when there is one."""
        return EDGE + (self.logo_width + 10 if self.authority.logo else 0)


def look_of(authority: Authority) -> Look:
    """The authority's colour as it will be shown."""
    made = shades(authority.colour)
    pairs = {"light": (made.light, made.light_ink), "dark": (made.dark, made.dark_ink)}
    return Look(authority, tuple(_theme(code, *pairs[code], authority.colour) for code in SURFACES))


def _theme(code: str, accent: str, accent_ink: str, chosen: str) -> Theme:
    ground, ink = SURFACES[code]
    return Theme(code, ground, ink, accent, accent_ink, contrast(accent, ground), accent != chosen.lower())
