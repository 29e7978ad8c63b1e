"""Roles begin and end as the directory says; too many at once wait for an administrator."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import ValidationError

from beffroi.kernel.accounts.actions import create_person, end_sessions
from beffroi.kernel.accounts.errors import AccountError
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.directory.models import GroupRule, Held, Identity, Reading
from beffroi.kernel.directory.queries.following import (
    Leaving,
    has_role,
    held_by,
    holding,
    is_apart,
    is_frozen,
    is_tied,
    leaving,
    person_of,
    rules_of,
    stopped_by_hand,
)
from beffroi.kernel.directory.queries.words import BRAKED
from beffroi.kernel.directory.rules import Seen, digest_of
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.actions.memberships import begin_membership, set_end
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.kernel.territory.queries.stewardship import unfit_end
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


class Refusal(StrEnum):
    """Why somebody whom the directory proved isn't let in."""

    NO_ROLE = "no-role"
    NO_ADDRESS = "no-address"
    APART = "apart"
    CLOSED = "closed"


@dataclass(slots=True)
class Followed:
    """What a reading came to: roles that began and ended, people whose account is apart, ends that were left out."""

    began: int = 0
    ended: int = 0
    apart: int = 0
    kept: int = 0
    braked: bool = False


@kernel_action
def follow(*, authority: UUID, source: str, found: Iterable[Seen], missing: Collection[str], now: datetime) -> Followed:
    """Everybody whom a whole reading found in groups that rules name; `missing` are groups that aren't there. Nobody leaves who would leave
    with too many others, unless an administrator agreed to exactly these.
    """
    row = _reading(authority, now)
    rules = {rule.pk: rule for rule in rules_of(authority, source)}
    frozen = {pk for pk, rule in rules.items() if rule.group in missing}
    done, wanted, people = Followed(), set[tuple[UUID, UUID]](), 0
    for seen in found:
        named = [rule for rule in rules.values() if seen.active and rule.group in seen.groups]
        if not named:
            continue
        people += 1
        person = _known(seen, authority, now)
        done.apart += person is None
        wanted |= {(person.pk, rule.pk) for rule in named} if person is not None else set()
    gone = leaving(holding(authority, source, now), wanted, frozen)
    digest = digest_of(held.pk for held in gone.rows)
    done.braked = gone.too_many and row.agreed != digest
    if not done.braked:
        _leave(gone, done, now)
    done.began = sum(give(person=person, rule=rules[rule], now=now, by=None) for person, rule in sorted(wanted))
    row.read_at, row.fault, row.people, row.missing = now, "", people, len(frozen)
    row.apart, row.kept, row.holding = done.apart, done.kept, gone.holding
    _brake(row, gone, digest if done.braked else "", now)
    row.save()
    return done


@kernel_action
def arrive(*, authority: UUID, seen: Seen, now: datetime) -> Person | Refusal:
    """Somebody whom the directory has just proved logs in: tied when they may be, their roles as their groups are now. Nobody
    loses any while a group is gone or the brake holds: one person's groups don't say whether they left it or it left the directory.
    """
    Authority.objects.select_for_update().get(pk=authority)  # the same person may be coming in twice, or be read
    named = [rule for rule in rules_of(authority, seen.source) if rule.group in seen.groups]
    person = person_of(seen)
    if person is None:
        if not seen.email:
            return Refusal.NO_ADDRESS
        if person_by_email(seen.email) is None and not named:
            return Refusal.NO_ROLE
        person = _known(seen, authority, now)
        if person is None:
            return Refusal.APART
    if not person.is_active:
        return Refusal.CLOSED
    Identity.objects.filter(source=seen.source, subject=seen.subject).update(seen_at=now)
    wanted = {(person.pk, rule.pk) for rule in named}
    if not is_frozen(authority):
        _leave(leaving(holding(authority, seen.source, now, only=person.pk), wanted, ()), Followed(), now)
    for rule in named:
        give(person=person.pk, rule=rule, now=now, by=None)
    return person


@kernel_action
def tie(*, person: Person, seen: Seen, now: datetime, by: UUID) -> bool:
    """Somebody who is logged in and has proved who they are in the directory ties the two; False when either is tied elsewhere, or
    the account has no address: nobody's in particular, such as the safe's, is nobody's there.
    """
    if not person.email or person_of(seen) is not None or is_tied(person.pk, seen.source):
        return False
    _tie(person, seen, "themselves", now, by)
    return True


