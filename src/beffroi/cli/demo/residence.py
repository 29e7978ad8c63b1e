"""The demonstration's residence: three entrances, twelve cameras, two conventions of its landlord's, the relay that carries its images.

Invented, like everything here. Nobody has looked yet: the register of viewings begins with the visitor.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beffroi.cli.demo import film
from beffroi.cli.demo.lending import Draft, lend, parties_of
from beffroi.cli.demo.people import RESIDENCE, RESIDENTS, Belongs
from beffroi.cli.demo.relaying import put_in_place, serve_cameras
from beffroi.cli.demo.sowing import Sower, people_come
from beffroi.kernel.grants.actions.conventions import date_aipd, switch_system
from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.grants.rules import Approval
from beffroi.kernel.territory.models import Organisation
from beffroi.systems.video.actions.access import Wish, ask_access
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts, add_camera, add_entrance, add_site
from beffroi.systems.video.models import AccessRequest, Camera, Entrance, Site
from beffroi.systems.video.queries.conventions import charenton, in_force
from beffroi.systems.video.rules import SYSTEM, PlaceKind, Regime, Right

STREET: Final = "Rue du Grand-Cerf"
OF_THE_RESIDENCE: Final = "Images de la résidence du Grand-Cerf 2026-2027"
OF_THE_CAR_PARK: Final = "Images du parking du Grand-Cerf 2026-2027"
AT: Final = (12, 14, 16)  # in the street: an entrance each
ENTRANCES: Final = tuple(f"Entrée du {number}" for number in AT)
CAR_PARK: Final = "Parking"
RECORDER: Final = (
    "L’enregistreur du bailleur, dans la loge, garde les images quinze jours : qui y a accès les voit sans Beffroi."
)
MAKERS: Final = "L’application du fabricant, ouverte au prestataire des ascenseurs."


@dataclass(frozen=True, slots=True)
class Eye:
    """A camera: what it looks at, what that is by law, which group it is asked with."""

    name: str
    place: PlaceKind
    group: str = ""
    regime: Regime = Regime.COMMON_PARTS
    other_routes: str = RECORDER


# In the order of their numbers: film.SCENES says what each films.
EYES: Final = (
    *(
        Eye(f"{name} du {number}", place, entrance)
        for number, entrance in zip(AT[:2], ENTRANCES[:2], strict=True)
        for name, place in (
            ("Hall", PlaceKind.HALL),
            ("Escalier", PlaceKind.CORRIDOR),
            ("Caves", PlaceKind.BASEMENT),
        )
    ),
    Eye("Hall du 16", PlaceKind.HALL, ENTRANCES[2]),
    Eye("Escalier du 16", PlaceKind.CORRIDOR, ENTRANCES[2]),
    Eye("Rampe du parking", PlaceKind.PARKING, CAR_PARK),
    Eye("Fond du parking", PlaceKind.PARKING, CAR_PARK),
    Eye("Cour", PlaceKind.COURTYARD),
    Eye("Local technique", PlaceKind.PREMISES, regime=Regime.CLOSED_PREMISES, other_routes=MAKERS),
)
OF_THE_STREET: Final = Eye("Devant le 12", PlaceKind.STREET, regime=Regime.PUBLIC_ROAD, other_routes="")


def furnish_residence(sower: Sower, *, authority: uuid.UUID, police: Organisation) -> None:
    """All of it, or what is missing of it; nothing where nobody films."""
    ports = film.filmed(sower.settings.home)
    if ports is None:
        return
    now, by = sower.clock(), sower.by
    parties = parties_of(authority, police)
    people_come(RESIDENTS, {Belongs.LANDLORD: parties.landlord}, now)
    if not is_switched_on(authority=authority, system=SYSTEM):
        date_aipd(authority=authority, system=SYSTEM, on=now.date(), by=by, now=now)
        switch_system(authority=authority, system=SYSTEM, on=True, by=by, now=now)
    site = _residence(sower, authority, parties.landlord)
    _street(sower, authority, parties.commune)
    cameras = list(Camera.objects.filter(authority_id=authority, site=site).order_by("number"))
    lodged = [row for row in cameras if row.regime == Regime.COMMON_PARTS.value]
    below = [row for row in lodged if row.place_kind == PlaceKind.PARKING.value]
    above = [row for row in lodged if row not in below]
    drafts = (
        Draft(OF_THE_RESIDENCE, charenton, Approval.AUTOMATIC, above),
        Draft(OF_THE_CAR_PARK, in_force, Approval.OWNER, below),
    )
    lend(sower, parties, authority=authority, drafts=drafts)
    if not AccessRequest.objects.filter(authority_id=authority).exists():
        _ask(site, now)
    relay = put_in_place(sower, authority=authority, ports=ports)
    serve_cameras(sower, relay=relay, ports=ports, cameras=cameras)
    sower.say(f"{RESIDENCE}: {len(cameras)} cameras behind their relay, under {len(drafts)} conventions")


def _residence(sower: Sower, authority: uuid.UUID, landlord: Organisation) -> Site:
    site = _site(
        sower,
        authority,
        SiteFacts(
            landlord.pk,
            RESIDENCE,
            "12 à 16 rue du Grand-Cerf, 77100 Meaux",
            48.9588,
            2.8801,
            "Trois-Ponts Habitat, service juridique, images@troisponts.example",
        ),
    )
    groups = {row.name: row.pk for row in Entrance.objects.filter(authority_id=authority, site=site)}
    for name in (*ENTRANCES, CAR_PARK):
        if name not in groups:
            groups[name] = add_entrance(site=site, name=name, by=sower.by, now=sower.clock()).pk
    for number, eye in enumerate(EYES, start=1):
        _camera(sower, site, number, eye, groups.get(eye.group))
    return site


def _street(sower: Sower, authority: uuid.UUID, commune: Organisation) -> None:
    """The town's own camera outside, written down without a relay: the inhabitants' list shows the third law beside the two others."""
    facts = SiteFacts(
        commune.pk,
        STREET,
        "Rue du Grand-Cerf, 77100 Meaux",
        48.9586,
        2.8799,
        "Ville de Meaux, délégué à la protection des données, donnees@meaux.example",
    )
    _camera(sower, _site(sower, authority, facts), 1, OF_THE_STREET, None)


def _site(sower: Sower, authority: uuid.UUID, facts: SiteFacts) -> Site:
    known = Site.objects.filter(authority_id=authority, name=facts.name).first()
    return known or add_site(authority=authority, facts=facts, by=sower.by, now=sower.clock())


def _camera(sower: Sower, site: Site, number: int, eye: Eye, group: uuid.UUID | None) -> None:
    if Camera.objects.filter(authority_id=site.authority_id, site=site, number=number).exists():
        return
    now, public = sower.clock(), eye.regime is Regime.PUBLIC_ROAD
    facts = CameraFacts(
        number,
        eye.name,
        eye.place,
        eye.regime,
        entrance=group,
        order_number="2025-DEMO-118" if public else "",
        order_on=(now - timedelta(days=400)).date() if public else None,
        other_routes=eye.other_routes,
    )
    add_camera(site=site, facts=facts, by=sower.by, now=now)


def _ask(site: Site, now: datetime) -> None:
    """An inhabitant asked for images of herself; her month runs."""
    words = "J’ai chuté dans le hall du 14 mardi vers 18 heures, je voudrais les images où l’on me voit."
    wish = Wish(Right.ACCESS, "Paulette Garnier", "paulette.garnier@courriel.example", words)
    ask_access(site=site, wish=wish, by=None, now=now)
