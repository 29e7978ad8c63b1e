"""Builders for tests, which call actions: a residence whose landlord lends its cameras under a convention of three parties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.actions.browsers import enrol_browser
from beffroi.kernel.grants.actions.conventions import (
    Manner,
    Purpose,
    cover_resources,
    date_aipd,
    sign_convention,
    switch_system,
)
from beffroi.kernel.grants.actions.orders import ask_grant
from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.models import Convention, Grant, HolderKey
from beffroi.kernel.grants.queries.admission import Asked
from beffroi.kernel.grants.rules import Approval, Capacity, Kind, Party, Refusal, surely
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.jwk import holder_key

SYSTEM = "images"
HOUR = timedelta(hours=1)
# What its cameras look at: some reasons are for halls and parkings only.
PLACES = ("hall", "parking", "street")


def purposes(least: timedelta, most: timedelta) -> list[Purpose]:
    """Theft anywhere, occupation where people live; each may be asked for, and used at once when it burns."""
    return [
        Purpose(code, label, kind, "Code de la sécurité intérieure", "L272-2", date(2021, 5, 27), least, most, places)
        for code, label, places in (("theft", "Theft", ()), ("occupation", "Occupation of a hall", ("hall", "parking")))
        for kind in (Kind.REQUEST, Kind.EMERGENCY)
    ]


@dataclass(frozen=True)
class Residence:
    """alice: an officer of the police, designated, at her browser; bob: the landlord's desk."""

    authority: Authority
    landlord: Organisation
    police: Organisation
    gendarmerie: Organisation
    prefecture: Organisation
    convention: Convention
    alice: Person
    bob: Person
    browser: HolderKey
    cameras: Mapping[str, UUID]
    now: datetime = field(compare=False)

    def asked(
        self,
        *,
        kind: Kind = Kind.REQUEST,
        purpose: str = "theft",
        at: Sequence[str] = ("hall",),
        lasting: timedelta = 2 * HOUR,
        starts: datetime | None = None,
        holder: Person | None = None,
        receiving: Organisation | None = None,
        resources: Sequence[UUID] = (),
        by_phone: bool = False,
    ) -> Asked:
        """What alice asks: to look at the hall for two hours, from now, unless said otherwise."""
        begins = starts or self.now
        return Asked(
            convention=self.convention,
            purpose=purpose,
            kind=kind,
            action="view",
            holder=(holder or self.alice).pk,
            organisation=self.police.pk,
            resources=list(resources) or [self.cameras[place] for place in at],
            starts=begins,
            ends=begins + lasting,
            key=None if by_phone else self.browser.pk,
            receiving=receiving.pk if receiving else None,
        )

    def ask(self, asked: Asked | None = None, now: datetime | None = None) -> Grant | Refusal:
        """Ask for it."""
        return ask_grant(asked=asked or self.asked(), by=self.alice.pk, now=now or self.now)

    def given(self, asked: Asked | None = None) -> Grant:
        """Ask for what is given."""
        right = self.ask(asked)
        if not isinstance(right, Grant):
            raise TypeError(right.code)
        return right


def residence(
    authority: Authority,
    *,
    now: datetime,
    approval: Approval = Approval.AUTOMATIC,
    least: timedelta = 2 * HOUR,
    most: timedelta = 12 * HOUR,
    list_age: timedelta = timedelta(minutes=15),
) -> Residence:
    """A convention that began yesterday, for eleven months, and everybody in it."""
    landlord = make_organisation("I3F")
    police = create_organisation(
        name="Police municipale", kind=OrganisationKind.MUNICIPAL_POLICE, serves=authority.pk, by=None
    )
    gendarmerie, prefecture = make_organisation("Gendarmerie"), make_organisation("Préfecture")
    alice, bob = make_member("Alice", police, Role.OPERATOR), make_member("Bob", landlord, Role.DISPATCHER)
    date_aipd(authority=authority.pk, system=SYSTEM, on=now.date(), by=None, now=now)
    switch_system(authority=authority.pk, system=SYSTEM, on=True, by=None, now=now)
    convention = surely(
        sign_convention(
            authority=authority.pk,
            partner=landlord.pk,
            system=SYSTEM,
            title="Images on request",
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=330),
            purposes=purposes(least, most),
            transports=("network",),
            list_age=list_age,
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=now,
            parties=[
                Party(landlord.pk, Capacity.OWNS, now.date()),
                Party(police.pk, Capacity.ASKS, now.date()),
                Party(prefecture.pk, Capacity.SIGNS, now.date()),
                Party(gendarmerie.pk, Capacity.RECEIVES, now.date()),
            ],
            manner=Manner(approval, still_every=timedelta(minutes=30), years=1),
        )
    )
    cameras = {place: uuid4() for place in PLACES}
    places = {camera: place for place, camera in cameras.items()}
    cover_resources(convention=convention, resources=list(places), places=places, by=None, now=now)
    designate(
        convention=convention,
        organisation=police.pk,
        person=alice.pk,
        approved_until=now + timedelta(days=300),
        by=None,
        now=now,
    )
    browser = browser_of(alice, now=now)
    return Residence(
        authority, landlord, police, gendarmerie, prefecture, convention, alice, bob, browser, cameras, now
    )


def browser_of(person: Person, *, now: datetime) -> HolderKey:
    """A browser's key for somebody who logged in with a second factor."""
    key = holder_key(generate_private_key(SECP256R1()))
    done = enrol_browser(person=person.pk, key=key, second_factor=True, now=now)
    if not isinstance(done, HolderKey):
        raise TypeError(done)
    return done
