"""Lists whose rows stand somewhere: the two columns of a position, where a row stands, which stands far from all the others."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.lib.positions import Position, Unplaced, far_away, placed
from beffroi.persistence.imports import Column, ColumnType, Fate, Fault, Given, Verdict

# Nearer than this is the same place: lists are rounded.
SAME_PLACE: Final = 2.0  # metres
NORTH: Final = Column(
    "north",
    gettext_lazy("Latitude, or Y (northing)"),
    ("latitude", "lat", "y", "y l93", "y lambert 93", "coord y", "nord", "north"),
    ColumnType.NUMBER,
    hint=gettext_lazy("Degrees, or metres of Lambert-93"),
    example="48,9601",
)
EAST: Final = Column(
    "east",
    gettext_lazy("Longitude, or X (easting)"),
    ("longitude", "long", "lon", "lng", "x", "x l93", "x lambert 93", "coord x", "est", "east"),
    ColumnType.NUMBER,
    hint=gettext_lazy("Degrees, or metres of Lambert-93"),
    example="2,8785",
)


def place_of(row: Given) -> Position | Fault:
    """Where a row stands, by degrees or Lambert-93."""
    place = placed(row.figure("north") or 0.0, row.figure("east") or 0.0)
    if isinstance(place, Position):
        return place
    if place is Unplaced.SWAPPED:
        return Fault(
            "north", _("Latitude and longitude (or Y and X) stand in each other’s place: choose the columns again.")
        )
    return Fault("north", _("This is no place in France: write degrees (48,9601 and 2,8785) or metres of Lambert-93."))


def fate_of(there: Position | None, address: str, place: Position, said: str) -> Fate:
    """What becomes of a row: `there` is where the same thing stands already, with its address."""
    if there is None:
        return Fate.NEW
    return Fate.SAME if there.metres_to(place) < SAME_PLACE and address == said else Fate.CHANGED


def doubted(verdicts: list[Verdict], others: Iterable[Position]) -> list[Verdict]:
    """The same, with a doubt on those that stand far from all the others: a figure is wrong, as a rule."""
    given = [verdict for verdict in verdicts if verdict.fate is not Fate.WRONG]
    here = [Position(float(each.values["latitude"] or 0), float(each.values["longitude"] or 0)) for each in given]
    far = far_away([*here, *others])
    doubt = _("It stands far from all the others: check its position.")
    doubtful = {each.number for each, away in zip(given, far, strict=False) if away and each.fate is not Fate.SAME}
    return [replace(each, doubt=doubt) if each.number in doubtful else each for each in verdicts]
