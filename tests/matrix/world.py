"""The town of the matrix: who looks, and what there is to see. Everything is made by the actions that make it in a town.

    Meaux (the authority)         administrator, alice (agent)
    Police municipale, of Meaux   police (operator)
    Réseau de l'Ourcq             bob (desk) and tech (technician): a convention in force with Meaux
    Fibre du Grand Morin          dave (desk): the firm's convention with Meaux, for the same cabinet, ended a minute ago
    Provins (another authority)   charlie (agent)

Everybody has a password but tech, who has only the phone that opens: both kinds of accounts walk through every page.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import AnonymousUser

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.factories import town as authority_with_keys
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.actions.conventions import Purpose, cover_resource, date_aipd, sign_convention, switch_system
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.actions.minting import mint_next
from beffroi.kernel.grants.models import Convention, HolderKey
from beffroi.kernel.grants.rules import Kind
from beffroi.kernel.retention.actions.slips import make_slip
from beffroi.kernel.territory.actions import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Membership, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.frames import ChallengeRequest, encode_frame
from beffroi.protocol.v1.jwk import holder_key
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, give_work_order, install_lock, set_ladder
from beffroi.systems.cabinets.actions.events import take_event
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import SYSTEM, Alarm, Ladder
from tests.matrix.watch import NIGHTS, Watched, watched

REFERENCE = "PM-77284-A1"
ADDRESS = "12 quai Jacques-Prévert"
GONE = "Fibre de la Marne d’autrefois"
NONCE = "n0nce_of_an_opening-01"


@dataclass(frozen=True)
class World:
    """What rows of the table are asked about, and who asks."""

    authority: Authority
    partner: Organisation
    convention: Convention
    cabinet: Cabinet
    order: UUID
    use: Use
    technician: Membership
    watched: Watched
    slip: UUID
    people: Mapping[str, Person | AnonymousUser]


def build(folder: Path) -> World:
    """Make it, in the test's own database; keys go to the folder."""
    now = utc_now()
    keys = authority_with_keys(folder, now=now)
    meaux, provins = keys.authority, make_authority("provins", "Provins")
    partner, former = make_organisation("Réseau de l'Ourcq"), make_organisation("Fibre du Grand Morin")
    watch = create_organisation(
        name="Police municipale", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=meaux.id
    )
    people = {
        "administrator": make_member("Ada Lemoine", meaux.organisation, Role.ADMINISTRATOR, password=PASSWORD),
        "alice": make_member("Alice Perrin", meaux.organisation, Role.AGENT, password=PASSWORD),
        "police": make_member("Paule Diallo", watch, Role.OPERATOR, password=PASSWORD),
        "bob": make_member("Bob Garnier", partner, Role.DISPATCHER, password=PASSWORD),
        "tech": make_member("Tom Vasseur", partner, Role.TECHNICIAN),
        "charlie": make_member("Charlie Nguyen", provins.organisation, Role.AGENT, password=PASSWORD),
        "dave": make_member("Dave Colin", former, Role.DISPATCHER, password=PASSWORD),
    }
    administrator, tech = people["administrator"].id, people["tech"]
    date_aipd(authority=meaux.id, system=SYSTEM, on=date(2026, 9, 1), by=administrator, now=now)
    switch_system(authority=meaux.id, system=SYSTEM, on=True, by=administrator, now=now)
    in_force = signed(meaux, partner, until=now + timedelta(days=300), by=administrator, now=now)
    over = signed(meaux, former, until=now - timedelta(minutes=1), by=administrator, now=now)
    cabinet = add_cabinet(
        authority=meaux.id,
        operator=partner.id,
        reference=REFERENCE,
        address=ADDRESS,
        latitude=48.9601,
        longitude=2.8781,
        by=administrator,
        now=now,
    )
    lock = install_lock(
        cabinet=cabinet, request=FieldDevice().request, conventions=[in_force.id], by=administrator, now=now
    )
    sign_certificates(keys.store, now)
    commission(device=lock, broker=BrokerAddress("127.0.0.1", 1883), hashed=str.upper, by=administrator, now=now)
    cover_resource(convention=over, resource=lock, by=administrator, now=now)
    cabinet = set_ladder(cabinet=cabinet, ladder=Ladder.CONTROL, by=administrator, now=now)
    phone = enrolled(tech, now)
    order = ordered(cabinet, in_force, tech, by=people["bob"], now=now)
    assert mint_next(store=keys.store, authority=meaux.id, now=now) == order
    return World(
        authority=meaux,
        partner=partner,
        convention=in_force,
        cabinet=cabinet,
        order=order,
        use=opened(cabinet, order, phone, now),
        technician=Membership.objects.get(person=tech),
        watched=watched(cabinet, in_force, agent=people["alice"].id, by=administrator, now=now),
        slip=proposed(meaux, by=administrator, now=now),
        people={"anonymous": AnonymousUser(), **people},
    )


def signed(authority: Authority, partner: Organisation, *, until: datetime, by: UUID, now: datetime) -> Convention:
    """A convention on cabinets that began a month ago."""
    repair = Purpose(
        code="repair",
        label="Repair of a line",
        kind=Kind.WORK_ORDER,
        legal_text="CPCE",
        legal_article="L34-8-3",
        legal_version_on=date(2026, 1, 1),
        least=timedelta(minutes=15),
        most=timedelta(hours=12),
    )
    return sign_convention(
        authority=authority.id,
        partner=partner.id,
        system=SYSTEM,
        title=f"Cabinets, {partner.name}",
        valid_from=now - timedelta(days=30),
        valid_until=until,
        purposes=[repair],
        transports=("local", "relay"),
        list_age=timedelta(hours=72),
        list_old="refuse",
        time_unknown="refuse",
        by=by,
        now=now,
    )


