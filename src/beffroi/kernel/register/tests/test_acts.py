"""Who sees which acts: an authority's own people, and those whom the app above answers for."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from beffroi.kernel.register.actions import erase, record
from beffroi.kernel.register.factories import NOON, Town
from beffroi.kernel.register.queries.acts import Reach, RecordedAct, acts_of_grant, described, entries_of_holders
from beffroi.lib.viewer import Post, Role, Viewer

HOLDER = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def viewer(authority: UUID | None, role: Role = Role.AGENT) -> Viewer:
    post = Post(organisation=uuid4(), role=role, authority=authority)
    return Viewer(person=uuid4(), posts=(post,), conventions=frozenset(), as_of=datetime.now(UTC))


@pytest.fixture
def grant(town: Town) -> UUID:
    grant = uuid4()
    town.act(1, grant=grant, holder=HOLDER)
    town.act(2, grant=grant)
    town.act(3, grant=uuid4(), holder=HOLDER)
    return grant


def numbers(acts: list[RecordedAct]) -> list[object]:
    return [(act.values or {})["number"] for act in acts]


def test_alice_of_the_authority_sees_its_acts(town: Town, grant: UUID) -> None:
    alice = viewer(town.authority)
    assert numbers(acts_of_grant(alice, grant)) == [1, 2]
    assert numbers(described(entries_of_holders(alice, [HOLDER]))) == [3, 1]


def test_bob_sees_what_his_grant_reaches(town: Town, grant: UUID) -> None:
    bob = viewer(None)
    assert acts_of_grant(bob, grant) == []
    assert numbers(acts_of_grant(bob, grant, reach=Reach(grants=frozenset({grant})))) == [1, 2]
    reach = Reach(holders=frozenset({HOLDER}))
    assert numbers(described(entries_of_holders(bob, [HOLDER], reach=reach))) == [3, 1]


def test_charlie_of_another_authority_sees_nothing(town: Town, grant: UUID) -> None:
    charlie = viewer(uuid4(), Role.ADMINISTRATOR)
    assert acts_of_grant(charlie, grant) == []
    assert not entries_of_holders(charlie, [HOLDER]).exists()


def test_the_installations_log_is_for_administrators(town: Town) -> None:
    grant = uuid4()
    with transaction.atomic():
        record(kind="test.act", authority=None, by=None, fields={"number": 1, "things": []}, grant=grant, now=NOON)
    assert acts_of_grant(viewer(town.authority), grant) == []
    assert len(acts_of_grant(viewer(town.authority, Role.ADMINISTRATOR), grant)) == 1


def test_an_act_has_its_place_once_numbered_and_leaves_the_index_once_erased(town: Town, grant: UUID) -> None:
    alice = viewer(town.authority)
    assert [act.place for act in acts_of_grant(alice, grant)] == [None, None]
    town.sequence()
    acts = acts_of_grant(alice, grant)
    assert [act.place for act in acts] == [(town.name, 0), (town.name, 1)]
    with transaction.atomic():
        erase(entries=[acts[0].entry], reason="retention", by=None)
    assert numbers(acts_of_grant(alice, grant)) == [2]
