"""The only place that writes mandates and whom the counter knows."""

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.timezone import get_default_timezone

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.errors import CannotServe
from beffroi.kernel.counter.models import Inhabitant, Mandate
from beffroi.kernel.counter.rules import Ending, Why, ends_at
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import Stead, acting_for, current_stead, kernel_action


@kernel_action
def open_account(*, authority: UUID, name: str, email: str, language: str, now: datetime, by: UUID) -> Person:
    """An account for somebody at the counter, with or without an e-mail address; raises AddressTaken, Django's ValidationError.

    The entry is person.created, left with record() by the action called.
    """
    person = create_person(email=email, name=name, password=None, language=language, by=by)
    _known(authority, person.id, now)
    return person


@kernel_action
def look_up(*, authority: UUID, person: UUID, by: UUID) -> None:
    """An agent opens what the counter knows of somebody: a name, and how they may be told apart."""
    record(kind="person.looked-up", authority=authority, by=by, fields={"person": person})


@kernel_action
def begin_mandate(*, authority: UUID, person: UUID, why: Why, identity_seen: bool, now: datetime, by: UUID) -> Mandate:
    """From now on the agent `by` acts for the person; ends what they held elsewhere. Raises CannotServe."""
    Person.objects.select_for_update().get(pk=by)  # one beginning at a time for an agent
    if person == by or not Person.objects.filter(pk=person, is_active=True).exists():
        raise CannotServe
    for held in Mandate.objects.filter(agent=by, ended_at=None):
        end_mandate(mandate=held, ending=Ending.REPLACED if held.until > now else Ending.TIME, now=now, by=by)
    mandate = Mandate.objects.create(
        id=uuid4(),
        authority_id=authority,
        agent_id=by,
        person_id=person,
        why=why.value,
        identity_seen=identity_seen,
        began_at=now,
        until=ends_at(now, get_default_timezone()),
    )
    _known(authority, person, now)
    with _marked(mandate):
        record(
            kind="mandate.began",
            authority=authority,
            by=by,
            fields={"why": why.value, "identity_seen": identity_seen, "until": mandate.until},
        )
    return mandate


@kernel_action
def end_mandate(*, mandate: Mandate, ending: Ending, now: datetime, by: UUID | None) -> bool:
    """The agent acts for themselves again; False when it had ended already. One that nobody ended did so when its time was over."""
    at = max(min(now, mandate.until), mandate.began_at)
    if not Mandate.objects.filter(pk=mandate.pk, ended_at=None).update(ended_at=at, ending=ending.value):
        return False
    with _marked(mandate):
        record(kind="mandate.ended", authority=mandate.authority_id, by=by, fields={"ending": ending.value})
    return True


@kernel_action
def note_use(*, authority: UUID, act: str, by: UUID) -> None:
    """What was done for somebody and leaves no entry of its own, a preference for instance; called in the act's own transaction."""
    record(kind="mandate.used", authority=authority, by=by, fields={"act": act.replace("_", "-")})


def _marked(mandate: Mandate) -> AbstractContextManager[None]:
    current = current_stead()
    if current is not None and current.mandate == mandate.pk:
        return nullcontext()
    return acting_for(Stead(mandate.agent_id, mandate.person_id, mandate.pk, note=_noted_already))


def _known(authority: UUID, person: UUID, now: datetime) -> None:
    Inhabitant.objects.update_or_create(authority_id=authority, person_id=person, defaults={"served_at": now})


def _noted_already(_act: str) -> None:
    """Beginning and ending leave entries of their own."""
