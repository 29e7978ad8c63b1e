"""Reads of people. A name is shown only to viewers who share an organisation or serve the authority concerned: callers scope."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from beffroi.kernel.accounts.models import Person
from beffroi.persistence.proving import ELSEWHERE

# Addresses must differ, and lead nowhere (RFC 2606): what stands in for one that was erased.
FORGOTTEN = "@forgotten.invalid"
# What is a second factor of itself: recovery codes stand in for one of these, and go with the last.
FACTORS = (Authenticator.Type.WEBAUTHN.value, Authenticator.Type.TOTP.value)


def person_by_email(email: str) -> Person | None:
    """For commands of the installation's own administrator."""
    address = email.strip()
    return Person.objects.filter(email__iexact=address).first() if address else None


def people_by_email(emails: Iterable[str]) -> dict[str, UUID]:
    """Those of these addresses (in lower case) that have an account: for commands of the installation's own administrator."""
    rows = Person.objects.annotate(address=Lower("email")).filter(address__in=list(emails))
    return dict(rows.values_list("address", "id"))


def names(people: Iterable[UUID]) -> dict[UUID, str]:
    """Names by person, for a page whose own query already scoped the people; somebody forgotten is said to be so."""
    return {person.pk: str(person) for person in Person.objects.filter(pk__in=set(people)).only("name")}


def has_way_in(person: UUID) -> bool:
    """Whether somebody can log in: by a password, or by a passkey."""
    row = Person.objects.filter(pk=person).first()
    passkeys = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
    return row is not None and (row.has_usable_password() or passkeys.exists())


def factors_of(person: UUID) -> frozenset[str]:
    """The kinds of second factors that somebody has here."""
    rows = Authenticator.objects.filter(user=person, type__in=FACTORS)
    return frozenset(rows.values_list("type", flat=True))


def shows_elsewhere(person: UUID) -> bool:
    """Whether somebody shows a second factor where they log in otherwise, each time."""
    rows = Person.objects.filter(pk=person)
    return any(rows.filter(pk__in=each.people()).exists() for each in ELSEWHERE.values() if each.proves)


def without_factor(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Those of these people who have no second factor, neither here nor elsewhere."""
    found = rows.exclude(pk__in=Authenticator.objects.filter(type__in=FACTORS).values("user"))
    for code in sorted(ELSEWHERE):
        found = found.exclude(pk__in=ELSEWHERE[code].people())
    return found


def open_sessions(person: UUID, as_of: datetime) -> list[UserSession]:
    """Where somebody is logged in, what was seen last first."""
    live = Session.objects.filter(expire_date__gt=as_of).values("session_key")
    rows = UserSession.objects.filter(user=person, session_key__in=live)
    return list(rows.order_by("-last_seen_at", "-id"))


def people_not_forgotten() -> int:
    """How many of those whose name was erased still have an address or a way in: for the weekly look; none."""
    left = Q(pk__in=EmailAddress.objects.values("user")) | Q(pk__in=Authenticator.objects.values("user"))
    return Person.objects.filter(forgotten_at__isnull=False).filter(left | ~Q(email__endswith=FORGOTTEN)).count()
