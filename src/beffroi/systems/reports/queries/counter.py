"""What an agent finds by typing while somebody speaks: a place of the town, a kind of fault."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import QuerySet

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.queries.authorities import visible_authorities
from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib.positions import Position
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden
from beffroi.systems.reports.models import Category, Report
from beffroi.systems.reports.queries.reports import HANDLING
from beffroi.systems.reports.rules import SYSTEM

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

MOST: Final = 8
LETTERS: Final = 3
LONGEST: Final = 80
# How a street's name may have been written down: with its accents or without, with a hyphen or a space.
_WRITTEN: Final = {
    "a": "[aàâäAÀÂÄ]",
    "c": "[cçCÇ]",
    "e": "[eéèêëEÉÈÊË]",
    "i": "[iîïIÎÏ]",
    "o": "[oôöOÔÖ]",
    "u": "[uùûüUÙÛÜ]",
}
_BETWEEN: Final = "[ ,.’'-]+"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with a name: an address where something was reported, or a place of the authority. `near`: only its middle is known."""

    name: str
    position: Position
    near: bool = False

    @property
    def value(self) -> str:
        """As a form says it."""
        return f"{self.position.latitude:.6f};{self.position.longitude:.6f};{self.name}"


def taking_down(viewer: Viewer) -> QuerySet["Authority"]:
    """Authorities that take reports, and for which the viewer may write down what somebody says."""
    own = [one for one in viewer.authorities(*HANDLING) if is_switched_on(authority=one, system=SYSTEM)]
    return visible_authorities(viewer).filter(pk__in=own)


def taking_down_at(viewer: Viewer, slug: str) -> "Authority":
    """The one of that short name, else no such page."""
    authority = taking_down(viewer).filter(slug=slug).first()
    if authority is None:
        raise Hidden
    return authority


def spots_called(authority: UUID, words: str, *, public: bool = False) -> list[Spot]:
    """At most eight: places of the authority that are called so, then addresses where something was reported, the latest point of each;
    `public` for whoever may not learn where what isn't public was reported.
    """
    asked = normalised(words, LONGEST)
    if len(asked) < LETTERS:
        return []
    found = _places(authority, asked)
    rows = Report.objects.filter(authority_id=authority, address__iregex=_pattern(asked))
    rows = rows.filter(category__public=True) if public else rows
    addresses = rows.order_by("address", "-since").distinct("address").values_list("address", "latitude", "longitude")
    found += [Spot(name, Position(north, east)) for name, north, east in addresses[: MOST - len(found)]]
    return found


def _places(authority: UUID, asked: str) -> list[Spot]:
    """Those with an outline whose middle lies in it; the whole authority is no place to send anybody to."""
    found = []
    for area in areas_of(authority).listed:
        west, south, east, north = area.outline.bounds
        middle = Position((south + north) / 2, (west + east) / 2)
        inside = area.outline.contains(middle.latitude, middle.longitude)
        if area.depth and inside and f" {asked}" in f" {normalised(area.name)}":
            found.append(Spot(area.name, middle, near=True))
    return found[: MOST // 2]


def _pattern(asked: str) -> str:
    return _BETWEEN.join("".join(_WRITTEN.get(letter, re.escape(letter)) for letter in word) for word in asked.split())


def kinds_called(categories: Sequence[Category], words: str) -> list[Category]:
    """The kind of that name or code; else those of whose name, then of whose group and other words, all these are the beginnings."""
    asked = normalised(words, LONGEST)
    exact = [row for row in categories if asked in (normalised(row.label), normalised(row.code))]
    if exact or not asked:
        return exact
    by_name = [row for row in categories if _begins(asked, row.label)]
    return by_name or [row for row in categories if _begins(asked, f"{row.label} {row.group} {row.keywords}")]


def _begins(asked: str, words: str) -> bool:
    heard = f" {normalised(words, 500)}"
    return all(f" {word}" in heard for word in asked.split())
