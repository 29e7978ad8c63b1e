"""Things of the demonstration's streets that reports are about: lamps and poles around each place, cables from one to the next, and the
cabinets that are there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import atan2
from uuid import UUID

from beffroi.cli.demo.places import CENTRE, Place
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.systems.cabinets.queries.cabinets import cabinets_of
from beffroi.systems.reports.actions.assets import keep_asset
from beffroi.systems.reports.models import Asset
from beffroi.systems.reports.rules import Thing

# How far from its place each stands, in degrees: across the street, a little way on.
BESIDE = (
    (Thing.LAMP, 0.00008, 0.00012),
    (Thing.LAMP, -0.00014, 0.00022),
    (Thing.POLE, 0.00018, -0.0001),
)


def stand_in_streets(
    *, authority: UUID, stands: Sequence[Place], operator: UUID, by: UUID | None, now: datetime
) -> Mapping[tuple[str, str], UUID]:
    """Write them down; the first of each kind at each place, by kind and address. The cables are the operator's."""
    owner = authority_organisation(authority).pk
    found: dict[tuple[str, str], UUID] = {}
    for number, place in enumerate(stands):
        for at, (kind, north, east) in enumerate(BESIDE):
            asset = Asset(authority_id=authority, kind=kind.value, owner_id=owner, address=place.address)
            asset.number = f"{kind.value[0].upper()}-{10 * (number + 1) + at:04d}"
            asset.latitude, asset.longitude = place.latitude + north, place.longitude + east
            keep_asset(asset=asset, by=by, now=now)
            found.setdefault((kind.value, place.address), asset.pk)
    for number, (place, onward) in enumerate(pairwise(sorted(stands, key=_turn)), start=1):
        cable = Asset(authority_id=authority, kind=Thing.CABLE.value, owner_id=operator, address=place.address)
        cable.number, cable.line = f"C-{number:04d}", _street(place, onward)
        cable.latitude, cable.longitude = place.latitude, place.longitude
        keep_asset(asset=cable, by=by, now=now)
        found.setdefault((Thing.CABLE.value, place.address), cable.pk)
    for row in cabinets_of(authority):
        found.setdefault(("cabinet", row.address), row.pk)
    return found


def _turn(place: Place) -> float:
    """Around the cathedral, so that a cable leads to the next quarter and not across the town."""
    return atan2(place.latitude - CENTRE[0], place.longitude - CENTRE[1])


def _street(place: Place, onward: Place) -> list[list[float]]:
    """Along one street, then along another."""
    corner = [onward.longitude, place.latitude]
    return [[place.longitude, place.latitude], corner, [onward.longitude, onward.latitude]]
