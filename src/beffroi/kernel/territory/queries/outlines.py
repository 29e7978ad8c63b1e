"""Where an authority's places end, and which of them a point lies in. Limits of public bodies are nobody's secret: no viewer is asked for.

What was read is kept in the process, by a version that one short query tells: another process's change is seen at the next question.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from beffroi.kernel.territory.models import Outline, OutlineFile, Territory, TerritoryKind
from beffroi.lib import outlines, sketches
from beffroi.lib.outlines import Bounds

MOST_KNOWN: Final = 64  # authorities whose outlines a process keeps
DRAWN: Final = 20_000  # points of an authority's map, at most
FINEST: Final = 1e-5  # degrees: a metre
# Asked before every answer: written out, it costs a third of what the same costs through models.
VERSION: Final = """\
SELECT md5(string_agg(outline.territory_id::text || outline.digest || place.name, ',' ORDER BY outline.territory_id))
FROM territory_outline AS outline JOIN territory_territory AS place ON place.id = outline.territory_id
WHERE outline.authority_id = %s AND outline.ended_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Area:
    """A territory that has an outline; `depth` counts from the authority's own root, 0."""

    territory: UUID
    name: str
    kind: str
    parent: UUID | None
    depth: int
    digest: str
    outline: outlines.Outline


@dataclass(frozen=True)
class Areas:
    """All of an authority's, deepest first, then the smallest; asked many times without a query."""

    version: str
    listed: tuple[Area, ...]

    def at(self, latitude: float, longitude: float) -> list[UUID]:
        """The territories that hold this point, deepest first."""
        return [one.territory for one in self.listed if one.outline.contains(latitude, longitude)]

    def inside(self, latitude: float, longitude: float) -> bool | None:
        """Whether the point lies in the authority; None when nobody can say, since its own outline isn't known."""
        if any(one.outline.contains(latitude, longitude) for one in reversed(self.listed)):
            return True
        return False if any(one.depth == 0 for one in self.listed) else None

    @cached_property
    def bounds(self) -> Bounds | None:
        """The box around all of them, for a map; None when there is none."""
        if not self.listed:
            return None
        boxes = [one.outline.bounds for one in self.listed]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )

    @cached_property
    def document(self) -> bytes:
        """GeoJSON for a map, at most 20,000 points: drawn with fewer when there are more."""
        drawn = sketches.coarsened([one.outline for one in self.listed], most=DRAWN, finest=FINEST)
        told: dict[str, object] = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": str(area.territory),
                    "properties": {"name": area.name, "kind": area.kind, "parent": area.parent and str(area.parent)},
                    "geometry": outline.geometry,
                }
                for area, outline in zip(reversed(self.listed), reversed(drawn), strict=True)
            ],
        }
        if self.bounds:
            told["bbox"] = self.bounds
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree. `outline`: the one in force, its coordinates not loaded; `own`: the tree hangs from it."""

    territory: Territory
    depth: int
    outline: Outline | None

    @property
    def own(self) -> bool:
        """The root of the authority."""
        return self.depth == 0


_known: dict[UUID, Areas] = {}


def areas_of(authority: UUID) -> Areas:
    """What this process knows of an authority's outlines, read again when they have changed."""
    version = outlines_version(authority)
    known = _known.get(authority)
    if known is not None and known.version == version:
        return known
    found = Areas(version, tuple(_read(authority)))
    while len(_known) >= MOST_KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[authority] = found
    return found


def bounds_of(authority: UUID) -> str:
    """Where an authority lies, as the map of a form takes it: degrees, west, south, east, north; "" without outlines."""
    bounds = areas_of(authority).bounds
    return ",".join(f"{degrees:.5f}" for degrees in bounds) if bounds else ""


