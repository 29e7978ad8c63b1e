"""The only place that writes people and what they log in with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from beffroi.kernel.accounts.errors import AddressTaken, WeakPassword
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import FORGOTTEN
from beffroi.kernel.accounts.registry import UNTYINGS
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action

CREDENTIAL = {
    Authenticator.Type.TOTP: "totp",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery-codes",
}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who may have no account yet, as a list names them."""

    email: str
    name: str
    language: str = "fr"

    @property
    def address(self) -> str:
        """The address as accounts keep it."""
        return self.email.strip().lower()


@kernel_action
def create_person(*, email: str, name: str, password: str | None, language: str = "fr", by: UUID | None) -> Person:
    """An account for somebody; with no password they log in by passkey only once they have an invitation, with no address at all only
    the counter serves them.

    Raises AddressTaken and WeakPassword.
    """
    email = email.strip().lower()
    if email and Person.objects.filter(email__iexact=email).exists():
        raise AddressTaken
    person = Person(email=email, name=name.strip(), language=language)
    person.full_clean(exclude=["password"])
    _set_password(person, password)
    person.save()
    if email:
        EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
    record(kind="person.created", authority=None, by=by, fields={"person": person.id})
    return person


@kernel_action
def create_people(*, newcomers: Sequence[Newcomer], by: UUID | None) -> dict[str, UUID]:
    """Accounts without a way in yet, by a few statements however many they are; by address, those who had one are left out.

    Raises Django's ValidationError for the first address, name or language that can't be.
    """
    wanted = {each.address: each for each in newcomers}
    known = Person.objects.annotate(address=Lower("email")).filter(address__in=list(wanted))
    taken = set(known.values_list("address", flat=True))
    people = [
        Person(email=email, name=each.name.strip(), language=each.language)
        for email, each in wanted.items()
        if email not in taken
    ]
    for person in people:
        person.set_unusable_password()
        person.clean_fields()
    Person.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, primary=True, verified=True) for person in people
    )
    for person in people:
        record(kind="person.created", authority=None, by=by, fields={"person": person.id})
    return {person.email: person.id for person in people}


@kernel_action
def change_password(*, person: Person, password: str, by: UUID | None) -> None:
    """Replace a password; raises WeakPassword."""
    _set_password(person, password)
    person.save(update_fields=["password"])
    _credential_entry(person.id, "password", "replaced", by)


@kernel_action
def choose_language(*, language: str, by: UUID) -> None:
    """The language that somebody reads, on whatever device, and in what is sent to them."""
    Person.objects.filter(pk=by).update(language=language, language_chosen=True)


@kernel_action
def name_person(*, person: Person, name: str, language: str, by: UUID | None) -> None:
    """What somebody is called, and the language they read: their own to say."""
    person.name, person.language, person.language_chosen = name.strip(), language, True
    person.full_clean(exclude=["password"])
    person.save(update_fields=["name", "language", "language_chosen"])


@kernel_action
def note_credential(*, person: UUID, credential: str, change: str, by: UUID | None) -> None:
    """Leave the entry of a passkey, code or recovery list that allauth has just changed."""
    _credential_entry(person, credential, change, by)


@kernel_action
def hold_ways_in(*, person: UUID, session: str | None, now: datetime) -> bool:
    """Until the caller's transaction ends nobody takes this person's ways in away (`strip_ways_in`). False when the session is over: they
    were taken, or somebody ended it, and nothing may be added in it any more.
    """
    Person.objects.select_for_update().get(pk=person)
    return Session.objects.filter(pk=session, expire_date__gt=now).exists()


@kernel_action
def strip_ways_in(*, person: UUID, now: datetime, by: UUID | None) -> Person:
    """Leave somebody no password, passkey, code or list of codes, nor anything by which another app lets them in; each leaves an entry.
    What is open stays so (`end_sessions`). Returns the account as it is now.
    """
    for code in sorted(UNTYINGS):
        UNTYINGS[code](person=person, now=now, by=by)
    row = Person.objects.select_for_update().get(pk=person)  # whoever is adding one just now is waited for
    if row.has_usable_password():
        row.set_unusable_password()
        row.save(update_fields=["password"])
        _credential_entry(person, "password", "removed", by)
    for each in Authenticator.objects.filter(user=row).order_by("pk"):
        each.delete()
        _credential_entry(person, CREDENTIAL[each.type], "removed", by)
    return row


@kernel_action
def note_seen(*, session: str, now: datetime) -> None:
    """Somebody used this session: when it was last seen is for their own list."""
    UserSession.objects.filter(session_key=session).update(last_seen_at=now)


@kernel_action
def end_sessions(
    *, person: UUID, by: UUID | None, now: datetime, only: int | None = None, but: str | None = None
) -> int:
    """End what somebody has open: all of it, one (`only`, by its row), or all but the session that asks; returns how many."""
    # Before the sessions, as whoever changes how they log in: the other way round each would wait for the other.
    Person.objects.select_for_update().filter(pk=person).first()
    rows = UserSession.objects.filter(user=person)
    if only is not None:
        rows = rows.filter(pk=only)
    if but is not None:
        rows = rows.exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    live = Session.objects.filter(pk__in=keys)
    ended = live.filter(expire_date__gt=now).count()
    live.delete()
    rows.delete()
    if ended:
        record(kind="sessions.ended", authority=None, by=by, fields={"person": person, "count": ended}, now=now)
    return ended


@kernel_action
def forget_people(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Erase names, addresses and ways in: what remains is an identifier that leads nowhere. The destruction leaves the entry."""
    people = Person.objects.filter(pk__in=keys, forgotten_at=None)
    found = list(people.values_list("pk", flat=True))
    for tables in (EmailAddress, Authenticator, UserSession):
        tables.objects.filter(user__in=found).delete()
    for person in found:
        Person.objects.filter(pk=person).update(
            name="",
            email=f"{person}{FORGOTTEN}",
            password=make_password(None),
            is_active=False,
            forgotten_at=now,
        )
    return len(found)


def _credential_entry(person: UUID, credential: str, change: str, by: UUID | None) -> None:
    record(
        kind="credential.changed",
        authority=None,
        by=by,
        fields={"person": person, "credential": credential, "change": change},
    )


def _set_password(person: Person, password: str | None) -> None:
    if password is None:
        person.set_unusable_password()
        return
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword(list(error.messages)) from error
    person.set_password(password)
