"""A firm's people."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.grants.actions.holders import give_code
from beffroi.kernel.grants.rules import CODE_ALPHABET
from beffroi.kernel.territory.actions import begin_membership, create_organisation
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
class Desk:
    """A new organisation's desk: what its dispatcher logs in with, shown once."""

    organisation: UUID
    email: str
    password: str


@kernel_action
def add_organisation(
    *, name: str, kind: OrganisationKind, dispatcher: str, email: str, by: UUID | None, now: datetime
) -> Desk:
    """Register an organisation and open its desk; raises AccountError and Django's ValidationError.

    Entries: organisation.created, person.created, membership.began, each left with record() by the action called.
    """
    organisation = create_organisation(name=name, kind=kind, by=by)
    password = _first_password()
    person = create_person(email=email, name=dispatcher, password=password, by=by)
    begin_membership(person=person.id, organisation=organisation, role=Role.DISPATCHER, valid_from=now, by=by)
    return Desk(organisation=organisation.id, email=person.email, password=password)


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
