"""A firm's people."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.grants.actions.holders import give_code
from beffroi.kernel.grants.rules import CODE_ALPHABET
from beffroi.kernel.territory.actions import begin_membership
from beffroi.kernel.territory.models import Organisation
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


@kernel_action
def add_technician(*, name: str, email: str, organisation: Organisation, by: UUID | None, now: datetime) -> Added:
    """An account, a membership and a phone code for somebody new in the firm; raises AccountError.

    Entries: person.created, membership.began, phone.code-given, each left with record() by the action called.
    """
    password = "-".join(
        "".join(secrets.choice(CODE_ALPHABET) for _letter in range(LETTERS)) for _group in range(GROUPS)
    )
    person = create_person(email=email, name=name, password=password, by=by)
    begin_membership(person=person.id, organisation=organisation, role=Role.TECHNICIAN, valid_from=now, by=by)
    code = give_code(person=person.id, organisation=organisation.id, by=by, now=now)
    return Added(person=person.id, email=person.email, password=password, code=code)
