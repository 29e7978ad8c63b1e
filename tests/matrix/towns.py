"""The world of the matrix: who looks, and what there is to see. Everything is made by the actions that make it in a town.

    Meaux (a commune)           administrator, alice (agent), official, counter (an agent who acts for tech, under a mandate)
    Police municipale           police (operator), a service of Meaux
    Réseau de l'Ourcq           bob (desk) and tech (technician): a convention in force with Meaux, another one with Provins
    Fibre du Grand Morin        dave (desk): the firm's convention with Meaux, for the same cabinet, ended a minute ago
    Provins (a commune)         charlie (agent), and the same cast as Meaux for the same things of its own
    Seine-et-Marne              the département: the same again; dora (desk) looks after cabinets of Meaux under a convention

Everybody has a password but tech, who has only the phone that opens: both kinds of accounts walk through every page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.actions import begin_mandate
from beffroi.kernel.counter.models import Mandate
from beffroi.kernel.counter.rules import Why
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.factories import town as authority_with_keys
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.grants.actions.conventions import cover_resource, date_aipd, switch_system
from beffroi.kernel.grants.actions.minting import mint_next
from beffroi.kernel.grants.models import Convention, HolderKey
from beffroi.kernel.territory.actions.invitations import Guest, invite
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority, Membership, Organisation, OrganisationKind, TerritoryKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock, set_ladder
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import SYSTEM, Ladder
from beffroi.systems.reports.models import Report
from tests.matrix.filming import filmed
from tests.matrix.things import (
    drafted,
    enrolled,
    faulty,
    opened,
    ordered,
    outlined,
    proposed,
    routed,
    signed,
    travelled,
)
from tests.matrix.watch import Watched, watched


@dataclass(frozen=True)
class Ground:
    """What tells one authority's things from another's."""

    slug: str
    name: str
    reference: str
    address: str
    gone: str
    names: tuple[str, str, str, str, str]  # administrator, agent, official, police, the agent at the counter
    kind: OrganisationKind = OrganisationKind.TOWN_HALL
    territory: TerritoryKind = TerritoryKind.COMMUNE


MEAUX = Ground(
    "meaux",
    "Meaux",
    "PM-77284-A1",
    "12 quai Jacques-Prévert",
    "Fibre de la Marne d’autrefois",
    ("Ada Lemoine", "Alice Perrin", "Élise Bellanger", "Paule Diallo", "Agnès Roche"),
)
PROVINS = Ground(
    "provins",
    "Provins",
    "PM-77379-B2",
    "3 rue Saint-Thibault",
    "Câble de Brie d’autrefois",
    ("Anne Delmas", "Ali Benoît", "Éloi Carpentier", "Pia Masson", "Aude Leroux"),
)
SEINE_ET_MARNE = Ground(
    "seine-et-marne",
    "Seine-et-Marne",
    "PM-77000-C3",
    "Route de Montereau",
    "Réseaux de la Bassée d’autrefois",
    ("Alain Costa", "Axel Thomas", "Emma Renard", "Paul Hervé", "Ana Sorel"),
    OrganisationKind.DEPARTMENT,
    TerritoryKind.DEPARTEMENT,
)


@dataclass(frozen=True)
class Crew:
    """A partner's desk and technician, who may work for several towns."""

    firm: Organisation
    bob: Person
    tech: Person
    phone: HolderKey


@dataclass(frozen=True)
class World:
    """What rows of the table are asked about, and who asks. `mandate` is what the role `counter` acts under."""

    ground: Ground
    authority: Authority
    partner: Organisation
    convention: Convention
    cabinet: Cabinet
    order: UUID
    use: Use
    technician: Membership
    watched: Watched
    slip: UUID
    draft: UUID
    report: Report
    mandate: UUID
    people: Mapping[str, Person | AnonymousUser]
    neighbours: tuple["World", ...] = ()
    between: Convention | None = None


