"""Conventions, and the switch of a system that needs the date of its AIPD."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID, uuid4

from beffroi.kernel.deadlines.actions import cancel_deadline, meet_deadline, set_deadline
from beffroi.kernel.grants.actions.orders import close_grants
from beffroi.kernel.grants.errors import ConventionInvalid
from beffroi.kernel.grants.models import (
    Activation,
    Convention,
    ConventionParty,
    ConventionPurpose,
    ConventionResource,
    Grant,
)
from beffroi.kernel.grants.queries.conventions import prefectures_among
from beffroi.kernel.grants.queries.renewal import succeeded_by, unrenewed
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS, RENEWAL, ConventionSystem
from beffroi.kernel.grants.rules import (
    RENEWAL_BEFORE,
    Approval,
    Capacity,
    Kind,
    Party,
    RefusalCode,
    Unsigned,
    Wanting,
    wanting,
)
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GREATEST_SEQUENCE
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.persistence.acts import kernel_action
from beffroi.protocol.v1.grant import NETWORK, REFUSE


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
    place_kinds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How rights under a convention are given and kept up: whether an owner approves each, how often it is asked whether one is still
    needed; `years`: how many a convention lasts at most whose system is not there to say so.
    """

    approval: Approval = Approval.AUTOMATIC
    still_every: timedelta | None = None
    years: int | None = None


AT_ONCE = Manner()


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
    """Switch a system on or off; returns whether it is now as asked. Without the date of its AIPD it stays off: a refusal, kept.

    Off, nothing is done under it any more: its rights are closed with it.
    """
    row, _created = Activation.objects.select_for_update().get_or_create(authority_id=authority, system=system)
    if on and row.aipd_on is None:
        _switched(row, "refused-no-aipd", by, now)
        return False
    row.on = on
    row.save(update_fields=["on"])
    _switched(row, "on" if on else "off", by, now)
    if not on:
        rights = Grant.objects.filter(authority_id=authority, convention__system=system)
        close_grants(grants=rights, reason=RefusalCode.SYSTEM_OFF.value, by=by, now=now)
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
    parties: Sequence[Party] = (),
    manner: Manner = AT_ONCE,
) -> Convention | Unsigned:
    """Bring a convention into being as its parties signed it; where none is named, its partner is the one that asks. Nothing came into
    being when somebody whom its system wants has not signed: that is said, and leaves no entry, since it gave nobody anything.

    Raises ConventionInvalid and Django's ValidationError.
    """
    known = CONVENTION_SYSTEMS.get(system)
    bound = tuple(parties) or (Party(partner, Capacity.ASKS),)
    _check(purposes, bound, manner)
    if NETWORK in transports and (list_old, time_unknown) != (REFUSE, REFUSE):
        raise ConventionInvalid("over a network, a gate that doesn't know refuses")
    if known is not None and (lacking := _wanting(known, authority, bound)):
        return Unsigned(lacking)
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
        approval=manner.approval.value,
        still_every=manner.still_every,
        years=known.years if known is not None else manner.years,
    )
    convention.full_clean()
    convention.save()
    for purpose in purposes:
        _admit(convention, purpose)
    _say_signed(convention, by, now)
    _promise_renewal(convention, now)
    for former in succeeded_by(convention):
        meet_deadline(kind=RENEWAL, authority=authority, subject=former.pk, at=now)
    for party in bound:
        _bind(convention, party)
        if parties:
            _say_bound(convention, party, by, now)
    return convention


def _check(purposes: Sequence[Purpose], parties: Sequence[Party], manner: Manner) -> None:
    if not purposes:
        raise ConventionInvalid("a convention admits at least one purpose")
    if manner.approval is Approval.OWNER and not any(party.capacity is Capacity.OWNS for party in parties):
        raise ConventionInvalid("somebody owns what an owner approves")


def _wanting(system: ConventionSystem, authority: UUID, parties: Sequence[Party]) -> frozenset[Wanting]:
    """Where three sign: the owner, the authority and the prefecture, each on a day."""
    if Capacity.SIGNS not in system.capacities:
        return frozenset()
    own = authority_organisation(authority).pk
    prefectures = prefectures_among([party.organisation for party in parties])
    return wanting(parties, authority=own, prefectures=prefectures)


def _promise_renewal(convention: Convention, now: datetime) -> None:
    """One that the law bounds is written anew in time; at once where so little of it is left."""
    if convention.bounded:
        left = max(timedelta(0), convention.valid_until - RENEWAL_BEFORE - now)
        set_deadline(kind=RENEWAL, authority=convention.authority_id, subject=convention.pk, since=now, promise=left)


def _say_signed(convention: Convention, by: UUID | None, now: datetime) -> None:
    record(
        kind="convention.signed",
        authority=convention.authority_id,
        by=by,
        fields={
            "convention": convention.id,
            "partner": convention.partner_id,
            "system": convention.system,
            "valid_from": convention.valid_from,
            "valid_until": convention.valid_until,
        },
        now=now,
    )


def _say_bound(convention: Convention, party: Party, by: UUID | None, now: datetime) -> None:
    fields = {"convention": convention.id, "organisation": party.organisation, "capacity": party.capacity.value}
    record(kind="convention.bound", authority=convention.authority_id, by=by, fields=fields, now=now)


def _bind(convention: Convention, party: Party) -> None:
    row = ConventionParty(
        authority_id=convention.authority_id,
        convention=convention,
        organisation_id=party.organisation,
        capacity=party.capacity.value,
        signed_on=party.signed_on,
    )
    row.full_clean()
    row.save()


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
        place_kinds=sorted(set(purpose.place_kinds)),
    )
    row.full_clean()
    row.save()


@kernel_action
def cover_resources(
    *,
    convention: Convention,
    resources: Sequence[UUID],
    by: UUID | None,
    now: datetime,
    places: Mapping[UUID, str] = MappingProxyType({}),
) -> None:
    """What a convention covers as it is signed, each thing with its kind of place where its system has such: an entry for every
    thousand.
    """
    for first in range(0, len(resources), GREATEST_SEQUENCE):
        some = resources[first : first + GREATEST_SEQUENCE]
        ConventionResource.objects.bulk_create(
            ConventionResource(
                authority_id=convention.authority_id,
                convention=convention,
                resource=resource,
                place_kind=places.get(resource, ""),
            )
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
def cover_resource(
    *, convention: Convention, resource: UUID, by: UUID | None, now: datetime, place_kind: str = ""
) -> None:
    """Have a convention cover one more thing; saying it twice changes nothing."""
    _row, created = ConventionResource.objects.get_or_create(
        authority_id=convention.authority_id,
        convention=convention,
        resource=resource,
        defaults={"place_kind": place_kind},
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
    cancel_deadline(kind=RENEWAL, authority=row.authority_id, subject=row.pk, reason="convention-ended", by=by, now=now)
    rights = Grant.objects.filter(authority_id=row.authority_id, convention=row)
    return close_grants(grants=rights, reason="convention-ended", by=by, now=now)


@kernel_action
def note_renewal_due(*, authority: UUID, convention: UUID, by: None, now: datetime) -> bool:
    """Two months are left of a convention that the law bounds; False when it was ended or followed by another meanwhile."""
    row = Convention.objects.filter(authority_id=authority, pk=convention).filter(unrenewed(now)).first()
    if row is None:
        return False
    fields: dict[str, UUID | datetime] = {"convention": row.pk, "valid_until": row.valid_until}
    record(kind="convention.renewal-due", authority=authority, by=by, fields=fields, now=now)
    return True
