"""A firm's people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.actions import Newcomer, change_password, create_people, create_person
from beffroi.kernel.accounts.errors import AddressTaken
from beffroi.kernel.accounts.queries import people_by_email, person_by_email
from beffroi.kernel.territory.actions.invitations import Guest, invite
from beffroi.kernel.territory.actions.memberships import begin_memberships
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Invitation, Organisation, OrganisationKind
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


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
    first: Guest | None,
    by: UUID | None,
    now: datetime,
    serves: UUID | None = None,
    steward: UUID | None = None,
) -> Invitation | None:
    """Register an organisation and invite its first person, if it has one: who holds its desk or, in a service of an authority, who
    keeps watch.

    Raises Django's ValidationError. Entries: organisation.created, invitation.made, each left with record() by the action called.
    """
    organisation = create_organisation(name=name, kind=kind, serves=serves, steward=steward, by=by)
    if first is None:
        return None
    role = Role.DISPATCHER if serves is None else Role.OPERATOR
    return invite(guest=first, organisation=organisation, role=role, valid_until=None, now=now, by=by)


@kernel_action
def give_access(
    *, name: str, email: str, password: str, organisation: Organisation, role: Role, by: UUID | None, now: datetime
) -> None:
    """A password and a role for one person, new or known without a way in.

    Raises WeakPassword, and AddressTaken for one who logs in already. Entries: person.created or credential.changed, membership.began,
    each left with record() by the action called.
    """
    person = person_by_email(email)
    if person is None:
        person = create_person(email=email, name=name, password=password, by=by)
    elif person.has_usable_password():
        raise AddressTaken
    else:
        change_password(person=person, password=password, by=by)
    begin_memberships(people={person.id: role}, organisation=organisation, valid_from=now, by=by)


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
