"""A firm's people."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.actions import Newcomer, change_password, create_people, create_person
from beffroi.kernel.accounts.errors import AddressTaken
from beffroi.kernel.accounts.queries import people_by_email, person_by_email
from beffroi.kernel.grants.actions.holders import give_code
from beffroi.kernel.grants.rules import CODE_ALPHABET
from beffroi.kernel.territory.actions import begin_membership, begin_memberships, create_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action

GROUPS, LETTERS = 4, 4


@dataclass(frozen=True, slots=True)
class Added:
    """What the desk hands to somebody new, shown once: their first password and the code for their phone."""

    person: UUID
    email: str
    password: str
    code: str


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody logs in with, shown once."""

    person: UUID
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Named:
    """A line of an organisation's list of people."""

    newcomer: Newcomer
    role: Role


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a list: accounts that were made, and people who belong from now on, in that role."""

    accounts: int
    members: int


@kernel_action
def add_organisation(
    *,
    name: str,
    kind: OrganisationKind,
    first: str,
    email: str,
    by: UUID | None,
    now: datetime,
    serves: UUID | None = None,
) -> Access:
    """Register an organisation with its first person: who holds its desk or, in a service of an authority, who keeps watch.

    Raises AccountError and Django's ValidationError. Entries: organisation.created, person.created, membership.began, each
    left with record() by the action called.
    """
    organisation = create_organisation(name=name, kind=kind, serves=serves, by=by)
    role = Role.DISPATCHER if serves is None else Role.OPERATOR
    return give_access(name=first, email=email, organisation=organisation, role=role, by=by, now=now)


@kernel_action
def give_access(
    *, name: str, email: str, organisation: Organisation, role: Role, by: UUID | None, now: datetime
) -> Access:
    """A first password and a role for one person, new or known without a way in; raises AddressTaken for one who logs in already.

    Entries: person.created or credential.changed, membership.began, each left with record() by the action called.
    """
    password = _first_password()
    person = person_by_email(email)
    if person is None:
        person = create_person(email=email, name=name, password=password, by=by)
    elif person.has_usable_password():
        raise AddressTaken
    else:
        change_password(person=person, password=password, by=by)
    begin_memberships(people={person.id: role}, organisation=organisation, valid_from=now, by=by)
    return Access(person=person.id, email=person.email, password=password)


@kernel_action
def add_people(*, organisation: Organisation, people: Sequence[Named], by: UUID | None, now: datetime) -> Joined:
    """A whole list at once, or nothing of it; whoever is known already is not added twice.

    Raises Django's ValidationError. Entries: person.created and membership.began for each, left by the actions called.
    """
    made = create_people(newcomers=[each.newcomer for each in people], by=by)
    known = people_by_email(each.newcomer.address for each in people)
    roles = {known[each.newcomer.address]: each.role for each in people}
    began = begin_memberships(people=roles, organisation=organisation, valid_from=now, by=by)
    return Joined(accounts=len(made), members=began)


@kernel_action
def add_technician(*, name: str, email: str, organisation: Organisation, by: UUID | None, now: datetime) -> Added:
    """An account, a membership and a phone code for somebody new in the firm; raises AccountError.

    Entries: person.created, membership.began, phone.code-given, each left with record() by the action called.
    """
    password = _first_password()
    person = create_person(email=email, name=name, password=password, by=by)
    begin_membership(person=person.id, organisation=organisation, role=Role.TECHNICIAN, valid_from=now, by=by)
    code = give_code(person=person.id, organisation=organisation.id, by=by, now=now)
    return Added(person=person.id, email=person.email, password=password, code=code)


def _first_password() -> str:
    """About 79 bits, in four groups that can be read aloud."""
    return "-".join("".join(secrets.choice(CODE_ALPHABET) for _letter in range(LETTERS)) for _group in range(GROUPS))
