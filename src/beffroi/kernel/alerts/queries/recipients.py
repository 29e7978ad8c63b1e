"""Whom a step reaches: what its audience or target comes down to, as one SQL statement takes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet

from beffroi.kernel.alerts.models import (
    Audience,
    AudienceMember,
    MemberKind,
    OrganisationQuiet,
    Policy,
    PolicyStep,
    Preference,
)
from beffroi.kernel.alerts.queries.rosters import duty_now, local_zone
from beffroi.kernel.alerts.queries.words import kind_of
from beffroi.kernel.alerts.rules import Quiet, Target, quiet_until
from beffroi.kernel.grants.models import Convention
from beffroi.lib.hours import public_holidays

# One row a person: the organisation for which they are told is the authority's own where they have several.
RESOLVED = """
own AS (
    SELECT organisation_id AS id FROM territory_authority WHERE id = %(authority)s
), service AS (
    SELECT id FROM territory_organisation WHERE serves_id = %(authority)s
), partner AS (
    SELECT partner_id AS id FROM grants_convention
    WHERE authority_id = %(authority)s AND valid_from <= %(now)s AND valid_until > %(now)s
        AND (ended_at IS NULL OR ended_at > %(now)s)
), live AS (
    SELECT m.person_id, m.organisation_id, m.role, m.organisation_id IN (SELECT id FROM own) AS own,
           m.organisation_id IN (SELECT id FROM own UNION SELECT id FROM service) AS ours
    FROM territory_membership m JOIN accounts_person p ON p.id = m.person_id AND p.is_active
    WHERE m.valid_from <= %(now)s AND (m.valid_until IS NULL OR m.valid_until > %(now)s)
        AND m.organisation_id IN (SELECT id FROM own UNION SELECT id FROM service UNION SELECT id FROM partner)
), line AS (
    SELECT kind, person_id, organisation_id, role, target FROM alerts_audiencemember
    WHERE authority_id = %(authority)s AND audience_id = ANY(%(audiences)s::uuid[]) AND kind IN ('person', 'organisation')
    UNION ALL SELECT 'target', NULL, NULL, '', unnest(%(targets)s::text[])
    UNION ALL SELECT 'person', unnest(%(on_duty)s::uuid[]), NULL, '', ''
), told AS (
    SELECT DISTINCT ON (live.person_id) live.person_id, live.organisation_id
    FROM live JOIN line ON CASE line.kind
        WHEN 'person' THEN line.person_id = live.person_id
        WHEN 'organisation' THEN line.organisation_id = live.organisation_id AND line.role IN ('', live.role)
        ELSE CASE line.target
            WHEN 'partners' THEN live.organisation_id = %(partner)s::uuid
            WHEN 'desks' THEN live.organisation_id = %(partner)s::uuid AND live.role = 'dispatcher'
            WHEN 'firm' THEN live.organisation_id = ANY(%(firms)s::uuid[]) AND live.role = 'dispatcher'
            WHEN 'operators' THEN live.ours AND live.role = 'operator'
            WHEN 'agents' THEN live.own AND live.role = 'agent'
            WHEN 'administrators' THEN live.own AND live.role = 'administrator'
        END
    END
    ORDER BY live.person_id, live.own DESC, live.ours DESC, live.organisation_id
)
"""
_COUNTED = f"""
WITH {RESOLVED}
SELECT o.name, count(*) FROM told JOIN territory_organisation o ON o.id = told.organisation_id GROUP BY o.name ORDER BY o.name
"""  # noqa: S608 - put together from constants of this module


Parameter = (
    bool | int | str | UUID | datetime | list[UUID] | list[str] | list[bool] | list[time | None] | list[datetime] | None
)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it will be told: an audience or a target, and how long until the next one (None: it stops there)."""

    audience: UUID | None
    target: str
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What an audience or a target comes down to; the SQL above takes these as they are."""

    authority: UUID
    audiences: tuple[UUID, ...]
    targets: tuple[str, ...]
    on_duty: tuple[UUID, ...]
    partner: UUID | None
    firms: tuple[UUID, ...]
    now: datetime

    def parameters(self) -> dict[str, Parameter]:
        """As the statement names them."""
        return {
            "authority": self.authority,
            "audiences": list(self.audiences),
            "targets": list(self.targets),
            "on_duty": list(self.on_duty),
            "partner": self.partner,
            "firms": list(self.firms),
            "now": self.now,
        }


def rungs(*, authority: UUID, kind: str, convention: UUID | None) -> list[Rung]:
    """The steps in force for a kind: of the policy for this convention, else for the kind, else the kind's own."""
    policies = Policy.objects.filter(Q(convention=convention) | Q(convention=None), authority_id=authority, kind=kind)
    policy = policies.order_by(F("convention_id").asc(nulls_last=True)).first()
    if policy is not None:
        steps = PolicyStep.objects.filter(policy=policy).order_by("position")
        return [Rung(step.audience_id, step.target, step.wait) for step in steps]
    return [Rung(None, step.target.value, step.wait) for step in kind_of(kind).steps]


