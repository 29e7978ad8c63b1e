"""Conventions, and the switch of a system that needs the date of its AIPD."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.errors import ConventionInvalid
from beffroi.kernel.grants.models import (
    Activation,
    Convention,
    ConventionPurpose,
    ConventionResource,
    Grant,
    GrantState,
)
from beffroi.kernel.grants.rules import Kind
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GREATEST_SEQUENCE
from beffroi.persistence.acts import kernel_action


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose as the convention's text admits it."""

    code: str
    label: str
    kind: Kind
    legal_text: str
    legal_article: str
    legal_version_on: date
    least: timedelta
    most: timedelta


@kernel_action
def date_aipd(*, authority: UUID, system: str, on: date, by: UUID | None, now: datetime) -> Activation:
    """Write the date of a system's impact assessment: what lets it be switched on."""
    row, _created = Activation.objects.select_for_update().get_or_create(authority_id=authority, system=system)
    row.aipd_on = on
    row.save(update_fields=["aipd_on"])
    _switched(row, "aipd-dated", by, now)
    return row


@kernel_action
def switch_system(*, authority: UUID, system: str, on: bool, by: UUID | None, now: datetime) -> bool:
    """Switch a system on or off; returns whether it is now as asked. Without the date of its AIPD it stays off: a refusal, kept."""
    row, _created = Activation.objects.select_for_update().get_or_create(authority_id=authority, system=system)
    if on and row.aipd_on is None:
        _switched(row, "refused-no-aipd", by, now)
        return False
    row.on = on
    row.save(update_fields=["on"])
    _switched(row, "on" if on else "off", by, now)
    return True


def _switched(row: Activation, state: str, by: UUID | None, now: datetime) -> None:
    aipd = {"aipd": datetime.combine(row.aipd_on, datetime.min.time(), tzinfo=now.tzinfo)} if row.aipd_on else {}
    record(
        kind="system.switched",
        authority=row.authority_id,
        by=by,
        fields={"system": row.system, "state": state, **aipd},
        now=now,
    )


@kernel_action
def sign_convention(
    *,
    authority: UUID,
    partner: UUID,
    system: str,
    title: str,
    valid_from: datetime,
    valid_until: datetime,
    purposes: Sequence[Purpose],
    transports: Sequence[str],
    list_age: timedelta,
    list_old: str,
    time_unknown: str,
    by: UUID | None,
    now: datetime,
    identifier: UUID | None = None,
) -> Convention:
    """Bring a convention into being as its parties signed it; raises ConventionInvalid and Django's ValidationError."""
    if not purposes:
        raise ConventionInvalid("a convention admits at least one purpose")
    convention = Convention(
        id=identifier or uuid4(),
        authority_id=authority,
        partner_id=partner,
        system=system,
        title=title.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        transports=sorted(set(transports)),
        list_age=list_age,
        list_old=list_old,
        time_unknown=time_unknown,
    )
    convention.full_clean()
    convention.save()
    for purpose in purposes:
        _admit(convention, purpose)
    record(
        kind="convention.signed",
        authority=authority,
        by=by,
        fields={
            "convention": convention.id,
            "partner": partner,
            "system": system,
            "valid_from": valid_from,
            "valid_until": valid_until,
        },
        now=now,
    )
    return convention


def _admit(convention: Convention, purpose: Purpose) -> None:
    row = ConventionPurpose(
        authority_id=convention.authority_id,
        convention=convention,
        purpose=purpose.code,
        label=purpose.label,
        kind=purpose.kind.value,
        legal_text=purpose.legal_text,
        legal_article=purpose.legal_article,
        legal_version_on=purpose.legal_version_on,
        least=purpose.least,
        most=purpose.most,
    )
    row.full_clean()
    row.save()


@kernel_action
def cover_resources(*, convention: Convention, resources: Sequence[UUID], by: UUID | None, now: datetime) -> None:
    """What a convention covers as it is signed: an entry for every thousand."""
    for first in range(0, len(resources), GREATEST_SEQUENCE):
        some = resources[first : first + GREATEST_SEQUENCE]
        ConventionResource.objects.bulk_create(
            ConventionResource(authority_id=convention.authority_id, convention=convention, resource=resource)
            for resource in some
        )
        record(
            kind="convention.covered",
            authority=convention.authority_id,
            by=by,
            fields={"convention": convention.id, "resources": some},
            now=now,
        )


@kernel_action
def cover_resource(*, convention: Convention, resource: UUID, by: UUID | None, now: datetime) -> None:
    """Have a convention cover one more thing; saying it twice changes nothing."""
    _row, created = ConventionResource.objects.get_or_create(
        authority_id=convention.authority_id, convention=convention, resource=resource
    )
    if created:
        record(
            kind="convention.extended",
            authority=convention.authority_id,
            by=by,
            fields={"convention": convention.id, "resource": resource},
            now=now,
        )


@kernel_action
def end_convention(*, convention: Convention, by: UUID | None, now: datetime) -> int:
    """End a convention before its date: its rights are closed with it; returns how many were."""
    row = Convention.objects.select_for_update().get(authority_id=convention.authority_id, pk=convention.pk)
    if row.ended_at is not None or row.valid_until <= now:
        return 0
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record(kind="convention.ended", authority=row.authority_id, by=by, fields={"convention": row.id}, now=now)
    open_grants = Grant.objects.filter(authority_id=row.authority_id, convention=row, ends__gt=now).exclude(
        state=GrantState.CLOSED
    )
    closed = [
        close_grant(grant=grant, reason="convention-ended", by=by, now=now) for grant in open_grants.order_by("id")
    ]
    return sum(closed)