def proposed(authority: Authority, *, by: UUID, now: datetime) -> UUID:
    """A slip for the archives, of a convention that ended long ago."""
    then = now - timedelta(days=7 * 365)
    signed(authority, make_organisation(GONE), until=then + timedelta(days=1), by=by, now=then)
    slip = make_slip(authority=authority.id, service="Direction des services techniques", by=by, now=now)
    assert slip is not None
    return slip.id


def enrolled(person: Person, now: datetime) -> HolderKey:
    """A phone whose owner has just used a passkey."""
    key = holder_key(ec.generate_private_key(ec.SECP256R1()))
    done = enrol_phone(person=person.id, key=key, code=None, passkey=True, now=now)
    assert isinstance(done, HolderKey)
    return done


def ordered(cabinet: Cabinet, convention: Convention, technician: Person, *, by: Person, now: datetime) -> UUID:
    """A work order for two hours from now."""
    given = give_work_order(
        cabinet=cabinet,
        convention=convention.id,
        purpose="repair",
        technician=technician.id,
        organisation=convention.partner_id,
        starts=now,
        ends=now + timedelta(hours=2),
        reference="T-1204",
        by=by.id,
        now=now,
    )
    assert isinstance(given, UUID), given
    return given


def opened(cabinet: Cabinet, order: UUID, phone: HolderKey, now: datetime) -> Use:
    """What the lock said of an opening, as ingest hands it to cabinets' sink."""
    body = {
        "action": "open",
        "grant": str(order),
        "holders": [phone.thumbprint],
        "nonce": NONCE,
        "purpose": "repair",
        "transport": "relay",
        "marks": [],
    }
    assert cabinet.lock_id is not None
    take_event(
        event=StoredEvent(
            authority=cabinet.authority_id,
            device=cabinet.lock_id,
            sequence=1,
            boot=1,
            kind="use-admitted",
            at=now,
            uptime=60,
            body=body,
            stored_at=now,
        )
    )
    return Use.objects.get(cabinet=cabinet)


Parameter = Callable[[World], object]

# What stands in an address, by the name of its parameter; a route that means something else by it has its own line below.
BY_NAME: dict[str, Parameter] = {
    "slug": lambda world: world.authority.slug,
    "code": lambda world: world.cabinet.code,
    "gate": lambda world: world.cabinet.lock_id,
    "nonce": lambda _: NONCE,
    "log": lambda world: world.authority.pk,
    "path": lambda _: "0/000",
    "alert": lambda world: world.watched.alert,
    "kind": lambda _: Alarm.FORCED.value,
    "line": lambda world: world.watched.line,
    "slot": lambda world: world.watched.slot,
    "exchange": lambda world: world.watched.exchange,
    "rule": lambda _: "cabinets.uses",
}
BY_PREFIX: dict[str, Parameter] = {
    "/account/passkeys/": lambda _: 1,  # nobody's
    "/told/audiences/": lambda world: world.watched.audience,
    "/told/rosters/": lambda world: world.watched.roster,
    "/alerts/preferences/": lambda world: world.authority.organisation_id,
    "/alerts/contacts/": lambda _: uuid4(),
    "/alerts/webhooks/": lambda _: uuid4(),
    "/alerts/": lambda world: world.watched.alert,
    "/cabinets/": lambda world: world.cabinet.pk,
    "/conventions/": lambda world: world.convention.pk,
    "/devices/": lambda world: world.cabinet.lock_id,
    "/orders/": lambda world: world.order,
    "/retention/slips/": lambda world: world.slip,
    "/team/": lambda world: world.technician.pk,
    "/uses/": lambda world: world.use.pk,
}

# What is asked with, where an empty form or document would say nothing of who may do it: path → fields.
BODIES: dict[str, Callable[[World], dict[str, object]]] = {
    "/api/v1/gates/<gate>/challenge": lambda world: {
        "frame": json.loads(encode_frame(ChallengeRequest(version=1, gate=str(world.cabinet.lock_id))))
    },
    "/cabinets/<uuid:pk>/ladder/": lambda _: {"ladder": Ladder.IDENTIFY.value},
}
EMPTY_FORM = {"sent": "with nothing filled in"}
QUERIES: dict[str, Callable[[World], dict[str, str]]] = {
    "/api/v1/register/<log>/consistency": lambda _: {"old": "1", "new": "2"},
    "/api/v1/register/<log>/inclusion": lambda _: {"index": "0", "size": "1"},
    "/c/": lambda world: {"code": world.cabinet.code},
    "/api/v1/holder/grants": lambda world: {"gate": str(world.cabinet.lock_id)},
}


def parameter(world: World, path: str, name: str) -> object:
    """The value of one parameter of a route's address."""
    if name in BY_NAME:
        return BY_NAME[name](world)
    return next((value for prefix, value in BY_PREFIX.items() if path.startswith(prefix)), lambda _: uuid4())(world)


def query(world: World, path: str) -> dict[str, str]:
    """What a GET of the route asks with."""
    return QUERIES[path](world) if path in QUERIES else {}


def body(world: World, path: str, *, api: bool) -> dict[str, object]:
    """What a write to the route sends."""
    if path in BODIES:
        return BODIES[path](world)
    return {} if api else dict(EMPTY_FORM)


def secrets(world: World) -> list[str]:
    """Words that only Meaux's own people, and its partners in force, may read anywhere."""
    return [
        REFERENCE,
        ADDRESS,
        GONE,
        world.partner.name,
        world.convention.title,
        "Tom Vasseur",
        "Bob Garnier",
        NIGHTS,
    ]
