"""A gate over a network knows within minutes what it must refuse: its list is signed often while a right lives, and no oftener."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.browsers import revoke_browser
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.factories import HOUR, Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import RevocationList
from beffroi.kernel.grants.rules import LIST_EVERY, LIST_SOONEST, LISTED_BEYOND, Approval, list_every
from beffroi.lib.clock import utc_now

MINUTE = timedelta(minutes=1)
NOW = utc_now()


@given(st.lists(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=30)), max_size=5))
def test_a_gate_may_miss_one_list_and_the_next_and_refuse_nobody(ages: list[timedelta]) -> None:
    every = list_every(ages)
    assert LIST_SOONEST <= every <= LIST_EVERY
    assert all(3 * every <= age or every == LIST_SOONEST for age in ages)
    assert ages or every == LIST_EVERY


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path, now=NOW)


def lists(place: Town, after: timedelta) -> int:
    """How many there are once the minter has looked, so long after the beginning."""
    mint_all(place.store, NOW + after)
    return RevocationList.objects.count()


@pytest.mark.django_db
def test_while_a_right_over_a_network_lives_the_list_is_signed_every_third_of_its_age(place: Town) -> None:
    here = residence(place.authority, now=NOW, list_age=15 * MINUTE)
    assert lists(place, timedelta(0)) == 1
    assert lists(place, 4 * HOUR) == 1
    begins = NOW + 5 * HOUR
    right = here.ask(here.asked(starts=begins), begins)
    assert lists(place, 5 * HOUR) == 2
    token = type(right).objects.get().token  # type: ignore[union-attr]  # it was given
    body = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert body["pol"] == {"age": 900, "old": "refuse", "trn": ["network"], "unk": "refuse"}
    assert lists(place, 5 * HOUR + 4 * MINUTE) == 2
    assert lists(place, 5 * HOUR + 5 * MINUTE) == 3
    assert lists(place, 5 * HOUR + 10 * MINUTE) == 4
    assert lists(place, 7 * HOUR + 5 * MINUTE) == 4


@pytest.mark.django_db
def test_a_right_that_waits_for_its_owner_asks_for_no_list(place: Town) -> None:
    here = residence(place.authority, now=NOW, approval=Approval.OWNER)
    lists(place, timedelta(0))
    here.given()
    assert lists(place, HOUR) == 1


@pytest.mark.django_db
def test_a_right_that_is_closed_is_on_the_next_list_at_once(place: Town) -> None:
    here = residence(place.authority, now=NOW)
    right = here.given()
    mint_all(place.store, NOW)
    right.refresh_from_db()
    close_grant(grant=right, reason="ended-by-holder", by=here.alice.pk, now=NOW + MINUTE)
    assert lists(place, MINUTE) == 2
    assert RevocationList.objects.order_by("-number")[0].grants == [right.pk]
    lists(place, right.ends - NOW)  # a gate whose clock is a little behind still takes it for the right's time
    assert RevocationList.objects.order_by("-number")[0].grants == [right.pk]
    lists(place, right.ends - NOW + LISTED_BEYOND)
    assert RevocationList.objects.order_by("-number")[0].grants == []


@pytest.mark.django_db
def test_a_browsers_key_is_listed_until_it_would_have_expired(place: Town) -> None:
    here: Residence = residence(place.authority, now=NOW)
    revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=NOW)
    lists(place, timedelta(0))
    assert RevocationList.objects.order_by("-number")[0].keys == [here.browser.thumbprint]
    lists(place, 12 * HOUR)
    assert RevocationList.objects.order_by("-number")[0].keys == [here.browser.thumbprint]
    lists(place, 12 * HOUR + LISTED_BEYOND)
    assert RevocationList.objects.order_by("-number")[0].keys == []
