"""Reads of people. A name is shown only to viewers who share an organisation or serve the authority concerned: callers scope."""

from collections.abc import Iterable
from uuid import UUID

from beffroi.kernel.accounts.models import Person


def person_by_email(email: str) -> Person | None:
    """For commands of the installation's own administrator."""
    return Person.objects.filter(email__iexact=email.strip()).first()


def names(people: Iterable[UUID]) -> dict[UUID, str]:
    """Names by person, for a page whose own query already scoped the people."""
    return dict(Person.objects.filter(pk__in=set(people)).values_list("pk", "name"))