def outlines_of(authority: UUID, bounds: Bounds | None = None) -> list[Area]:
    """Territories that have an outline, deepest first; those whose box meets `bounds` (west, south, east, north) when it is given."""
    listed = areas_of(authority).listed
    if bounds is None:
        return list(listed)
    west, south, east, north = bounds
    met = set(
        _in_force(authority)
        .filter(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
        .values_list("territory_id", flat=True)
    )
    return [one for one in listed if one.territory in met]


def outlines_version(authority: UUID) -> str:
    """Changes whenever an outline, or what its territory is called, does; short, for a cache or an ETag."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [authority])
        (found,) = cursor.fetchone()
    return str(found or "none")


def tree_of(authority: UUID) -> list[Branch]:
    """Every place of the authority, each under the one it lies in, by name."""
    rows = list(Territory.objects.filter(authority=authority).select_related("parent").order_by("name", "pk"))
    drawn = {row.territory_id: row for row in _in_force(authority).defer("coordinates")}
    return [Branch(row, depth, drawn.get(row.pk)) for row, depth in _in_order(rows)]


def places_of(authority: UUID) -> QuerySet[Territory]:
    """Every place of the authority, by name."""
    return Territory.objects.filter(authority=authority).order_by("name", "pk")


def places_within(authority: UUID, territory: UUID) -> set[UUID]:
    """A place and all that lies in it."""
    places = list(places_of(authority).values_list("pk", "parent_id"))
    found, last = {territory}, set[UUID]()
    while found != last:
        last = set(found)
        found |= {place for place, parent in places if parent in found}
    return found


def place_of(authority: UUID, territory: UUID) -> Branch | None:
    """One place of the authority."""
    return next((one for one in tree_of(authority) if one.territory.pk == territory), None)


def outline_of(authority: UUID, territory: UUID) -> outlines.Outline | None:
    """A territory's outline in force."""
    row = _in_force(authority).filter(territory=territory).first()
    return None if row is None else outlines.stored(row.coordinates)


def root_of(authority: UUID) -> Territory:
    """Where the authority's own tree begins; a commune's lies inside its département's."""
    rows = Territory.objects.filter(authority=authority).exclude(parent__authority=authority)
    return rows.order_by("pk").get()


def kinds_inside(parent: Territory) -> list[TerritoryKind]:
    """What may lie in a place: what is smaller than it."""
    levels = list(TerritoryKind)
    return levels[levels.index(TerritoryKind(parent.kind)) + 1 :]


def is_named(parent: UUID | None, name: str, *, but: UUID | None = None) -> bool:
    """Whether another place has this name there."""
    named = Territory.objects.filter(parent=parent, name=name.strip())
    return (named if but is None else named.exclude(pk=but)).exists()


def undoable(authority: UUID, act: UUID) -> bool:
    """Whether something that an act did to outlines still stands."""
    done = Outline.objects.filter(authority=authority)
    return done.filter(set_in=act, ended_at=None).exists() or done.filter(ended_in=act).exists()


def waiting_file(authority: UUID, person: UUID, file: UUID) -> OutlineFile | None:
    """A file that this person sent, and that waits."""
    return OutlineFile.objects.filter(authority=authority, sent_by=person, pk=file).first()


def _in_force(authority: UUID) -> QuerySet[Outline]:
    return Outline.objects.filter(authority=authority, ended_at=None)


def _read(authority: UUID) -> list[Area]:
    rows = Territory.objects.filter(authority=authority).order_by("name", "pk")
    places = {row.pk: (row, depth) for row, depth in _in_order(list(rows))}
    found = []
    for row in _in_force(authority).filter(territory__authority=F("authority")):
        place, depth = places[row.territory_id]
        outline = outlines.stored(row.coordinates)
        found.append(
            Area(place.pk, place.name, place.kind, place.parent_id if depth else None, depth, row.digest, outline)
        )
    return sorted(found, key=lambda one: (-one.depth, one.outline.area, one.name))


def _in_order(rows: Sequence[Territory]) -> list[tuple[Territory, int]]:
    """Depth first; a place whose parent is another authority's is a root."""
    known = {row.pk for row in rows}
    below: dict[UUID | None, list[Territory]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    return list(_walked(below, None, 0))


def _walked(
    below: Mapping[UUID | None, Sequence[Territory]], parent: UUID | None, depth: int
) -> list[tuple[Territory, int]]:
    found = []
    for row in below.get(parent, ()):
        found.append((row, depth))
        found += _walked(below, row.pk, depth + 1)
    return found
