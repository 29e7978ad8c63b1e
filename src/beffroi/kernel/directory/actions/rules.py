"""An administrator says which group has which role."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.directory.actions.following import give, take
from beffroi.kernel.directory.models import GroupRule, Held
from beffroi.kernel.directory.queries.following import holding, houses
from beffroi.kernel.directory.rules import BY_HAND
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


@kernel_action
def make_rule(
    *,
    authority: UUID,
    source: str,
    group: str,
    label: str,
    organisation: Organisation,
    role: Role,
    now: datetime,
    by: UUID,
) -> GroupRule | None:
    """From the next reading on, whoever is in the group has the role. None when there is such a rule, or it can't be given so."""
    if role in BY_HAND or not houses(authority).filter(pk=organisation.pk).exists():
        return None
    Authority.objects.select_for_update().get(pk=authority)  # one rule at a time
    rule = GroupRule(
        authority_id=authority,
        source=source,
        group=group,
        label=label,
        organisation=organisation,
        role=role.value,
        made_by=by,
        made_at=now,
    )
    if _is_there(rule):
        return None
    rule.clean_fields()
    rule.save(force_insert=True)
    _note(rule, "directory.rule-made", now, by)
    return rule


@kernel_action
def end_rule(*, rule: GroupRule, now: datetime, by: UUID) -> int | None:
    """The group gives nothing any more, and what it gave ends now; returns how many roles ended. None when it was ended already."""
    row = GroupRule.objects.select_for_update().filter(pk=rule.pk, ended_at=None).first()
    if row is None:
        return None
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _note(row, "directory.rule-ended", now, by)
    given = [held for held in holding(row.authority_id, row.source, now) if held.rule_id == row.pk]
    return sum(take(held=held, now=now, by=by) for held in given)


@kernel_action
def take_back_end(*, rule: GroupRule, now: datetime, by: UUID) -> int | None:
    """The rule goes on, and those who lost its role by its end have it again; returns how many. None when it is in force, or another like
    it is.
    """
    Authority.objects.select_for_update().get(pk=rule.authority_id)
    row = GroupRule.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=rule.pk).first()
    if row is None or row.ended_at is None or _is_there(row):
        return None
    lost = list(Held.objects.filter(rule=row, left_at=row.ended_at).values_list("membership__person", flat=True))
    row.ended_at = None
    row.save(update_fields=["ended_at"])
    _note(row, "directory.rule-made", now, by)
    return sum(give(person=person, rule=row, now=now, by=by) for person in lost)


def _is_there(rule: GroupRule) -> bool:
    same = GroupRule.objects.filter(authority=rule.authority_id, source=rule.source, group=rule.group, ended_at=None)
    return same.filter(organisation=rule.organisation_id, role=rule.role).exists()


def _note(rule: GroupRule, kind: str, now: datetime, by: UUID) -> None:
    fields: dict[str, UUID | str] = {"rule": rule.pk, "organisation": rule.organisation_id, "role": rule.role}
    record(kind=kind, authority=rule.authority_id, by=by, fields=fields, now=now)
