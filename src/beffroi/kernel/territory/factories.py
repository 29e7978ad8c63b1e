"""Authorities, organisations and their people, for tests. Each goes through the action that makes it in a town."""

import itertools
import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.actions.outlines import set_outline
from beffroi.kernel.territory.models import Authority, Membership, Organisation, OrganisationKind
from beffroi.kernel.territory.queries.outlines import root_of
from beffroi.lib.clock import utc_now
from beffroi.lib.outlines import Bounds, Fault, Outline, read
from beffroi.lib.viewer import Role

AROUND_MEAUX: Bounds = (2.80, 48.90, 2.96, 49.02)
_number = itertools.count(1)


def make_authority(slug: str = "meaux", name: str | None = None) -> Authority:
    """A commune with its town hall and the root of its tree."""
    return create_authority(slug=slug, name=name or slug.replace("-", " ").title(), by=None)


def make_outline(bounds: Bounds = AROUND_MEAUX) -> Outline:
    """A box as a file would bring it: west, south, east, north in degrees."""
    west, south, east, north = bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    found = read(json.dumps({"type": "Polygon", "coordinates": [ring]}).encode())
    if isinstance(found, Fault) or not isinstance(found[0].outline, Outline):
        raise TypeError(f"{bounds} is no box in France")
    return found[0].outline


def draw_authority(authority: Authority, bounds: Bounds = AROUND_MEAUX) -> UUID:
    """The authority ends at a box; returns the act, which can be undone."""
    act = uuid4()
    set_outline(territory=root_of(authority.pk), outline=make_outline(bounds), act=act, by=None, now=utc_now())
    return act


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
