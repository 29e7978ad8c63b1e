"""A town with hundreds of everything, written by statements: actions, one by one, would take the tests' whole time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.db.models import Model

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.factories import Watch, watch
from beffroi.kernel.alerts.models import (
    Alert,
    Audience,
    AudienceMember,
    Notice,
    Policy,
    Roster,
    RosterSlot,
    RosterSwap,
    Webhook,
)
from beffroi.kernel.devices.models import Condition, Device, DeviceState, Head
from beffroi.kernel.grants.models import Convention, ConventionDraft, ConventionResource, Grant, GrantResource
from beffroi.kernel.grants.rules import Kind
from beffroi.kernel.imports.models import Import, ImportState
from beffroi.kernel.retention.models import Check, Destruction, Slip
from beffroi.kernel.screens.models import Screen
from beffroi.kernel.territory.models import Invitation, Membership, Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.cabinets.models import Cabinet

# Four pages of fifty: a list that is not cut, or a query for each row, shows as surely as with thousands.
MANY = 200
NUMBERS = range(MANY)
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plenty:
    """The town, and one of the things that have a thousand of others in them."""

    here: Watch
    audience: Audience
    roster: Roster
    person: Person


def planted(rows: Sequence[Model]) -> None:
    type(rows[0])._default_manager.bulk_create(list(rows), batch_size=500)


def plenty(now: datetime) -> Plenty:
    """Everything, so many times."""
    here = watch(now=now)
    with writing():
        people, firms = _people(here, now)
        conventions, locks = _work(here, firms, now)
        _orders(here, people, locks, now)
        _alerts(here, conventions, now)
        audience, roster = _told(here, firms, people, now)
        _kept(here, now)
    return Plenty(here, audience, roster, people[0])


def _people(here: Watch, now: datetime) -> tuple[list[Person], list[Organisation]]:
    """Agents of the town who are technicians of its partner as well, and firms that it registered; others are invited to both."""
    authority = here.authority
    people = [Person(email=f"{n}@meaux.example", name=f"Person {n:04d}", password="!") for n in NUMBERS]
    planted(people)
    firms = [
        Organisation(name=f"Firm {n:04d}", kind=OrganisationKind.SUBCONTRACTOR_1, steward=authority) for n in NUMBERS
    ]
    planted(firms)
    soon = now + timedelta(days=20)
    for organisation, role, until in (
        (authority.organisation, Role.AGENT, soon),
        (here.partner, Role.TECHNICIAN, None),
    ):
        post = {"organisation": organisation, "role": role, "valid_from": now, "valid_until": until}
        planted([Membership(**post, person=one) for one in people])
        planted(
            [
                Invitation(
                    organisation=organisation,
                    name=f"Guest {n:04d}",
                    role=role.value,
                    locator=f"{role.value[0]}{n:05d}",
                    made_at=now,
                    expires_at=now + timedelta(days=7),
                )
                for n in NUMBERS
            ]
        )
    return people, firms


def _work(here: Watch, firms: list[Organisation], now: datetime) -> tuple[list[Convention], list[Device]]:
    """Conventions and drafts of more, the cabinets of the street, the locks in them, and what the partner may open."""
    authority = here.authority
    conventions = [
        Convention(
            authority=authority,
            partner=firms[n],
            system="cabinets",
            title=f"Convention {n:04d}",
            valid_from=now,
            valid_until=now + timedelta(days=30),
            transports=["local"],
        )
        for n in NUMBERS
    ]
    planted(conventions)
    planted([ConventionDraft(authority=authority, system="cabinets", changed_at=now) for _n in NUMBERS])
    locks = [
        Device(
            id=uuid4(),
            authority=authority,
            kind="lock",
            name=f"Lock {n:04d}",
            jwk={},
            thumbprint=f"{n:043d}",
            request="r",
            certificate="c",
            line_certificate="c",
            broker_account="a",
            state=DeviceState.COMMISSIONED,
            registered_at=now,
            commissioned_at=now,
        )
        for n in NUMBERS
    ]
    planted(locks)
    planted([Head(device=lock, authority=authority) for lock in locks])
    planted([Condition(device=lock, authority=authority) for lock in locks])
    planted(
        [
            Cabinet(
                authority=authority,
                operator=here.partner,
                reference=f"PM-{n:04d}",
                code=f"{n:08d}",
                address=f"{n} rue Saint-Rémy",
                latitude=48.96,
                longitude=2.88,
                ladder="identify",
                lock=locks[n],
            )
            for n in NUMBERS
        ]
    )
    planted([ConventionResource(authority=authority, convention=here.convention, resource=lock.pk) for lock in locks])
    return conventions, locks


def _orders(here: Watch, people: list[Person], locks: list[Device], now: datetime) -> None:
    """One for each technician, each at a cabinet of its own."""
    common: dict[str, object] = {
        "authority": here.authority,
        "convention": here.convention,
        "organisation": here.partner,
        "kind": Kind.WORK_ORDER.value,
        "starts": now,
        "ends": now + AN_HOUR,
    }
    given = [
        Grant(
            **common,
            purpose="repair",
            action="open",
            holder=people[n],
            least=timedelta(minutes=15),
            most=timedelta(hours=12),
            asked_at=now,
        )
        for n in NUMBERS
    ]
    planted(given)
    planted(
        [
            GrantResource(
                **common,
                grant=given[n],
                resource=locks[n].pk,
            )
            for n in NUMBERS
        ]
    )


def _alerts(here: Watch, conventions: list[Convention], now: datetime) -> None:
    """Of one notice, all live; and each convention says otherwise who is told."""
    authority = here.authority
    notice = Notice(authority=authority, kind="cabinets.open", urgency="prompt", opened_at=now, window_ends=now)
    planted([notice])
    planted(
        [
            Alert(
                authority=authority,
                notice=notice,
                kind="cabinets.open",
                urgency="prompt",
                subject=uuid4(),
                since=now,
                raised_at=now,
                convention=here.convention,
                facts={"reference": f"PM-{n:04d}", "cause": "", "times": 1},
            )
            for n in NUMBERS
        ]
    )
    planted([Policy(authority=authority, kind="cabinets.open", convention=one) for one in conventions])


def _told(here: Watch, firms: list[Organisation], people: list[Person], now: datetime) -> tuple[Audience, Roster]:
    """Audiences, of which one names every firm; rosters, of which one names everybody; and programs."""
    authority = here.authority
    audience = Audience(authority=authority, name="Everybody")
    planted([audience, *(Audience(authority=authority, name=f"Audience {n:04d}") for n in NUMBERS)])
    firm_lines: dict[str, object] = {"authority": authority, "audience": audience, "kind": "organisation"}
    planted([AudienceMember(**firm_lines, organisation=firm) for firm in firms])
    roster = Roster(authority=authority, name="Every night")
    planted([roster, *(Roster(authority=authority, name=f"Roster {n:04d}") for n in NUMBERS)])
    planted(
        [
            RosterSlot(
                authority=authority,
                roster=roster,
                person=people[n],
                day=n % 7,
                starts=time(8),
                ends=time(9),
                first=now.date() + timedelta(days=400),
            )
            for n in NUMBERS
        ]
    )
    planted(
        [
            RosterSwap(
                authority=authority,
                roster=roster,
                starts=now + timedelta(days=400, hours=n),
                ends=now + timedelta(days=400, hours=n + 1),
                takes=people[n],
                made_at=now,
            )
            for n in NUMBERS
        ]
    )
    planted(
        [
            Webhook(authority=authority, name=f"Program {n:04d}", url="https://csu.example/", secret="s", made_at=now)
            for n in NUMBERS
        ]
    )
    return audience, roster


def _kept(here: Watch, now: datetime) -> None:
    """Slips, checks, destructions, screens, files that were imported."""
    authority = here.authority
    planted([Slip(authority=authority, year=2026, number=n + 1, service="Town hall", made_at=now) for n in NUMBERS])
    planted([Check(authority=authority, at=now - timedelta(days=n)) for n in NUMBERS])
    planted(
        [
            Destruction(
                authority=authority,
                rule="cabinets.uses",
                fate="erased",
                count=1,
                first=now,
                last=now,
                digest=hashlib.sha256(str(n).encode()).hexdigest(),
                entry=uuid4(),
                at=now,
            )
            for n in NUMBERS
        ]
    )
    paired: dict[str, object] = {"authority": authority, "asked_at": now, "paired_at": now}
    planted([Screen(**paired, thumbprint=f"{n:043d}", name=f"Screen {n:04d}") for n in NUMBERS])
    planted(
        [
            Import(
                authority=authority,
                importer="cabinets",
                person=here.administrator.pk,
                filename=f"{n:04d}.csv",
                state=ImportState.DONE,
                sent_at=now,
                done_at=now,
            )
            for n in NUMBERS
        ]
    )