@kernel_action
def untie(*, person: UUID, now: datetime, by: UUID | None) -> int:
    """Somebody is no entry of a directory any more, and loses the roles that it gave; returns of how many they were one."""
    tied = list(Identity.objects.select_for_update().filter(person=person).order_by("pk"))
    for identity in tied:
        identity.delete()
        fields: dict[str, UUID | str] = {"person": person, "source": identity.source}
        record(kind="identity.untied", authority=None, by=by, fields=fields, now=now)
    for held in held_by(person, now) if tied else ():
        take(held=held, now=now, by=by)
    return len(tied)


@kernel_action
def note_fault(*, authority: UUID, fault: str, now: datetime) -> None:
    """The directory couldn't be read: nothing changes for anybody."""
    row = _reading(authority, now)
    row.fault = fault
    row.save()


@kernel_action
def agree_to_leaving(*, authority: UUID, digest: str, now: datetime, by: UUID) -> bool:
    """An administrator says yes to exactly the roles that wait: the next reading ends them. False when others wait by now."""
    row = Reading.objects.select_for_update().filter(authority_id=authority).first()
    if row is None or not digest or row.digest != digest:
        return False
    row.agreed = digest
    row.save(update_fields=["agreed"])
    fields: dict[str, int | str] = {"people": row.leaving, "digest": digest}
    record(kind="directory.leaving-agreed", authority=authority, by=by, fields=fields, now=now)
    return True


@kernel_action
def give(*, person: UUID, rule: GroupRule, now: datetime, by: UUID | None) -> bool:
    """The role of a rule, to whoever hasn't it; what somebody ended by hand stays ended."""
    if has_role(person, rule.organisation_id, rule.role, now) or stopped_by_hand(person, rule.pk, now):
        return False
    membership = begin_membership(
        person=person, organisation=rule.organisation, role=Role(rule.role), valid_from=now, by=by
    )
    Held.objects.create(membership=membership, rule=rule)
    return True


@kernel_action
def take(*, held: Held, now: datetime, by: UUID | None) -> bool:
    """The role ends with what it carried, and every session of its holder; False when it can't (the last administrator's)."""
    membership = held.membership
    Organisation.objects.select_for_update().get(pk=membership.organisation_id)  # as whoever ends one by hand
    ends = max(now, membership.valid_from)
    if unfit_end(membership, ends) is not None:
        return False
    set_end(membership=membership, ends=ends, by=by, now=now)
    held.left_at = now
    held.save(update_fields=["left_at"])
    end_sessions(person=membership.person_id, by=by, now=now)
    return True


def _reading(authority: UUID, now: datetime) -> Reading:
    Authority.objects.select_for_update().get(pk=authority)  # one reading at a time
    row, _new = Reading.objects.get_or_create(authority_id=authority, defaults={"tried_at": now})
    row.tried_at = now
    return row


def _brake(row: Reading, gone: Leaving, digest: str, now: datetime) -> None:
    """Whether it holds these roles (`digest`), or none any more."""
    if digest:
        row.braked_at = row.braked_at if row.digest == digest else now
        row.leaving, row.digest = len(gone.people), digest
        raise_alert(
            authority=row.authority_id,
            kind=BRAKED,
            subject=row.authority_id,
            resource=None,
            where=None,
            since=now,
            organisation=None,
            convention=None,
            facts={"leaving": len(gone.people), "holding": gone.holding},
            now=now,
        )
        return
    if row.digest:
        end_alert(authority=row.authority_id, kind=BRAKED, subject=row.authority_id, reason="over", now=now)
    row.leaving, row.braked_at, row.digest, row.agreed = 0, None, "", ""


def _leave(gone: Leaving, done: Followed, now: datetime) -> None:
    for held in gone.rows:
        if take(held=held, now=now, by=None):
            done.ended += 1
        else:
            done.kept += 1


def _known(seen: Seen, authority: UUID, now: datetime) -> Person | None:
    """The account of an entry: tied, or tied now, or made; None when it is its owner's to tie, or it can't have one."""
    person = person_of(seen)
    if person is not None:
        return person if person.is_active else None
    if not seen.email:
        return None
    known, how = person_by_email(seen.email), "no-way-in"
    if known is None:
        try:
            known, how = create_person(email=seen.email, name=seen.name or seen.email, password=None, by=None), "new"
        except (AccountError, ValidationError):
            return None  # an address or a name that none can have
    elif not seen.vouched or is_apart(known, authority, seen.source, now):
        return None
    _tie(known, seen, how, now, None)
    return known


def _tie(person: Person, seen: Seen, how: str, now: datetime, by: UUID | None) -> None:
    Identity.objects.create(person=person, source=seen.source, subject=seen.subject, tied_at=now, seen_at=now)
    fields: dict[str, UUID | str] = {"person": person.pk, "source": seen.source, "how": how}
    record(kind="identity.tied", authority=None, by=by, fields=fields, now=now)
