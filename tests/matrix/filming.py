"""A town's cameras in the matrix: a site, its relay, a hidden part, who asks, an officer who looks; each made by its own action."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.actions.conventions import cover_resources, date_aipd, sign_convention, switch_system
from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.factories import browser_of
from beffroi.kernel.grants.rules import Capacity, Party, surely
from beffroi.kernel.territory.factories import make_organisation
from beffroi.kernel.territory.models import Authority, Organisation, OrganisationKind
from beffroi.protocol.v1.certificate import make_device_request
from beffroi.systems.video.actions.access import Wish, ask_access
from beffroi.systems.video.actions.masks import mask_camera
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.actions.sites import (
    CameraFacts,
    SiteFacts,
    add_camera,
    add_relay,
    add_site,
    set_source,
)
from beffroi.systems.video.actions.viewings import take_look
from beffroi.systems.video.factories import reasons
from beffroi.systems.video.models import Camera, Relay, Request, Site
from beffroi.systems.video.queries.sources import mask_version
from beffroi.systems.video.rules import SYSTEM as VIDEO
from beffroi.systems.video.rules import PlaceKind, Regime, Right
from tests.matrix.things import NAMED, NONCE


def filmed(authority: Authority, *, by: UUID, now: datetime) -> None:
    """A site of the authority's own with a camera and a relay, and an inhabitant who asks about images of themselves."""
    date_aipd(authority=authority.id, system=VIDEO, on=date(2026, 9, 1), by=by, now=now)
    switch_system(authority=authority.id, system=VIDEO, on=True, by=by, now=now)
    where = SiteFacts(authority.organisation_id, f"Parking de {authority.name}", "2 rue Noëfort", 48.96, 2.88, "Mairie")
    site = add_site(authority=authority.id, facts=where, by=by, now=now)
    entrance = CameraFacts(12, "Rampe", PlaceKind.PARKING, Regime.COMMON_PARTS)
    camera = add_camera(site=site, facts=entrance, by=by, now=now)
    key = Ed25519PrivateKey.generate()
    asked = make_device_request(device=str(uuid4()), kind="relay", issued=None, key=key)
    relay = add_relay(
        authority=authority.id, request=asked, name="Relais du parking", address="https://relay.example", by=by, now=now
    )
    set_source(camera=camera, relay=relay, url="rtsp://10.0.0.12/main", sealed="", profile="H.264", by=by, now=now)
    mask_camera(camera=camera, zones=[(0, 0, 250, 400)], burned=True, began=mask_version(camera), by=by, now=now)
    wish = Wish(Right.ACCESS, f"Aline {NAMED}", f"aline@{authority.slug}.example", f"Madame {NAMED}, mardi soir")
    ask_access(site=site, wish=wish, by=None, now=now)
    looked_at(site, camera, by=by, now=now)


def looked_at(site: Site, camera: Camera, *, by: UUID, now: datetime) -> None:
    """An officer of the authority's police may look at it, under a convention with a landlord, asked to, and did."""
    watch = Organisation.objects.get(serves=site.authority)
    officer = Person.objects.get(memberships__organisation=watch)
    landlord = make_organisation(f"Bailleur de {site.authority.name}")
    prefecture = make_organisation(f"Préfecture de {site.authority.name}", OrganisationKind.PREFECTURE)
    day = (now - timedelta(days=30)).date()
    convention = surely(
        sign_convention(
            authority=site.authority_id,
            partner=landlord.pk,
            system=VIDEO,
            title=f"Images du parking, {NAMED}",
            valid_from=now - timedelta(days=30),
            valid_until=now + timedelta(days=300),
            purposes=reasons(),
            transports=("network",),
            list_age=timedelta(minutes=15),
            list_old="refuse",
            time_unknown="refuse",
            by=by,
            now=now,
            parties=[
                Party(landlord.pk, Capacity.OWNS, day),
                Party(watch.pk, Capacity.ASKS, day),
                Party(site.authority.organisation_id, Capacity.SIGNS, day),
                Party(prefecture.pk, Capacity.SIGNS, day),
            ],
        )
    )
    cover_resources(convention=convention, resources=[camera.pk], places={camera.pk: camera.place_kind}, by=by, now=now)
    until = now + timedelta(days=200)
    designate(convention=convention, organisation=watch.pk, person=officer.pk, approved_until=until, by=by, now=now)
    browser = browser_of(officer, now=now)
    wanted = Wanted(
        site=site,
        entrance=None,
        cameras=[camera.pk],
        convention=convention.pk,
        purpose="theft",
        lasting=timedelta(hours=2),
        organisation=watch.pk,
        key=browser.pk,
        circumstances=f"Madame {NAMED} appelle",
    )
    asked = ask_images(wanted=wanted, by=officer.pk, now=now)
    assert isinstance(asked, Request), asked
    body: dict[str, object] = {
        "action": "view",
        "gate": str(camera.pk),
        "grant": str(asked.grant),
        "holders": [browser.thumbprint],
        "nonce": NONCE,
        "purpose": "theft",
        "transport": "network",
    }
    seen(site, body, now)


def seen(site: Site, body: dict[str, object], now: datetime) -> None:
    """Its relay says so."""
    take_look(
        event=StoredEvent(
            authority=site.authority_id,
            device=Relay.objects.get(authority=site.authority_id).device_id,
            sequence=1,
            boot=1,
            kind="use-admitted",
            at=now,
            uptime=60,
            body=body,
            stored_at=now,
        ),
        now=now,
    )