def build(folder: Path) -> World:
    """Make it, in the test's own database; keys go to the folder."""
    now = utc_now()
    firm = make_organisation("Réseau de l'Ourcq")
    tech = make_member("Tom Vasseur", firm, Role.TECHNICIAN)
    crew = Crew(firm, make_member("Bob Garnier", firm, Role.DISPATCHER, password=PASSWORD), tech, enrolled(tech, now))
    meaux = settle(folder, MEAUX, crew, now)
    provins = settle(folder, PROVINS, crew, now)
    other = make_organisation("Câbles du Montois")
    lone = make_member("Théo Lefort", other, Role.TECHNICIAN)
    seine = settle(
        folder,
        SEINE_ET_MARNE,
        Crew(other, make_member("Blanche Noël", other, Role.DISPATCHER), lone, enrolled(lone, now)),
        now,
    )
    administrator = known(meaux, "administrator").id
    former = make_organisation("Fibre du Grand Morin")
    over = signed(meaux.authority, former, until=now - timedelta(minutes=1), by=administrator, now=now)
    between = signed(
        meaux.authority, seine.authority.organisation, until=now + timedelta(days=9), by=administrator, now=now
    )
    assert meaux.cabinet.lock_id is not None
    for convention in (over, between):
        cover_resource(convention=convention, resource=meaux.cabinet.lock_id, by=administrator, now=now)
    others = {
        "charlie": make_member("Charlie Nguyen", provins.authority.organisation, Role.AGENT, password=PASSWORD),
        "dave": make_member("Dave Colin", former, Role.DISPATCHER, password=PASSWORD),
        "dora": make_member("Dora Klein", seine.authority.organisation, Role.DISPATCHER, password=PASSWORD),
    }
    return replace(meaux, people={**meaux.people, **others}, neighbours=(provins, seine), between=between)


def settle(folder: Path, ground: Ground, crew: Crew, now: datetime) -> World:
    """An authority with its people, a convention in force with the crew's firm, and one of each thing."""
    keys = authority_with_keys(
        folder / ground.slug,
        now=now,
        slug=ground.slug,
        name=ground.name,
        kind=ground.kind,
        territory=ground.territory,
    )
    authority = keys.authority
    watch = create_organisation(
        name=f"Police de {ground.name}", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=authority.id
    )
    people = cast_of(ground, authority, watch, now)
    administrator = people["administrator"].id
    date_aipd(authority=authority.id, system=SYSTEM, on=date(2026, 9, 1), by=administrator, now=now)
    switch_system(authority=authority.id, system=SYSTEM, on=True, by=administrator, now=now)
    in_force = signed(authority, crew.firm, until=now + timedelta(days=300), by=administrator, now=now)
    cabinet = add_cabinet(
        authority=authority.id,
        operator=crew.firm.id,
        reference=ground.reference,
        address=ground.address,
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
    cabinet = set_ladder(cabinet=cabinet, ladder=Ladder.CONTROL, by=administrator, now=now)
    guest = Guest("Nina Roche", f"nina@{ground.slug}.example")
    invite(
        guest=guest, organisation=authority.organisation, role=Role.AGENT, valid_until=None, by=administrator, now=now
    )
    outlined(authority, by=administrator, now=now)
    routed(authority, by=administrator, now=now)
    order = ordered(cabinet, in_force, crew.tech, by=crew.bob, now=now)
    assert mint_next(store=keys.store, authority=authority.id, now=now) == order
    filmed(authority, by=administrator, now=now)
    return World(
        ground=ground,
        authority=authority,
        partner=crew.firm,
        convention=in_force,
        cabinet=cabinet,
        order=order,
        use=opened(cabinet, order, crew.phone, now),
        technician=Membership.objects.get(person=crew.tech),
        watched=watched(cabinet, in_force, agent=people["alice"].id, by=administrator, now=now),
        slip=proposed(authority, ground.gone, by=administrator, now=now),
        draft=drafted(authority, crew.firm, by=administrator, now=now),
        report=travelled(faulty(authority, crew.firm, by=administrator, now=now), crew.tech, by=crew.bob.id, now=now),
        mandate=served(authority, crew.tech, people["counter"], now).id,
        people={"anonymous": AnonymousUser(), **people, "bob": crew.bob, "tech": crew.tech},
    )


def served(authority: Authority, person: Person, agent: Person, now: datetime) -> Mandate:
    """An agent acts for somebody at the counter."""
    return begin_mandate(
        authority=authority.id, person=person.id, why=Why.IN_PERSON, identity_seen=True, now=now, by=agent.id
    )


def cast_of(ground: Ground, authority: Authority, watch: Organisation, now: datetime) -> dict[str, Person]:
    """The authority's own people; an official's role ends with their mandate."""
    administrator, agent, official, police, counter = ground.names
    elected = make_person(official, password=PASSWORD)
    make_membership(elected, authority.organisation, Role.OFFICIAL, until=now + timedelta(days=900))
    return {
        "administrator": make_member(administrator, authority.organisation, Role.ADMINISTRATOR, password=PASSWORD),
        "alice": make_member(agent, authority.organisation, Role.AGENT, password=PASSWORD),
        "official": elected,
        "police": make_member(police, watch, Role.OPERATOR, password=PASSWORD),
        "counter": make_member(counter, authority.organisation, Role.AGENT, password=PASSWORD),
    }


def known(world: World, role: str) -> Person:
    """Who plays that role, where it is somebody."""
    person = world.people[role]
    assert isinstance(person, Person)
    return person
