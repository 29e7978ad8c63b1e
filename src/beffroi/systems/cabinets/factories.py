"""Builders for tests, which call actions: a town, its operator, a technician with a phone, a cabinet whose lock really signs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import FieldDevice, Town, town
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.grants.actions.conventions import Purpose, date_aipd, sign_convention, switch_system
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.jwk import holder_key
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock, set_ladder
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import SYSTEM, Ladder

REPAIR = Purpose(
    code="repair",
    label="Repair",
    kind=Kind.WORK_ORDER,
    legal_text="Code des postes et des communications électroniques",
    legal_article="L34-8-3",
    legal_version_on=date(2021, 12, 25),
    least=timedelta(minutes=15),
    most=timedelta(hours=12),
)


@dataclass(frozen=True)
class Street:
    """A town where cabinets are switched on, and an operator under a convention in force."""

    town: Town
    operator: Organisation
    convention: Convention
    administrator: Person
    alice: Person
    bob: Person
    technician: Person
    phone: EllipticCurvePrivateKey
    cabinet: Cabinet
    lock: FieldDevice


def street(folder: Path, *, now: datetime, slug: str = "meaux") -> Street:
    """Everything that one opening needs, each by its action. alice: the town's agent; bob: the operator's desk."""
    here = town(folder, now=now, slug=slug)
    operator = make_organisation(f"Operator of {slug}", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    hall = here.authority.organisation
    administrator, alice = make_member("Admin", hall, Role.ADMINISTRATOR), make_member("Alice", hall, Role.AGENT)
    bob, technician = make_member("Bob", operator, Role.DISPATCHER), make_member("Tech", operator, Role.TECHNICIAN)
    date_aipd(authority=here.authority.id, system=SYSTEM, on=now.date(), by=administrator.id, now=now)
    switch_system(authority=here.authority.id, system=SYSTEM, on=True, by=administrator.id, now=now)
    convention = make_convention(here, operator, now=now, by=administrator)
    cabinet, lock = make_cabinet(here, operator, convention, now=now, by=administrator)
    phone = enrol(technician, now=now)
    return Street(here, operator, convention, administrator, alice, bob, technician, phone, cabinet, lock)


def make_convention(
    here: Town,
    partner: Organisation,
    *,
    now: datetime,
    by: Person,
    until: datetime | None = None,
    system: str = SYSTEM,
) -> Convention:
    """In force since yesterday, for a year unless said otherwise."""
    return surely(
        sign_convention(
            authority=here.authority.id,
            partner=partner.id,
            system=system,
            title=f"Cabinets of {partner.name}",
            valid_from=now - timedelta(days=1),
            valid_until=until or now + timedelta(days=365),
            purposes=[REPAIR],
            transports=("local", "relay"),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=by.id,
            now=now,
        )
    )


def make_cabinet(
    here: Town,
    operator: Organisation,
    convention: Convention,
    *,
    now: datetime,
    by: Person,
    reference: str = "PM-77284-0001",
) -> tuple[Cabinet, FieldDevice]:
    """A cabinet in *control*, whose lock is certified."""
    cabinet = add_cabinet(
        authority=here.authority.id,
        operator=operator.id,
        reference=reference,
        address="12 rue Saint-Rémy",
        latitude=48.96,
        longitude=2.88,
        by=by.id,
        now=now,
    )
    lock = FieldDevice()
    install_lock(cabinet=cabinet, request=lock.request, conventions=[convention.id], by=by.id, now=now)
    sign_certificates(here.store, now)
    return set_ladder(cabinet=cabinet, ladder=Ladder.CONTROL, by=by.id, now=now), lock


def enrol(person: Person, *, now: datetime) -> EllipticCurvePrivateKey:
    """A phone for somebody who has just used their passkey."""
    key = generate_private_key(SECP256R1())
    enrol_phone(person=person.id, key=holder_key(key), code=None, passkey=True, now=now)
    return key
