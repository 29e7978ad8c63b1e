"""What two people do in the same moment comes out as if one had gone first: no right outlives what it rests on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from django.db import connections

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.actions.answers import approve_grant, refuse_grant
from beffroi.kernel.grants.actions.browsers import revoke_browser
from beffroi.kernel.grants.actions.conventions import end_convention, switch_system
from beffroi.kernel.grants.actions.staff import withdraw_designation
from beffroi.kernel.grants.factories import SYSTEM, Residence, residence
from beffroi.kernel.grants.models import Designation, Grant, GrantState
from beffroi.kernel.grants.rules import Approval, Declined, Refusal, RefusalCode
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from tests.holding import held

Act = Callable[[], object]


def alone(act: Act) -> object:
    """In a thread of its own, on a connection of its own."""
    try:
        return act()
    finally:
        connections.close_all()


def at_once(database: ConnectionInfo, table: str, key: UUID, *acts: Act) -> list[object]:
    """Have them all wait for one row, then let them go; what each came to."""
    with ThreadPoolExecutor(max_workers=len(acts)) as threads:
        with held(database, table, key) as waits:
            done = [threads.submit(alone, act) for act in acts]
            waits(len(acts), over=lambda: all(one.done() for one in done))
        return [one.result() for one in done]


def withdraw(here: Residence) -> object:
    return withdraw_designation(designation=Designation.objects.get(), by=None, now=here.now)


def switch_off(here: Residence) -> object:
    return switch_system(authority=here.authority.pk, system=SYSTEM, on=False, by=None, now=here.now)


def end(here: Residence) -> object:
    return end_convention(convention=here.convention, by=None, now=here.now)


def leave(here: Residence) -> object:
    return revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=here.now)


@pytest.mark.parametrize(
    ("table", "ending"),
    [("grants_designation", withdraw), ("grants_convention", end), ("grants_holderkey", leave)],
)
@pytest.mark.parametrize("approval", [Approval.AUTOMATIC, Approval.OWNER])
def test_nothing_is_given_under_what_ends_in_the_same_moment(
    own_database: ConnectionInfo, table: str, ending: Callable[[Residence], object], approval: Approval
) -> None:
    here = residence(make_authority("charenton"), now=utc_now(), approval=approval)
    if approval is Approval.OWNER:
        right = here.given()
        act: Act = partial(approve_grant, grant=right, organisation=here.landlord.pk, by=here.bob.pk, now=here.now)
    else:
        act = here.ask
    key = {
        "grants_designation": Designation.objects.get().pk,
        "grants_convention": here.convention.pk,
        "grants_holderkey": here.browser.pk,
    }[table]
    at_once(own_database, table, key, act, partial(ending, here))
    assert not Grant.objects.exclude(state=GrantState.CLOSED).exists()


def test_nothing_is_given_behind_a_system_that_is_being_switched_off(own_database: ConnectionInfo) -> None:
    here = residence(make_authority("charenton"), now=utc_now())
    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "grants_convention", here.convention.pk) as waits:
            asking = threads.submit(alone, here.ask)
            waits(1)
            switching = threads.submit(alone, partial(switch_off, here))
            waits(2, over=switching.done)
        assert isinstance(asking.result(), Grant)
        assert switching.result()
    assert not Grant.objects.exclude(state=GrantState.CLOSED).exists()


def test_of_two_answers_one_stands(own_database: ConnectionInfo) -> None:
    here = residence(make_authority("charenton"), now=utc_now(), approval=Approval.OWNER)
    right = here.given()
    owner, by, now = here.landlord.pk, here.bob.pk, here.now
    acts: list[Act] = [
        partial(approve_grant, grant=right, organisation=owner, by=by, now=now),
        partial(approve_grant, grant=right, organisation=owner, by=by, now=now),
        partial(refuse_grant, grant=right, organisation=owner, because=Declined.OTHER, by=by, now=now),
    ]
    answers = at_once(own_database, "grants_grant", right.pk, *acts)
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert refusals == [Refusal(RefusalCode.ANSWERED)] * 2
