"""Drawing up audiences, and the order in which they are told. What decides who is told leaves an entry."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.kernel.alerts.models import Audience, AudienceMember, MemberKind, Policy, PolicyStep
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.registry import alert_kind
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action

SHORTEST_WAIT = timedelta(seconds=30)


@kernel_action
def draw_up_audience(
    *, authority: UUID, name: str, convention: UUID | None, now: datetime, by: UUID | None
) -> Audience:
    """A new audience, with nobody in it yet; raises Django's ValidationError on a name already taken."""
    audience = Audience(authority_id=authority, name=name.strip(), convention_id=convention)
    audience.full_clean()
    audience.save()
    _changed(audience, "drawn-up", now, by)
    return audience


@kernel_action
def rename_audience(*, audience: Audience, name: str, convention: UUID | None, now: datetime, by: UUID | None) -> None:
    """Another name, or another convention; raises Django's ValidationError."""
    audience.name, audience.convention_id = name.strip(), convention
    audience.full_clean()
    audience.save(update_fields=["name", "convention"])
    _changed(audience, "renamed", now, by)


@kernel_action
def add_to_audience(
    *,
    audience: Audience,
    now: datetime,
    by: UUID | None,
    person: UUID | None = None,
    organisation: UUID | None = None,
    role: Role | None = None,
    roster: UUID | None = None,
    target: Target | None = None,
) -> AudienceMember | None:
    """One more line, naming one thing (`role` narrows an organisation); None when it is there already.

    Raises Django's ValidationError when it names none, or several.
    """
    given = {
        MemberKind.PERSON: person,
        MemberKind.ORGANISATION: organisation,
        MemberKind.ROSTER: roster,
        MemberKind.TARGET: target,
    }
    kind = next((kind for kind, value in given.items() if value is not None), MemberKind.PERSON)
    line = AudienceMember(
        authority_id=audience.authority_id,
        audience=audience,
        kind=kind,
        person_id=person,
        organisation_id=organisation,
        role=role.value if role else "",
        roster_id=roster,
        target=target.value if target else "",
    )
    same = AudienceMember.objects.filter(
        audience=audience, person=person, organisation=organisation, role=line.role, roster=roster, target=line.target
    )
    if same.exists():
        return None
    line.full_clean()
    line.save()
    _changed(audience, "line-added", now, by)
    return line


@kernel_action
def remove_from_audience(*, line: AudienceMember, now: datetime, by: UUID | None) -> None:
    """One line fewer."""
    audience = line.audience
    line.delete()
    _changed(audience, "line-removed", now, by)


@kernel_action
def retire_audience(*, audience: Audience, now: datetime, by: UUID | None) -> bool:
    """Give an audience up; False while a policy still tells it, since its alerts would reach nobody."""
    if PolicyStep.objects.filter(audience=audience).exists():
        return False
    audience.retired_at = now
    audience.save(update_fields=["retired_at"])
    _changed(audience, "given-up", now, by)
    return True


@kernel_action
def restore_audience(*, audience: Audience, now: datetime, by: UUID | None) -> None:
    """Take an audience up again; raises Django's ValidationError when its name was given to another."""
    audience.retired_at = None
    audience.full_clean()
    audience.save(update_fields=["retired_at"])
    _changed(audience, "taken-up", now, by)


@kernel_action
def set_policy(
    *, authority: UUID, kind: str, convention: UUID | None, steps: Iterable[Rung], now: datetime, by: UUID | None
) -> Policy | None:
    """Say who is told of a kind of alert, one step after the other; no step at all gives it back to the kind's own.

    A step's time is half a minute at least. Raises UnknownAlertKind.
    """
    alert_kind(kind)
    rows = list(steps)
    policy = Policy.objects.filter(authority_id=authority, kind=kind, convention=convention).first()
    if policy is not None:
        policy.delete()
    policy = None
    if rows:
        policy = Policy.objects.create(authority_id=authority, kind=kind, convention_id=convention)
        for position, rung in enumerate(rows, start=1):
            step = PolicyStep(
                authority_id=authority,
                policy=policy,
                position=position,
                audience_id=rung.audience,
                target=rung.target,
                wait=None if rung.wait is None else max(rung.wait, SHORTEST_WAIT),
            )
            step.full_clean()
            step.save()
    named = {} if convention is None else {"convention": convention}
    fields: dict[str, GivenValue] = {"kind": kind, "steps": len(rows), **named}
    record(kind="policy.changed", authority=authority, by=by, fields=fields, now=now)
    return policy


def _changed(audience: Audience, change: str, now: datetime, by: UUID | None) -> None:
    fields: dict[str, GivenValue] = {"audience": audience.pk, "change": change}
    record(kind="audience.changed", authority=audience.authority_id, by=by, fields=fields, now=now)
