"""A capability holds so many things; what is more is refused when it is asked, and a right that can't be signed holds nothing else up."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.conventions import cover_resources
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.factories import Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Convention, GrantState, RevocationList
from beffroi.kernel.grants.queries import admission
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import THINGS_MOST, Refusal, RefusalCode
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing

pytestmark = pytest.mark.django_db
NOW = utc_now()
UNSIGNABLE = 100


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path, now=NOW)


@pytest.fixture
def here(place: Town) -> Residence:
    return residence(place.authority, now=NOW)


def halls(here: Residence, count: int) -> list[UUID]:
    """So many more cameras under the convention."""
    more = [uuid4() for _ in range(count)]
    cover_resources(
        convention=here.convention, resources=more, places=dict.fromkeys(more, "hall"), by=None, now=here.now
    )
    return more


def test_as_many_things_as_a_capability_holds_are_signed(place: Town, here: Residence) -> None:
    right = here.given(replace(here.asked(), resources=halls(here, THINGS_MOST)))
    mint_all(place.store, NOW)
    right.refresh_from_db()
    assert right.state == GrantState.MINTED


def test_one_more_is_refused_and_said(here: Residence) -> None:
    refusal = here.ask(replace(here.asked(), resources=halls(here, THINGS_MOST + 1)))
    assert refusal == Refusal(RefusalCode.TOO_MANY, str(THINGS_MOST))
    assert str(THINGS_MOST) in explain(Refusal(RefusalCode.TOO_MANY, str(THINGS_MOST)))
    assert Entry.objects.order_by("-number")[0].kind == "grant.refused"


def test_a_right_that_cant_be_signed_is_closed_and_holds_nothing_up(
    place: Town, here: Residence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "THINGS_MOST", UNSIGNABLE)
    unsignable = here.given(replace(here.asked(), resources=halls(here, UNSIGNABLE)))
    other = here.given()
    mint_all(place.store, NOW)
    unsignable.refresh_from_db()
    other.refresh_from_db()
    assert (unsignable.state, unsignable.reason) == (GrantState.CLOSED, "not-signable")
    assert other.state == GrantState.MINTED
    assert RevocationList.objects.count() == 1


def test_what_was_withdrawn_is_listed_before_anything_new_is_signed(place: Town, here: Residence) -> None:
    right = here.given()
    mint_all(place.store, NOW)
    right.refresh_from_db()
    later = NOW + timedelta(minutes=1)
    close_grant(grant=right, reason="ended-by-holder", by=None, now=later)
    here.given()
    mint_all(place.store, later)
    kinds = list(Entry.objects.order_by("number").values_list("kind", flat=True))
    last = {kind: len(kinds) - kinds[::-1].index(kind) for kind in ("revocations.published", "grant.minted")}
    assert last["revocations.published"] < last["grant.minted"]


def test_whatever_a_convention_says_a_gate_over_a_network_refuses_when_it_doesnt_know(
    place: Town, here: Residence
) -> None:
    with writing():
        Convention.objects.filter(pk=here.convention.pk).update(list_old="flag", time_unknown="admit-marked")
    here.convention.refresh_from_db()
    right = here.given()
    mint_all(place.store, NOW)
    right.refresh_from_db()
    policy = json.loads(base64.urlsafe_b64decode(right.token.split(".")[1] + "=="))["pol"]
    assert (policy["old"], policy["unk"]) == ("refuse", "refuse")
