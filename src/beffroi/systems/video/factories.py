"""Builders for tests, which call actions: a town, a landlord with a residence of three entrances, and its cameras."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import FieldDevice, Town, town
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.minter import make_boxes
from beffroi.kernel.devices.queries.sources import seal_credentials
from beffroi.kernel.grants.actions.conventions import (
    Manner,
    Purpose,
    cover_resources,
    date_aipd,
    sign_convention,
    switch_system,
)
from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.factories import browser_of
from beffroi.kernel.grants.models import Convention, HolderKey
from beffroi.kernel.grants.rules import Approval, Capacity, Kind, Party, surely
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.kernel.territory.queries.organisations import organisation_named
from beffroi.lib.viewer import Role
from beffroi.systems.video.actions.sites import (
    CameraFacts,
    SiteFacts,
    add_camera,
    add_entrance,
    add_relay,
    add_site,
    set_source,
)
from beffroi.systems.video.models import Camera, Entrance, Relay, Site
from beffroi.systems.video.rules import DEVICE_KIND, SYSTEM, PlaceKind, Regime

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


HOUR = timedelta(hours=1)
PASSWORD = "hall of mirrors"  # noqa: S105 - of a camera that isn't there
STILL = timedelta(minutes=30)


def reasons() -> list[Purpose]:
    """Two of those published at Charenton, 2 to 12 hours; occupation is for halls only."""
    return [
        Purpose(code, label, kind, "CSI", "L272-2", date(2018, 11, 25), 2 * HOUR, 12 * HOUR, places)
        for code, label, places in (
            ("theft", "Vols dans les parties communes", ()),
            ("occupation", "Occupation abusive", (PlaceKind.HALL.value,)),
        )
        for kind in (Kind.REQUEST, Kind.EMERGENCY)
    ]


@dataclass(frozen=True)
class Lent:
    """A convention in force over a residence's cameras, bob designated under it at his browser, and the relay that serves them."""

    convention: Convention
    browser: HolderKey
    gendarmerie: Organisation
    relay: Relay
    device: FieldDevice


def agree(
    here: Residence,
    title: str,
    *,
    receiving: Organisation,
    now: datetime,
    approval: Approval,
    until: datetime | None = None,
) -> Convention:
    """A convention over all cameras of a residence, in force since yesterday: the police ask, the landlord owns, the town and the
    prefecture sign with it.
    """
    day = (now - timedelta(days=1)).date()
    town = here.town.authority
    name = f"Préfecture de {town.slug}"
    prefecture = organisation_named(name) or make_organisation(name, OrganisationKind.PREFECTURE)
    convention = surely(
        sign_convention(
            authority=here.town.authority.pk,
            partner=here.landlord.pk,
            system=SYSTEM,
            title=title,
            valid_from=now - timedelta(days=1),
            valid_until=until or now + timedelta(days=300),
            purposes=reasons(),
            transports=("network",),
            list_age=timedelta(minutes=15),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=now,
            parties=[
                Party(here.landlord.pk, Capacity.OWNS, day),
                Party(here.police.pk, Capacity.ASKS, day),
                Party(town.organisation_id, Capacity.SIGNS, day),
                Party(prefecture.pk, Capacity.SIGNS, day),
                Party(receiving.pk, Capacity.RECEIVES, day),
            ],
            manner=Manner(approval, still_every=STILL),
        )
    )
    places = {camera.pk: camera.place_kind for camera in here.cameras}
    cover_resources(convention=convention, resources=list(places), places=places, by=None, now=now)
    return convention


def lend(
    here: Residence, *, now: datetime, approval: Approval = Approval.AUTOMATIC, until: datetime | None = None
) -> Lent:
    """The landlord lends its cameras, under a convention that began yesterday."""
    authority = here.town.authority
    gendarmerie = make_organisation(f"Gendarmerie de {authority.slug}")
    title = f"Images de la résidence, {authority.slug}"
    convention = agree(here, title, receiving=gendarmerie, now=now, approval=approval, until=until)
    designate(
        convention=convention,
        organisation=here.police.pk,
        person=here.bob.pk,
        approved_until=now + timedelta(days=200),
        by=None,
        now=now,
    )
    device = FieldDevice(kind=DEVICE_KIND)
    relay = add_relay(
        authority=authority.pk,
        request=device.request,
        name="Relais",
        address="https://relay.example:8443",
        by=None,
        now=now,
    )
    sign_certificates(here.town.store, now)
    make_boxes(here.town.store, now)
    for camera in here.cameras:
        serve(camera, relay, now=now)
    return Lent(convention, browser_of(here.bob, now=now), gendarmerie, relay, device)


def serve(camera: Camera, relay: Relay, *, now: datetime) -> None:
    """A relay serves a camera, whose password is sealed as it was typed."""
    url = f"rtsp://10.0.0.{camera.number}/main"
    sealed = seal_credentials(authority=camera.authority_id, gate=camera.pk, url=url, user="viewer", password=PASSWORD)
    set_source(camera=camera, relay=relay, url=url, sealed=sealed, profile="H.264", by=None, now=now)
