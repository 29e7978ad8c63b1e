"""Who holds what from the directory, and what a reading would begin and end."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import has_way_in, person_by_email
from beffroi.kernel.directory.models import GroupRule, Held, Identity, Reading
from beffroi.kernel.directory.queries.places import place
from beffroi.kernel.directory.rules import LDAP, Seen, brakes
from beffroi.kernel.territory.models import Membership, Organisation


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would get a role by a rule: those who would begin, those who hold it already, those whose account is apart (see SPEC), by name;
    and how many others the directory has closed, or knows no address of.
    """

    begin: tuple[str, ...]
    there: tuple[str, ...]
    apart: tuple[str, ...]
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """Roles that end by a reading, of which people, of how many who hold roles so."""

    rows: tuple[Held, ...]
    people: frozenset[UUID]
    holding: int

    @property
    def too_many(self) -> bool:
        """Whether the brake holds them."""
        return brakes(len(self.people), self.holding)


def houses(authority: UUID) -> QuerySet[Organisation]:
    """The organisations to which the directory may give people: the authority's own and its services."""
    return Organisation.objects.filter(Q(authority=authority) | Q(serves=authority)).order_by("name", "id")


def rules_of(authority: UUID, source: str | None = None) -> QuerySet[GroupRule]:
    """Rules in force."""
    rows = GroupRule.objects.filter(authority_id=authority, ended_at=None).select_related("organisation")
    return (rows.filter(source=source) if source else rows).order_by("label", "id")


def person_of(seen: Seen) -> Person | None:
    """Whoever is tied to this entry."""
    row = Identity.objects.filter(source=seen.source, subject=seen.subject).select_related("person").first()
    return row.person if row else None


def subject_of(person: UUID, source: str) -> str | None:
    """The identifier of the entry of this source that somebody is tied to."""
    return Identity.objects.filter(source=source, person=person).values_list("subject", flat=True).first()


def has_password(person: UUID) -> bool:
    """Whether the directory that is set up knows a password of theirs."""
    return place() is not None and is_tied(person, LDAP)


def is_tied(person: UUID, source: str) -> bool:
    """Whether somebody is tied to an entry of this source."""
    return Identity.objects.filter(source=source, person=person).exists()


def is_apart(person: Person, authority: UUID, source: str, now: datetime) -> bool:
    """Whether an account that nothing ties to the directory is its owner's to tie: it has a way in of its own, it is tied to another entry,
    it is closed, or it has a role beyond the authority's houses.
    """
    if not person.is_active or has_way_in(person.pk) or is_tied(person.pk, source):
        return True
    live = Membership.objects.filter(person=person).exclude(valid_until__lte=now)
    return live.exclude(organisation__in=houses(authority)).exists()


def holding(authority: UUID, source: str, now: datetime, *, only: UUID | None = None) -> QuerySet[Held]:
    """Roles in force that rules of an authority gave: all, or one person's."""
    rows = Held.objects.filter(rule__authority_id=authority, rule__source=source, left_at=None)
    rows = rows.filter(Q(membership__valid_until=None) | Q(membership__valid_until__gt=now))
    if only is not None:
        rows = rows.filter(membership__person=only)
    return rows.select_related("membership__organisation", "rule").order_by("pk")


def held_by(person: UUID, now: datetime) -> QuerySet[Held]:
    """Roles in force that one person has from any directory."""
    rows = Held.objects.filter(membership__person=person, left_at=None).exclude(membership__valid_until__lte=now)
    return rows.select_related("membership__organisation").order_by("pk")


def is_frozen(authority: UUID) -> bool:
    """Whether, as of the last reading, a group that gives roles is gone, or the brake holds some."""
    return Reading.objects.filter(Q(missing__gt=0) | ~Q(digest=""), authority=authority).exists()


def leaving(rows: Iterable[Held], wanted: Collection[tuple[UUID, UUID]], frozen: Collection[UUID]) -> Leaving:
    """Of these roles, those that nobody is to have any more: `wanted` are (person, rule), `frozen` the rules whose group isn't there."""
    known = list(rows)
    ending = tuple(
        row for row in known if row.rule_id not in frozen and (row.membership.person_id, row.rule_id) not in wanted
    )
    people = frozenset(row.membership.person_id for row in ending)
    return Leaving(ending, people, len({row.membership.person_id for row in known}))


def stopped_by_hand(person: UUID, rule: UUID, now: datetime) -> bool:
    """Whether somebody ended by hand what the rule gave last: it isn't given again while its owner stays in the group."""
    rows = Held.objects.filter(rule=rule, membership__person=person).select_related("membership")
    last = rows.order_by("-membership__valid_from", "pk").first()
    until = last.membership.valid_until if last else None
    return last is not None and last.left_at is None and until is not None and until <= now


def has_role(person: UUID, organisation: UUID, role: str, now: datetime) -> bool:
    """Whether they hold the role there, or will, whoever gave it."""
    rows = Membership.objects.filter(person=person, organisation=organisation, role=role)
    return rows.exclude(valid_until__lte=now).exists()


def preview(found: Iterable[Seen], *, authority: UUID, organisation: UUID, role: str, now: datetime) -> Preview:
    """Who would get this role."""
    begin, there, apart, closed = list[str](), list[str](), list[str](), 0
    for seen in found:
        person = person_of(seen)
        known = person or person_by_email(seen.email)
        if not seen.active or (known is None and not seen.email):
            closed += 1
        elif known is None:
            begin.append(seen.name)
        elif person is None and is_apart(known, authority, seen.source, now):
            apart.append(known.name)
        elif has_role(known.pk, organisation, role, now):
            there.append(known.name)
        else:
            begin.append(known.name)
    named = [tuple(sorted(each, key=str.casefold)) for each in (begin, there, apart)]
    return Preview(named[0], named[1], named[2], closed)


def held_by_rule(authority: UUID, now: datetime) -> Mapping[UUID, int]:
    """How many hold the role of each rule by it."""
    live = Held.objects.filter(rule__authority_id=authority, left_at=None).exclude(membership__valid_until__lte=now)
    return Counter(live.order_by("pk").values_list("rule", flat=True))


def reading_of(authority: UUID) -> Reading | None:
    """How the last one went."""
    return Reading.objects.filter(authority_id=authority).first()


def origins(memberships: Iterable[UUID]) -> Mapping[UUID, str]:
    """The group that gave each of these roles, for those that the directory gave and hasn't ended."""
    rows = Held.objects.filter(membership__in=list(memberships), left_at=None)
    return dict(rows.order_by("pk").values_list("membership", "rule__label"))
