"""Outlines drawn with fewer points: for a map that a phone loads, for a picture in a page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beffroi.lib.outlines import COARSEST, GRID, Outline, polygons, surfaces

if TYPE_CHECKING:
    import shapely
else:
    from beffroi.lib import geos as shapely


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of several surfaces: its size, and an SVG path for each."""

    width: float
    height: float
    paths: tuple[str, ...]


def coarsened(outlines: Sequence[Outline], *, most: int, finest: float) -> list[Outline]:
    """The same with fewer points, so that all of them together have at most so many: `finest` degrees count for nothing, then twice as
    many, as long as it takes; a kilometre at most.
    """
    drawn, step = list(outlines), finest
    while sum(one.points for one in drawn) > most and step < COARSEST:
        # A part too small to be drawn stays as it was: a surface never vanishes.
        simpler = [surfaces(shapely.simplify(one.shape, step, preserve_topology=True)) for one in outlines]
        drawn = [one if fewer is None else Outline(fewer) for one, fewer in zip(outlines, simpler, strict=True)]
        step *= 2
    return drawn


def picture(outlines: Sequence[Outline], width: float = 360.0) -> Picture:
    """All of them in one drawing, the north above, at most as high as it is wide; what is smaller than half a point is left out."""
    west, south, east, north = (
        min(one.bounds[0] for one in outlines),
        min(one.bounds[1] for one in outlines),
        max(one.bounds[2] for one in outlines),
        max(one.bounds[3] for one in outlines),
    )
    narrow = math.cos(math.radians((south + north) / 2))
    scale = width / max((east - west) * narrow, north - south, GRID)
    paths = []
    for one in outlines:
        plain = shapely.simplify(one.shape, 0.5 / scale, preserve_topology=True)
        rings = [ring for part in polygons(plain) for ring in (part.exterior, *part.interiors)]
        drawn = ([((x - west) * narrow * scale, (north - y) * scale) for x, y in ring.coords[:-1]] for ring in rings)
        paths.append("".join(f"M{'L'.join(f'{x:.0f} {y:.0f}' for x, y in points)}Z" for points in drawn))
    return Picture(round((east - west) * narrow * scale), round((north - south) * scale), tuple(paths))
