"""A system that is switched off gives nothing any more, and what was given under it ends with the switch."""

from pathlib import Path

import pytest

from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.conventions import date_aipd, switch_system
from beffroi.kernel.grants.factories import SYSTEM, Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Grant, GrantState, RevocationList
from beffroi.kernel.grants.rules import Approval, Kind, Refusal, RefusalCode
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path, now=utc_now())


def switch(here: Residence, *, on: bool) -> bool:
    return switch_system(authority=here.authority.pk, system=SYSTEM, on=on, by=None, now=here.now)


def test_what_was_given_ends_with_the_switch_and_gates_are_told(place: Town) -> None:
    here = residence(place.authority, now=utc_now())
    rights = [here.given(), here.given(here.asked(kind=Kind.EMERGENCY, at=("street",)))]
    mint_all(place.store, here.now)
    before = Entry.objects.filter(kind="grant.closed").count()
    assert switch(here, on=False)
    closed = Grant.objects.filter(state=GrantState.CLOSED, reason="system-off")
    assert set(closed) == set(rights)
    assert Entry.objects.filter(kind="grant.closed").count() == before + 2
    mint_all(place.store, here.now)
    assert RevocationList.objects.latest("number").grants == sorted(right.pk for right in rights)


def test_what_waits_for_an_owner_ends_as_well_and_nothing_comes_back_with_the_system(place: Town) -> None:
    here = residence(place.authority, now=utc_now(), approval=Approval.OWNER)
    waiting = here.given()
    switch(here, on=False)
    answer = here.ask()
    switch(here, on=True)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (GrantState.CLOSED, "system-off")
    assert answer == Refusal(RefusalCode.SYSTEM_OFF)
    assert isinstance(here.ask(), Grant)


def test_another_system_s_rights_and_another_authority_s_go_on(place: Town) -> None:
    here = residence(place.authority, now=utc_now())
    here.given()
    elsewhere = make_authority("elsewhere").pk
    for authority, system in ((here.authority.pk, "another"), (elsewhere, SYSTEM)):
        date_aipd(authority=authority, system=system, on=here.now.date(), by=None, now=here.now)
        for on in (True, False):
            switch_system(authority=authority, system=system, on=on, by=None, now=here.now)
    assert not Grant.objects.filter(state=GrantState.CLOSED).exists()
