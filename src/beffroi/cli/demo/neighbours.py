"""Whom the demonstration's town lies beside: the département around it and a second commune, each an authority of its own.

Each sees its own; the département also sees what one convention opens of the town's cabinets, and no more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from beffroi.cli.demo.people import DEPARTEMENT, PROVINS
from beffroi.cli.keys import begin_keys
from beffroi.kernel.grants.actions.conventions import cover_resource, date_aipd, switch_system
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import conventions_of_authority, is_switched_on
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.actions.settings import Part, change_settings
from beffroi.kernel.territory.models import OrganisationKind, TerritoryKind
from beffroi.kernel.territory.queries.authorities import authority_named, authority_organisation
from beffroi.systems.cabinets.actions.cabinets import add_cabinet
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.queries.cabinets import cabinets_of
from beffroi.systems.cabinets.rules import SYSTEM

# Signs a convention of the town with that partner, under that title.
Sign = Callable[[UUID, str], Convention]
ENTRUSTED = "Armoires confiées au Département 2026-2027"
MOST_ENTRUSTED = 3
# Written down, without a lock: reference, address, latitude, longitude.
OF_PROVINS = (
    ("PM-77379-0001", "3 rue Saint-Thibault", 48.5616, 3.2886),
    ("PM-77379-0002", "18 rue du Val", 48.5592, 3.2988),
    ("PM-77379-0003", "2 place du Maréchal-Leclerc", 48.5586, 3.3003),
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An authority beside the town."""

    slug: str
    name: str
    short_name: str
    colour: str
    kind: OrganisationKind
    territory: TerritoryKind


AROUND = Neighbour(
    "seine-et-marne",
    DEPARTEMENT,
    "Seine-et-Marne",
    "#2f6b3c",
    OrganisationKind.DEPARTMENT,
    TerritoryKind.DEPARTEMENT,
)
BESIDE = Neighbour("provins", PROVINS, "Provins", "#8a2b4a", OrganisationKind.TOWN_HALL, TerritoryKind.COMMUNE)


def settled(who: Neighbour, *, home: Path, now: datetime, inside: UUID | None = None) -> UUID:
    """That authority, its keys and its colour; made when it isn't there yet."""
    known = authority_named(who.slug)
    authority = (
        known
        or create_authority(
            slug=who.slug, name=who.name, kind=who.kind, territory=who.territory, inside=inside, by=None
        ).id
    )
    begin_keys(authority=authority, name=who.name, home=home, now=now)
    if known is None:
        identity = {"name": who.name, "short_name": who.short_name, "colour": who.colour}
        change_settings(authority=authority, part=Part.IDENTITY, values=identity, by=None, now=now)
    return authority


def furnish_provins(*, authority: UUID, operator: UUID, now: datetime) -> None:
    """What the second commune has of its own: cabinets that the same operator runs, without a convention or a lock."""
    if not is_switched_on(authority=authority, system=SYSTEM):
        date_aipd(authority=authority, system=SYSTEM, on=now.date(), by=None, now=now)
        switch_system(authority=authority, system=SYSTEM, on=True, by=None, now=now)
    known = {row.reference for row in cabinets_of(authority)}
    for reference, address, latitude, longitude in OF_PROVINS:
        if reference not in known:
            add_cabinet(
                authority=authority,
                operator=operator,
                reference=reference,
                address=address,
                latitude=latitude,
                longitude=longitude,
                by=None,
                now=now,
            )


def entrust(
    *, authority: UUID, departement: UUID, cabinets: Sequence[Cabinet], sign: Sign, by: UUID | None, now: datetime
) -> None:
    """The convention that opens a few of the town's cabinets to the département; signed and covering them already, it stays as it is."""
    partner = authority_organisation(departement)
    convention = conventions_of_authority(authority).filter(partner=partner).first() or sign(partner.id, ENTRUSTED)
    for cabinet in cabinets[:MOST_ENTRUSTED]:
        if cabinet.lock_id:
            cover_resource(convention=convention, resource=cabinet.lock_id, by=by, now=now)
