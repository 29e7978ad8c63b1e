"""What a file of outlines would do, line by line: shown before it is written, and looked at again when it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict
from uuid import UUID

from beffroi.kernel.territory.models import OutlineFile, Territory, TerritoryKind
from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib import outlines
from beffroi.lib.positions import Position
from beffroi.lib.spelling import normalised

NAMELESS: Final = "nameless"
TWICE: Final = "twice"


class Told(TypedDict):
    """A surface as it waits."""

    name: str
    coordinates: list[list[list[list[float]]]] | None
    fault: str
    near: list[float] | None


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface of a file: an outline, or why it is none."""

    feature: outlines.Feature

    @property
    def told(self) -> Told:
        """For the row in which it waits."""
        found = self.feature.outline
        if isinstance(found, outlines.Outline):
            return Told(name=self.feature.name, coordinates=found.coordinates, fault="", near=None)
        near = None if found.near is None else [found.near.latitude, found.near.longitude]
        return Told(name=self.feature.name, coordinates=None, fault=found.reason.value, near=near)


@dataclass(frozen=True, slots=True)
class FileLine:
    """What becomes of one surface: `territory` is there already, or a district is added; `fault` says why nothing becomes of it."""

    name: str
    territory: Territory | None
    outline: outlines.Outline | None
    fault: str = ""
    near: Position | None = None
    same: bool = False

    @property
    def state(self) -> str:
        """In one word, for the page."""
        if self.fault:
            return "fault"
        if self.same:
            return "same"
        return "new" if self.territory is None else "known"


def compared(file: OutlineFile) -> list[FileLine]:
    """The lines of a file beside the tree as it is; places are found by their name, however it is spelled."""
    known: dict[str, Territory] = {}
    rows = Territory.objects.filter(authority=file.authority_id).order_by("pk")
    for row in sorted(rows, key=lambda one: list(TerritoryKind).index(TerritoryKind(one.kind))):
        known.setdefault(_heard(row.name), row)  # the largest of that name
    digests = {area.territory: area.digest for area in areas_of(file.authority_id).listed}
    listed: Sequence[Told] = file.surfaces
    seen: set[str] = set()
    found = []
    for told in listed:
        found.append(_line(told, known, digests, seen))
        seen.add(_heard(told["name"]))
    return found


def _heard(name: str) -> str:
    return normalised(name, outlines.LONGEST_NAME)


def _line(told: Told, known: dict[str, Territory], digests: dict[UUID, str], seen: set[str]) -> FileLine:
    name, near = told["name"], told["near"]
    place = known.get(_heard(name))
    if told["coordinates"] is None:
        where = None if near is None else Position(near[0], near[1])
        return FileLine(name, place, None, told["fault"], where)
    if not _heard(name):
        return FileLine(name, None, None, NAMELESS)
    if _heard(name) in seen:
        return FileLine(name, place, None, TWICE)
    outline = outlines.stored(told["coordinates"])
    same = place is not None and digests.get(place.pk) == outline.digest
    return FileLine(place.name if place else name, place, outline, same=same)
