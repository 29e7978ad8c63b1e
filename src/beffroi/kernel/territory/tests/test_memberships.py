"""A membership gives its role from its start up to, and not at, its end."""

from datetime import timedelta

import pytest

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.actions.memberships import begin_membership, end_membership
from beffroi.kernel.territory.errors import AlreadyMember
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import UnguardedWrite

pytestmark = pytest.mark.django_db


def test_a_role_ends_when_it_was_said_to() -> None:
    now = utc_now()
    authority = create_authority(slug="meaux", name="Meaux", by=None)
    person = create_person(email="a@meaux.example", name="A", password=None, by=None)
    membership = begin_membership(
        person=person.id, organisation=authority.organisation, role=Role.AGENT, valid_from=now, by=None
    )
    noon = now + timedelta(hours=1)
    end_membership(membership=membership, ends=noon, by=None)
    assert [post.authority for post in live_posts(person=person.id, as_of=noon - timedelta(seconds=1))] == [
        authority.id
    ]
    assert live_posts(person=person.id, as_of=noon) == ()
    assert list(
        Entry.objects.filter(kind__startswith="membership.").values_list("kind", flat=True).order_by("number")
    ) == [
        "membership.began",
        "membership.ended",
    ]


def test_the_same_role_twice_at_once_is_refused() -> None:
    now = utc_now()
    authority = create_authority(slug="meaux", name="Meaux", by=None)
    person = create_person(email="a@meaux.example", name="A", password=None, by=None)
    begin_membership(person=person.id, organisation=authority.organisation, role=Role.AGENT, valid_from=now, by=None)
    with pytest.raises(AlreadyMember):
        begin_membership(
            person=person.id, organisation=authority.organisation, role=Role.AGENT, valid_from=now, by=None
        )


def test_a_write_outside_an_action_is_refused() -> None:
    person = create_person(email="a@meaux.example", name="A", password=None, by=None)
    person.name = "B"
    with pytest.raises(UnguardedWrite):
        person.save()
