"""Authorities, organisations and their people, for tests. Each goes through the action that makes it in a town."""

import itertools
from datetime import datetime, timedelta

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.actions import begin_membership, create_authority, create_organisation
from beffroi.kernel.territory.models import Authority, Membership, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

_number = itertools.count(1)


def make_authority(slug: str = "meaux", name: str | None = None) -> Authority:
    """A commune with its town hall and the root of its tree."""
    return create_authority(slug=slug, name=name or slug.replace("-", " ").title(), by=None)


def make_organisation(
    name: str | None = None, kind: OrganisationKind = OrganisationKind.INFRASTRUCTURE_OPERATOR
) -> Organisation:
    """An organisation that is no authority's own."""
    return create_organisation(name=name or f"Organisation {next(_number)}", kind=kind, by=None)


def make_membership(
    person: Person,
    organisation: Organisation,
    role: Role = Role.AGENT,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Membership:
    """A role that began an hour ago, unless said otherwise."""
    start = since or utc_now() - timedelta(hours=1)
    return begin_membership(
        person=person.id, organisation=organisation, role=role, valid_from=start, valid_until=until, by=None
    )


def make_member(
    name: str, organisation: Organisation, role: Role = Role.AGENT, *, password: str | None = None
) -> Person:
    """A person with a role in an organisation."""
    person = make_person(name, password=password)
    make_membership(person, organisation, role)
    return person
