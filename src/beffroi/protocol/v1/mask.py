"""What nobody may see of a gate's picture, and what is written on it, in the sealed text of a list of sources.

Zones are polygons in thousandths of the picture's width and height, so that they mean the same at any resolution.
"""

from dataclasses import dataclass
from typing import Final

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.strictjson import Body

WHOLE: Final = 1_000
"""The picture's width, and its height."""
ZONES, FEWEST_POINTS, MOST_POINTS = 20, 3, 16

_NAMES = frozenset({"words", "zones"})

Zone = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """`zones`: polygons of (x, y), filled whichever way round they go. `words`: burned into the picture with the time; empty for
    none. One that hides nothing and says nothing isn't written.
    """

    zones: tuple[Zone, ...] = ()
    words: str = ""

    def body(self) -> Body:
        """The form in the sealed text: each zone is one flat array."""
        return {"words": self.words, "zones": [[side for point in zone for side in point] for zone in self.zones]}


def read_mask(body: Body, name: str) -> Mask:
    """The mask that a member holds. Raises RefusalError."""
    found = members.inner(body, name)
    members.exact(found, _NAMES)
    words = "" if found["words"] == "" else members.text(found, "words")
    zones = tuple(_read_zone(item) for item in members.array(found, "zones", 0, ZONES))
    if not zones and not words:
        raise members.wrong(name, body)
    return Mask(zones, words)


def _read_zone(item: object) -> Zone:
    if not isinstance(item, list) or len(item) % 2 or not FEWEST_POINTS <= len(item) // 2 <= MOST_POINTS:
        raise members.wrong("zones")
    if any(not isinstance(side, int) or isinstance(side, bool) or not 0 <= side <= WHOLE for side in item):
        raise members.wrong("zones")
    return tuple(zip(item[::2], item[1::2], strict=True))
