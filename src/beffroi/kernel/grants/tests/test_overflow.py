"""A large convention ended early: no lock is left open because the list of what gates refuse is full."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.conventions import (
    Purpose,
    cover_resource,
    date_aipd,
    end_convention,
    sign_convention,
    switch_system,
)
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset
from beffroi.kernel.grants.actions.minting import mint_next, publish_revocations
from beffroi.kernel.grants.actions.orders import ask_grant
from beffroi.kernel.grants.models import Convention, Grant, RevocationList
from beffroi.kernel.grants.queries import read_keyset
from beffroi.kernel.grants.queries.admission import Asked
from beffroi.kernel.grants.rules import Ended, Kind, listing, surely
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.chain import Chain, verify_chain
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.grant import signer_of
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.revocation import RevocationList as SignedList
from beffroi.protocol.v1.revocation import recall_revocation_list

NOW = utc_now()
MOST = 6
SYSTEM = "cabinets"


@given(
    held=st.lists(st.tuples(st.uuids(), st.sampled_from("abcdefgh")), max_size=40, unique_by=lambda each: each[0]),
    revoked=st.lists(st.sampled_from("abcdefghij"), max_size=10, unique=True),
    living=st.frozensets(st.sampled_from("abcdefgh")),
    most=st.integers(1, 8),
)
def test_whatever_is_not_refused_by_right_or_key_is_counted(
    held: list[tuple[UUID, str]], revoked: list[str], living: frozenset[str], most: int
) -> None:
    ended = [Ended(*each) for each in held]
    found = listing(ended, revoked, living, most)
    assert len(found.grants) <= most
    assert len(found.keys) <= most
    open_rights = [each for each in ended if each.grant not in found.grants and each.key not in found.keys]
    open_keys = [key for key in revoked if key not in found.keys]
    assert found.omitted >= len(open_rights) + len(open_keys)
    assert (found.omitted == 0) == (not open_rights and not open_keys)
    if len(ended) <= most and len(revoked) <= most:
        assert (found.grants, found.keys) == (frozenset(each.grant for each in ended), frozenset(revoked))


def test_the_keys_that_hold_nothing_else_are_listed_first() -> None:
    ended = [Ended(uuid4(), key) for key in "aaabbc"]
    found = listing(ended, [], frozenset("a"), 4)
    assert found.keys == {"b"}
    assert {each.key for each in ended if each.grant in found.grants} == {"a", "c"}


class Scene:
    """A town with two conventions, and technicians whose phones hold rights under them."""

    def __init__(self, folder: Path) -> None:
        self.town: Town = town(folder, now=NOW)
        self.authority = self.town.authority.id
        self.partner = make_organisation("Réseau de l'Ourcq")
        date_aipd(authority=self.authority, system=SYSTEM, on=NOW.date(), by=None, now=NOW)
        switch_system(authority=self.authority, system=SYSTEM, on=True, by=None, now=NOW)
        self.large, self.small = self.convention(self.partner), self.convention(self.partner)

    def convention(self, partner: Organisation) -> Convention:
        repair = Purpose(
            code="repair",
            label="Repair of a line",
            kind=Kind.WORK_ORDER,
            legal_text="CPCE",
            legal_article="L34-8-3",
            legal_version_on=NOW.date(),
            least=timedelta(minutes=15),
            most=timedelta(hours=12),
        )
        return surely(
            sign_convention(
                authority=self.authority,
                partner=partner.id,
                system=SYSTEM,
                title="Cabinets",
                valid_from=NOW - timedelta(days=1),
                valid_until=NOW + timedelta(days=30),
                purposes=[repair],
                transports=("local", "relay"),
                list_age=timedelta(hours=72),
                list_old="refuse",
                time_unknown="refuse",
                by=None,
                now=NOW,
            )
        )

    def technician(self, name: str) -> Person:
        person = make_member(name, self.partner, Role.TECHNICIAN)
        key = holder_key(ec.generate_private_key(ec.SECP256R1()))
        enrol_phone(person=person.id, key=key, code=None, passkey=True, now=NOW)
        return person

    def order(self, person: Person, convention: Convention) -> UUID:
        """A right to one more cabinet."""
        resource = uuid4()
        cover_resource(convention=convention, resource=resource, by=None, now=NOW)
        asked = Asked(
            convention=convention,
            purpose="repair",
            kind=Kind.WORK_ORDER,
            action="open",
            holder=person.id,
            organisation=self.partner.id,
            resources=[resource],
            starts=NOW,
            ends=NOW + timedelta(hours=2),
        )
        given = ask_grant(asked=asked, by=None, now=NOW)
        assert isinstance(given, Grant), given
        return given.id

    def mint(self) -> int:
        count = 0
        while mint_next(store=self.town.store, authority=self.authority, now=NOW):
            count += 1
        return count

    def publish(self) -> RevocationList:
        publish_revocations(store=self.town.store, authority=self.authority, now=NOW, most=MOST)
        return RevocationList.objects.filter(authority_id=self.authority).order_by("-key_set", "-number")[0]

    def refused(self, row: RevocationList) -> set[UUID]:
        """The signed rights that a gate which holds this list, and the key set in force, refuses."""
        held = recall_revocation_list(row.token)
        assert isinstance(held, SignedList)
        keyset = read_keyset(self.authority)
        assert keyset is not None
        found = set()
        for grant in Grant.objects.exclude(token=""):
            chain = verify_chain(grant.token, keyset=keyset, at=Reading(int(NOW.timestamp())))
            assert isinstance(chain, Chain | Refused)
            if isinstance(chain, Refused) or held.verdict(chain) is not None:
                found.add(grant.id)
        return found


@pytest.fixture
def scene(tmp_path: Path, db: None) -> Scene:
    return Scene(tmp_path)


def test_a_large_convention_ended_early_leaves_no_gate_open(scene: Scene) -> None:
    busy, both, other = (scene.technician(name) for name in ("Tom Vasseur", "Tess Roy", "Théo Colin"))
    ended = {scene.order(busy, scene.large) for _ in range(2 * MOST)} | {scene.order(both, scene.large)}
    kept = {scene.order(both, scene.small), scene.order(other, scene.small)}
    assert scene.mint() == len(ended | kept)
    assert scene.refused(scene.publish()) == set()
    end_convention(convention=scene.large, by=None, now=NOW)
    row = scene.publish()
    assert scene.refused(row) == ended
    assert row.omitted == 0
    scene.order(other, scene.small)
    assert scene.mint() == 1


def test_more_than_the_list_holds_is_said_and_nothing_new_is_signed_until_there_is_room(scene: Scene) -> None:
    technicians = [scene.technician(f"Technicien {number}") for number in range(2 * MOST + 2)]
    ended = {scene.order(person, scene.large) for person in technicians}
    scene.mint()
    end_convention(convention=scene.large, by=None, now=NOW)
    row = scene.publish()
    assert (len(row.grants), len(row.keys), row.omitted) == (MOST, MOST, 2)
    assert len(ended - scene.refused(row)) == 2
    assert Entry.objects.filter(kind="revocations.overflowed").count() == 1
    waiting = scene.order(technicians[0], scene.small)
    assert scene.mint() == 0
    assert Grant.objects.get(pk=waiting).token == ""

    keyset = read_keyset(scene.authority)
    assert keyset is not None
    used = {signer_of(token) for token in Grant.objects.exclude(token="").values_list("token", flat=True)}
    token = prepare_keyset(
        scene.town.store, authority=scene.authority, root=scene.town.root, now=NOW, drop=frozenset(used)
    )
    take_keyset(authority=scene.authority, token=token, by=None, now=NOW)
    row = scene.publish()
    assert row.omitted == 0
    assert scene.refused(row) == ended
    assert scene.mint() == 1
