"""A town that keeps watch, for tests: its people, a police, a partner under a convention, and kinds of alerts to raise."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.delivery import Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.models import Alert, Delivery, Notice, PushSubscription
from beffroi.kernel.alerts.registry import ALERT_KINDS, AlertKind, Facts, Step, Where, Words, register_alert_kind
from beffroi.kernel.alerts.rules import Channel, Target, Urgency
from beffroi.kernel.grants.actions.conventions import Purpose, sign_convention
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation, OrganisationKind
from beffroi.lib.handover import Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing

MINUTE = timedelta(minutes=1)
_number = itertools.count(1)


@dataclass(frozen=True)
class Watch:
    """alice: the town's agent; opal: watches at the municipal police; bob: the partner's desk; tess: one of its technicians."""

    authority: Authority
    police: Organisation
    partner: Organisation
    convention: Convention
    administrator: Person
    alice: Person
    opal: Person
    bob: Person
    tess: Person


def watch(*, now: datetime, slug: str = "meaux") -> Watch:
    """Everything that an alert needs to reach somebody, each by its action."""
    authority = make_authority(slug)
    police = create_organisation(
        name=f"Police of {slug}", kind=OrganisationKind.MUNICIPAL_POLICE, serves=authority.pk, by=None
    )
    partner = make_organisation(f"Operator of {slug}", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    return Watch(
        authority=authority,
        police=police,
        partner=partner,
        convention=make_convention(authority, partner, now=now),
        administrator=make_member(f"Admin {slug}", authority.organisation, Role.ADMINISTRATOR),
        alice=make_member(f"Alice {slug}", authority.organisation, Role.AGENT),
        opal=make_member(f"Opal {slug}", police, Role.OPERATOR),
        bob=make_member(f"Bob {slug}", partner, Role.DISPATCHER),
        tess=make_member(f"Tess {slug}", partner, Role.TECHNICIAN),
    )


def make_convention(
    authority: Authority, partner: Organisation, *, now: datetime, until: datetime | None = None
) -> Convention:
    """In force since yesterday, for a year unless said otherwise."""
    purpose = Purpose(
        code="repair",
        label="Repair",
        kind=Kind.WORK_ORDER,
        legal_text="Code des postes et des communications électroniques",
        legal_article="L34-8-3",
        legal_version_on=date(2021, 12, 25),
        least=timedelta(minutes=15),
        most=timedelta(hours=12),
    )
    return surely(
        sign_convention(
            authority=authority.pk,
            partner=partner.pk,
            system="cabinets",
            title=f"Cabinets of {partner.name}",
            valid_from=now - timedelta(days=1),
            valid_until=until or now + timedelta(days=365),
            purposes=[purpose],
            transports=("local",),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=now,
        )
    )


def crowd(organisation: Organisation, count: int, *, now: datetime, role: Role = Role.TECHNICIAN) -> None:
    """Many people of one organisation, by one statement: their own actions, one by one, would take the test's whole time."""
    number = next(_number)
    with writing(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH people AS (
                INSERT INTO accounts_person (id, password, email, name, language, is_active, created_at)
                SELECT gen_random_uuid(), '!', format('crowd-%%s-%%s@example.test', %s::int, n), format('Person %%s', n), 'fr', true, %s
                FROM generate_series(1, %s) AS n RETURNING id
            )
            INSERT INTO territory_membership (id, person_id, organisation_id, role, valid_from)
            SELECT gen_random_uuid(), id, %s, %s, %s FROM people
            """,
            [number, now, count, organisation.pk, role.value, now - timedelta(hours=1)],
        )


OPEN = "test.open"
FORCED = "test.forced"
LATE = "test.late"


def _words(facts: Facts, _language: str) -> Words:
    state = "over" if facts.ended else f"minutes: {facts.values.get('minutes', 0)}"
    return Words(f"Something at {facts.where}", f"{facts.organisation} {state}".strip())


def _page(facts: Facts) -> str:
    return f"/things/{facts.resource}/"


@contextmanager
def ringing() -> Iterator[None]:
    """Three kinds to raise: for a convention's people, for the police step by step, and one that can wait for the morning."""
    kinds = [
        AlertKind(
            OPEN,
            "Something stays open.",
            _("open"),
            Urgency.PROMPT,
            _words,
            _page,
            (Step(Target.CONVENTION, 30 * MINUTE), Step(Target.AGENTS, None)),
            of_conventions=True,
        ),
        AlertKind(
            FORCED,
            "Something was forced.",
            _("alert"),
            Urgency.IMMEDIATE,
            _words,
            _page,
            (Step(Target.OPERATORS, 5 * MINUTE), Step(Target.AGENTS, 5 * MINUTE)),
        ),
        AlertKind(LATE, "Something is late.", _("late"), Urgency.ROUTINE, _words, _page, (Step(Target.AGENTS, None),)),
    ]
    for kind in kinds:
        register_alert_kind(kind)
    try:
        yield
    finally:
        for kind in kinds:
            ALERT_KINDS.pop(kind.code)


def ring(
    here: Watch,
    *,
    now: datetime,
    kind: str = FORCED,
    subject: UUID | None = None,
    where: str = "rue Saint-Rémy",
    firm: Organisation | None = None,
) -> Alert:
    """An alert about one thing of the partner's, or of another firm's under its convention."""
    return Alert.objects.get(pk=ring_once(here, now=now, kind=kind, subject=subject, where=where, firm=firm))


def ring_once(
    here: Watch,
    *,
    now: datetime,
    kind: str = FORCED,
    subject: UUID | None = None,
    where: str = "rue Saint-Rémy",
    firm: Organisation | None = None,
) -> UUID:
    """The same, by its identifier alone."""
    thing = subject or uuid4()
    return raise_alert(
        authority=here.authority.pk,
        kind=kind,
        subject=thing,
        resource=thing,
        where=Where(where, 48.96, 2.88),
        since=now,
        organisation=(firm or here.partner).pk,
        convention=here.convention.pk,
        facts={"minutes": 0},
        now=now,
    )


def told(notice: Notice) -> set[str]:
    """First names of those on whose screen a notice is."""
    rows = Delivery.objects.filter(notice=notice, channel=Channel.SCREEN)
    return {str(name).split()[0] for name in rows.values_list("person__name", flat=True)}


def leave(person: Person, now: datetime) -> None:
    """Their only membership ended a second ago."""
    end_membership(membership=person.memberships.get(), ends=now - timedelta(seconds=1), by=None)


def with_phone(person: Person, now: datetime) -> PushSubscription:
    """A browser of theirs that is told; its keys are nobody's: nothing here encrypts."""
    with writing():
        return PushSubscription.objects.create(
            person=person, endpoint=f"https://push.example/{uuid4()}", p256dh="k", auth="a", label="", made_at=now
        )


def hand_over(now: datetime) -> int:
    """What the alerter would send at that moment, marked as handed over; returns how many messages."""
    rows = [
        row
        for channel in (Channel.MAIL, Channel.PUSH, Channel.WEBHOOK)
        for row in claim_deliveries(channel=channel, now=now, most=10_000)
    ]
    note_attempts(attempts=[Attempted(row, Handover(Outcome.HANDED_OVER)) for row in rows], now=now)
    return len(rows)
