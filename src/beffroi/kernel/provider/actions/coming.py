"""Somebody whom the provider has just proved comes in, or ties their account."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from beffroi.adapters.oidc.claims import Somebody
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.actions import following
from beffroi.kernel.directory.actions.following import arrive
from beffroi.kernel.directory.queries.following import person_of
from beffroi.kernel.provider.queries.places import seen_of
from beffroi.persistence.acts import kernel_action

Refusal = following.Refusal


class Unsaid(StrEnum):
    """Why somebody of whom the provider said no values isn't let in, besides the directory's own reasons."""

    UNSAID = "unsaid"


@kernel_action
def admit(*, authority: UUID, who: Somebody, now: datetime) -> Person | Refusal | Unsaid:
    """Their account, made where a rule gives them a role, with the roles that their values give now; or why not."""
    seen = seen_of(who)
    if who.groups is not None:
        return arrive(authority=authority, seen=seen, now=now)
    person = person_of(seen)
    if person is None:
        return Unsaid.UNSAID
    return person if person.is_active else Refusal.CLOSED


@kernel_action
def tie_account(*, authority: UUID, person: Person, who: Somebody, now: datetime, by: UUID) -> bool:
    """Somebody logged in ties their own account to what they have just proved there, and has the roles of their values from now on.
    False when either is tied elsewhere, or the account has no address.
    """
    if not following.tie(person=person, seen=seen_of(who), now=now, by=by):
        return False
    admit(authority=authority, who=who, now=now)
    return True
