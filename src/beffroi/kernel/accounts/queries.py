"""Reads of people. A name is shown only to viewers who share an organisation or serve the authority concerned: callers scope."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.db.models.functions import Lower

from beffroi.kernel.accounts.models import Person

# Addresses must differ, and lead nowhere (RFC 2606): what stands in for one that was erased.
FORGOTTEN = "@forgotten.invalid"


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


def open_sessions(person: UUID, as_of: datetime) -> list[UserSession]:
    """Where somebody is logged in, what was seen last first."""
    live = Session.objects.filter(expire_date__gt=as_of).values("session_key")
    rows = UserSession.objects.filter(user=person, session_key__in=live)
    return list(rows.order_by("-last_seen_at", "-id"))


def people_not_forgotten() -> int:
    """How many of those whose name was erased still have an address or a way in: for the weekly look; none."""
    left = Q(pk__in=EmailAddress.objects.values("user")) | Q(pk__in=Authenticator.objects.values("user"))
    return Person.objects.filter(forgotten_at__isnull=False).filter(left | ~Q(email__endswith=FORGOTTEN)).count()