def sources(*, rung: Rung, authority: UUID, convention: UUID | None, firms: Iterable[UUID], now: datetime) -> Sources:
    """What a step comes down to at this moment."""
    audiences, targets = _named(steps=[rung], authority=authority, convention=convention)
    if Target.CONVENTION in targets and not _audiences_of(authority, convention):
        targets.add(Target.DESKS.value)
    lines = _lines(authority, audiences, MemberKind.ROSTER).filter(roster__isnull=False)
    rosters = set(lines.values_list("roster_id", flat=True))
    duty = duty_now(authority, now) if rosters else {}
    return Sources(
        authority=authority,
        audiences=tuple(sorted(audiences)),
        targets=tuple(sorted(targets - {Target.CONVENTION.value})),
        on_duty=tuple(sorted({person for roster in rosters for person in duty.get(roster, ())})),
        partner=Convention.objects.filter(authority_id=authority, pk=convention)
        .values_list("partner_id", flat=True)
        .first()
        if convention
        else None,
        firms=tuple(sorted(set(firms))),
        now=now,
    )


def counted(found: Sources) -> list[tuple[str, int]]:
    """How many people of which organisation that is, at this moment: what the pages of policies say beforehand."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, found.parameters())
        return [(name, count) for name, count in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class QuietNow:
    """A choice of quiet hours that holds at this moment, and until when."""

    starts: time | None
    ends: time | None
    days_off: bool
    until: datetime


def quiet_now(now: datetime) -> list[QuietNow]:
    """Every choice of quiet hours that anybody made and that holds now: few differ, however many people chose them."""
    fields = ("quiet_starts", "quiet_ends", "days_off")
    chosen = {
        *Preference.objects.values_list(*fields).distinct(),
        *OrganisationQuiet.objects.values_list(*fields).distinct(),
    }
    holidays = public_holidays(now, now + timedelta(days=31), subdivision=settings.BEFFROI_HOLIDAYS)
    found = []
    for starts, ends, days_off in chosen:
        until = quiet_until(Quiet(starts, ends, days_off), at=now, holidays=holidays, zone=local_zone())
        if until is not None:
            found.append(QuietNow(starts, ends, days_off, until))
    return found


def tells_firm(*, authority: UUID, kind: str, convention: UUID | None) -> bool:
    """Whether some step in force for a kind tells the desk of the organisation that an alert names."""
    steps = rungs(authority=authority, kind=kind, convention=convention)
    return Target.FIRM in _named(steps=steps, authority=authority, convention=convention)[1]


def _named(*, steps: Sequence[Rung], authority: UUID, convention: UUID | None) -> tuple[set[UUID], set[str]]:
    """The audiences and targets of steps, those that an audience or the convention names included."""
    audiences: set[UUID] = set()
    targets = {rung.target for rung in steps} - {""}
    todo = [rung.audience for rung in steps if rung.audience is not None]
    if Target.CONVENTION in targets:
        todo += _audiences_of(authority, convention)
    while todo:
        audience = todo.pop()
        if audience in audiences:
            continue
        audiences.add(audience)
        named = set(_lines(authority, [audience], MemberKind.TARGET).values_list("target", flat=True))
        targets |= named
        if Target.CONVENTION in named:
            todo += _audiences_of(authority, convention)
    return audiences, targets


def _audiences_of(authority: UUID, convention: UUID | None) -> list[UUID]:
    if convention is None:
        return []
    rows = Audience.objects.filter(authority_id=authority, convention_id=convention, retired_at__isnull=True)
    return list(rows.order_by("id").values_list("id", flat=True))


def _lines(authority: UUID, audiences: Iterable[UUID], kind: MemberKind) -> QuerySet[AudienceMember]:
    return AudienceMember.objects.filter(authority_id=authority, audience_id__in=list(audiences), kind=kind)
