"""People for tests. Each goes through the action that makes them in a town."""

import itertools

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.accounts.models import Person

PASSWORD = "correct horse battery belfry"  # noqa: S105 - of people that exist in a test only

_number = itertools.count(1)


def make_person(
    name: str = "Camille Martin", *, email: str | None = None, password: str | None = None, language: str = "en"
) -> Person:
    """Somebody who can log in; with no password they only have a session that a test gives them."""
    address = email or f"person-{next(_number)}@example.org"
    return create_person(email=address, name=name, password=password, language=language, by=None)
