"""Where the demonstration's towns end: outlines of our own drawing, near enough to look like theirs, and no official limit."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from beffroi.kernel.territory.actions.authorities import create_territory
from beffroi.kernel.territory.actions.outlines import set_outline
from beffroi.kernel.territory.models import Territory, TerritoryKind
from beffroi.kernel.territory.queries.outlines import root_of, tree_of
from beffroi.lib.outlines import Fault, Outline, read

Ring = Sequence[tuple[float, float]]  # longitude, latitude

OF_MEAUX: Final[Ring] = (
    (2.9140, 48.9603), (2.9180, 48.9668), (2.9103, 48.9723), (2.9079, 48.9792), (2.8972, 48.9812), (2.8898, 48.9868),
    (2.8801, 48.9838), (2.8705, 48.9872), (2.8611, 48.9826), (2.8512, 48.9811), (2.8466, 48.9748), (2.8379, 48.9712),
    (2.8402, 48.9651), (2.8347, 48.9600), (2.8421, 48.9549), (2.8398, 48.9490), (2.8493, 48.9461), (2.8538, 48.9401),
    (2.8637, 48.9404), (2.8702, 48.9362), (2.8790, 48.9395), (2.8884, 48.9370), (2.8968, 48.9408), (2.9052, 48.9431),
    (2.9068, 48.9489), (2.9159, 48.9527),
)  # fmt: skip
DISTRICTS: Final[Mapping[str, Ring]] = {
    "Centre": (
        (2.8690, 48.9560), (2.8745, 48.9531), (2.8830, 48.9528), (2.8905, 48.9562), (2.8918, 48.9618),
        (2.8872, 48.9667), (2.8781, 48.9681), (2.8706, 48.9645),
    ),
    "Beauval": (
        (2.8918, 48.9618), (2.9140, 48.9603), (2.9180, 48.9668), (2.9103, 48.9723), (2.9079, 48.9792), (2.8972, 48.9812),
        (2.8898, 48.9868), (2.8801, 48.9838), (2.8781, 48.9681), (2.8872, 48.9667),
    ),
    "Dunant": (
        (2.8781, 48.9681), (2.8801, 48.9838), (2.8705, 48.9872), (2.8611, 48.9826), (2.8512, 48.9811), (2.8466, 48.9748),
        (2.8379, 48.9712), (2.8402, 48.9651), (2.8706, 48.9645),
    ),
}  # fmt: skip
OF_PROVINS: Final[Ring] = (
    (3.3261, 48.5612), (3.3304, 48.5678), (3.3214, 48.5721), (3.3177, 48.5788), (3.3052, 48.5801), (3.2961, 48.5839),
    (3.2858, 48.5811), (3.2749, 48.5796), (3.2690, 48.5729), (3.2611, 48.5681), (3.2634, 48.5602), (3.2588, 48.5536),
    (3.2679, 48.5481), (3.2741, 48.5412), (3.2858, 48.5420), (3.2961, 48.5377), (3.3064, 48.5409), (3.3167, 48.5437),
    (3.3196, 48.5504), (3.3283, 48.5551),
)  # fmt: skip


def draw(
    *, authority: uuid.UUID, limit: Ring, districts: Mapping[str, Ring], by: uuid.UUID | None, now: datetime
) -> None:
    """Say where a town and its districts end; what is said already stays."""
    root, act = root_of(authority), uuid.uuid4()
    known = {branch.territory.name: branch.territory for branch in tree_of(authority)}
    _set(root, limit, act, by, now)
    for name, ring in districts.items():
        place = known.get(name) or create_territory(
            authority=root.authority, parent=root, kind=TerritoryKind.QUARTIER, name=name, by=by
        )
        _set(place, ring, act, by, now)


def _set(place: Territory, ring: Ring, act: uuid.UUID, by: uuid.UUID | None, now: datetime) -> None:
    set_outline(territory=place, outline=outline_of(ring), act=act, by=by, now=now)


def outline_of(ring: Ring) -> Outline:
    """As a town's own file is read."""
    found = read(json.dumps({"type": "Polygon", "coordinates": [ring]}).encode())
    if isinstance(found, Fault) or isinstance(found[0].outline, Fault):
        raise TypeError(f"the demonstration's drawing is no outline: {found}")
    return found[0].outline
