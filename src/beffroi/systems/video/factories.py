"""Builders for tests, which call actions: a town, a landlord with a residence of three entrances, and its cameras."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.conventions import date_aipd, switch_system
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts, add_camera, add_entrance, add_site
from beffroi.systems.video.models import Camera, Entrance, Site
from beffroi.systems.video.rules import SYSTEM, PlaceKind, Regime

CONTACT = "Service juridique, 3 rue du Pont, images@bailleur.example"


@dataclass(frozen=True)
class Residence:
    """A town where video is switched on, its police, a landlord and its residence.

    alice: the town's agent; bob: an officer of the police; lea: the landlord's desk.
    """

    town: Town
    landlord: Organisation
    police: Organisation
    administrator: Person
    alice: Person
    bob: Person
    lea: Person
    site: Site
    entrances: tuple[Entrance, ...]
    cameras: tuple[Camera, ...]


def residence(folder: Path, *, now: datetime, slug: str = "charenton") -> Residence:
    """Everything that stands before a convention, each by its action."""
    here = town(folder, now=now, slug=slug)
    authority = here.authority
    administrator = make_member("Admin", authority.organisation, Role.ADMINISTRATOR)
    date_aipd(authority=authority.id, system=SYSTEM, on=now.date(), by=administrator.id, now=now)
    switch_system(authority=authority.id, system=SYSTEM, on=True, by=administrator.id, now=now)
    police = create_organisation(
        name=f"Police de {slug}", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=authority.id
    )
    landlord = make_organisation(f"Bailleur de {slug}")
    site = add_site(
        authority=authority.id,
        facts=SiteFacts(landlord.id, "Résidence du Pont", "3 rue du Pont", 48.8215, 2.4125, CONTACT),
        by=administrator.id,
        now=now,
    )
    entrances = tuple(
        add_entrance(site=site, name=f"Entrée {number}", by=administrator.id, now=now) for number in (1, 2, 3)
    )
    cameras = tuple(
        add_camera(
            site=site,
            facts=CameraFacts(number, "Hall", PlaceKind.HALL, Regime.COMMON_PARTS, entrance=entrance.id),
            by=administrator.id,
            now=now,
        )
        for number, entrance in enumerate(entrances, start=1)
    )
    return Residence(
        town=here,
        landlord=landlord,
        police=police,
        administrator=administrator,
        alice=make_member("Alice", authority.organisation, Role.AGENT),
        bob=make_member("Bob", police, Role.OPERATOR),
        lea=make_member("Léa", landlord, Role.DISPATCHER),
        site=site,
        entrances=entrances,
        cameras=cameras,
    )
