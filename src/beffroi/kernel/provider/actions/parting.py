"""Somebody logged out at the provider, or hasn't been confirmed by it for long."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.actions import end_sessions
from beffroi.kernel.directory.actions.following import take
from beffroi.kernel.directory.queries.following import holding
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.queries.sessions import people_tied, seen_before, sessions_named
from beffroi.kernel.provider.rules import UNCONFIRMED
from beffroi.persistence.acts import kernel_action


@kernel_action
def part(*, subject: str | None, sid: str, now: datetime) -> int:
    """The provider says that somebody logged out: of the session that it calls so, else of all. Returns how many ended here."""
    people = people_tied(subject)
    if sid:
        found = list(sessions_named(people, sid))
        return sum(end_sessions(person=person, by=None, now=now, only=row) for person, row in found)
    return sum(end_sessions(person=person, by=None, now=now) for person in people) if subject else 0


@kernel_action
def lapse(*, authority: UUID, now: datetime) -> int:
    """Roles that the provider gave and hasn't confirmed for long end; returns how many."""
    unseen = seen_before(now - UNCONFIRMED)
    rows = [held for held in holding(authority, OIDC, now) if held.membership.person_id in unseen]
    return sum(take(held=held, now=now, by=None) for held in rows)
