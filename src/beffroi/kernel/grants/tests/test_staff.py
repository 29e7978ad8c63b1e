"""Who may ask under a convention: designated, approved until a date, and in the service for as long as they look."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.actions.staff import designate, withdraw_designation
from beffroi.kernel.grants.errors import DesignationInvalid
from beffroi.kernel.grants.factories import HOUR, Residence, browser_of, residence
from beffroi.kernel.grants.models import Grant, GrantState
from beffroi.kernel.grants.queries.parties import own_designations
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import Refusal, RefusalCode
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.web.viewers import viewer_for

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def here() -> Residence:
    return residence(make_authority("charenton"), now=utc_now())


def refused(answer: Grant | Refusal) -> RefusalCode:
    assert isinstance(answer, Refusal), "it was given"
    assert explain(answer), "every refusal has its words"
    assert Entry.objects.order_by("-number")[0].kind == "grant.refused"
    return answer.code


def test_an_officer_who_was_never_designated_is_refused(here: Residence) -> None:
    colleague = make_member("Chloé", here.police, Role.OPERATOR)
    asked = replace(here.asked(holder=colleague), key=browser_of(colleague, now=here.now).pk)
    assert refused(here.ask(asked)) is RefusalCode.NOT_DESIGNATED


def test_an_officer_whose_approval_expired_is_refused_and_told_since_when(here: Residence) -> None:
    until = here.now + 3 * HOUR
    approve(here, until=until)
    here.given(here.asked(lasting=3 * HOUR))
    answer = here.ask(here.asked(lasting=3 * HOUR + MINUTE))
    assert refused(answer) is RefusalCode.APPROVAL_EXPIRED
    assert isinstance(answer, Refusal)
    assert answer.detail.startswith("→ ")
    later = until + MINUTE
    browser = browser_of(here.alice, now=later)
    asked = replace(here.asked(starts=later), key=browser.pk)
    assert refused(here.ask(asked, later)) is RefusalCode.APPROVAL_EXPIRED


def approve(here: Residence, *, until: datetime) -> None:
    designate(
        convention=here.convention,
        organisation=here.police.pk,
        person=here.alice.pk,
        approved_until=until,
        by=None,
        now=here.now,
    )


def test_an_approval_that_is_cut_short_closes_what_would_outlast_it(here: Residence) -> None:
    short, long = here.given(), here.given(here.asked(at=("street",), lasting=6 * HOUR))
    approve(here, until=here.now + 3 * HOUR)
    short.refresh_from_db()
    long.refresh_from_db()
    assert short.state == GrantState.ASKED
    assert (long.state, long.reason) == (GrantState.CLOSED, "approval-expired")


def test_a_designation_that_is_withdrawn_closes_what_they_hold(here: Residence) -> None:
    right = here.given()
    row = own_designations(viewer_for(person=here.alice.pk, as_of=here.now)).get()
    assert withdraw_designation(designation=row, by=here.bob.pk, now=here.now) == 1
    assert withdraw_designation(designation=row, by=here.bob.pk, now=here.now) is None
    right.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "designation-withdrawn")
    assert refused(here.ask()) is RefusalCode.NOT_DESIGNATED
    assert not own_designations(viewer_for(person=here.alice.pk, as_of=here.now)).exists()


def test_only_those_who_keep_watch_for_a_party_that_asks_are_designated(here: Residence) -> None:
    outsider = make_member("Dave", here.landlord, Role.DISPATCHER)
    technician = make_member("Théo", here.police, Role.TECHNICIAN)
    for organisation, person in ((here.landlord, outsider), (here.police, outsider), (here.police, technician)):
        with pytest.raises(DesignationInvalid), transaction.atomic():
            designate(
                convention=here.convention,
                organisation=organisation.pk,
                person=person.pk,
                approved_until=here.now + HOUR,
                by=None,
                now=here.now,
            )
    with pytest.raises(DesignationInvalid), transaction.atomic():
        approve(here, until=here.now)


def test_who_leaves_the_service_asks_no_more_and_what_they_hold_is_closed(here: Residence) -> None:
    right, brief = here.given(here.asked(lasting=6 * HOUR)), here.given(here.asked(at=("street",)))
    role = here.alice.memberships.get()
    end_membership(membership=role, ends=here.now + 4 * HOUR, by=None, now=here.now)
    right.refresh_from_db()
    brief.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "membership-ended")
    assert brief.state == GrantState.ASKED
    assert refused(here.ask(here.asked(lasting=6 * HOUR))) is RefusalCode.NOT_ON_DUTY
    here.given(here.asked(lasting=3 * HOUR))


def test_an_officer_who_keeps_another_role_there_keeps_their_requests(here: Residence) -> None:
    right = here.given(here.asked(lasting=6 * HOUR))
    make_membership(here.alice, here.police, Role.DISPATCHER)
    role = here.alice.memberships.get(role=Role.OPERATOR.value)
    end_membership(membership=role, ends=here.now, by=None, now=here.now)
    right.refresh_from_db()
    assert right.state == GrantState.ASKED
