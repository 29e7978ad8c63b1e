"""Somebody who leaves a firm and comes back later: between the two nothing opens for them."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.models import Grant, GrantState
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.actions.cabinets import give_work_order
from beffroi.systems.cabinets.factories import REPAIR, Street, street

pytestmark = pytest.mark.django_db
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def here(tmp_path: Path) -> Street:
    return street(tmp_path / "keys", now=utc_now())


def ordered(here: Street, starts: datetime, now: datetime) -> Grant:
    order = give_work_order(
        cabinet=here.cabinet,
        convention=here.convention.pk,
        purpose=REPAIR.code,
        technician=here.technician.pk,
        organisation=here.operator.id,
        starts=starts,
        ends=starts + AN_HOUR,
        reference="",
        by=here.bob.id,
        now=now,
    )
    assert isinstance(order, UUID), order
    return Grant.objects.get(pk=order)


def come_back(here: Street, starts: datetime) -> None:
    begin_membership(
        person=here.technician.pk, organisation=here.operator, role=Role.TECHNICIAN, valid_from=starts, by=None
    )


def test_whoever_comes_back_in_a_month_opens_nothing_until_then(here: Street) -> None:
    now = utc_now()
    today, tomorrow = ordered(here, now, now), ordered(here, now + 24 * AN_HOUR, now)
    member = Membership.objects.get(person=here.technician)
    noon = now + AN_HOUR / 2
    end_membership(membership=member, ends=noon, by=None, now=now)
    come_back(here, now + timedelta(days=30))
    later = ordered(here, now + timedelta(days=31), now)
    end_membership(membership=member, ends=now, by=None, now=now)
    states = dict(Grant.objects.values_list("pk", "state"))
    assert states.pop(later.pk) != GrantState.CLOSED, "what lies in the role to come is theirs"
    assert states[today.pk] == states[tomorrow.pk] == GrantState.CLOSED
    assert set(states.values()) == {GrantState.CLOSED}


def test_a_role_that_goes_on_without_a_break_keeps_what_it_carries(here: Street) -> None:
    now = utc_now()
    member = Membership.objects.get(person=here.technician)
    end_membership(membership=member, ends=now + AN_HOUR, by=None, now=now)
    come_back(here, now + AN_HOUR)
    order = ordered(here, now + 2 * AN_HOUR, now)
    end_membership(membership=member, ends=now + AN_HOUR, by=None, now=now)
    order.refresh_from_db()
    assert order.state != GrantState.CLOSED
