"""A convention that the law bounds is written anew in time, or whoever administers is told two months before."""

from datetime import datetime, timedelta

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import claim_fired, fire_due, handle_fired
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.grants.actions.conventions import Manner, end_convention, sign_convention
from beffroi.kernel.grants.factories import HOUR, Residence, purposes, residence
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries.renewal import renewals_waiting, to_renew
from beffroi.kernel.grants.rules import Capacity, Party, surely
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.web.viewers import viewer_for

DAY = timedelta(days=1)


@pytest.fixture
def here(own_database: ConnectionInfo) -> Residence:
    return residence(make_authority("charenton"), now=utc_now())


def pass_to(moment: datetime) -> None:
    """What the worker does, by then."""
    fire_due(now=moment)
    for deadline, attempt in claim_fired(now=moment):
        handle_fired(deadline=deadline, attempt=attempt)


def told() -> int:
    return Entry.objects.filter(kind="convention.renewal-due").count()


def following(here: Residence, *, gap: timedelta = timedelta(0)) -> Convention:
    begins = here.convention.valid_until + gap
    return surely(
        sign_convention(
            authority=here.authority.pk,
            partner=here.landlord.pk,
            system=here.convention.system,
            title="The next",
            valid_from=begins,
            valid_until=begins + 300 * DAY,
            purposes=purposes(HOUR, 2 * HOUR),
            transports=("network",),
            list_age=timedelta(minutes=15),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=here.now,
            parties=[Party(here.police.pk, Capacity.ASKS)],
            manner=Manner(years=1),
        )
    )


def test_two_months_before_the_end_it_is_due_and_waits_for_the_administrator(here: Residence) -> None:
    administrator = make_member("Ada", here.authority.organisation, Role.ADMINISTRATOR)
    agent = make_member("Agathe", here.authority.organisation, Role.AGENT)
    due = here.convention.valid_until - 61 * DAY
    pass_to(due - HOUR)
    assert told() == 0
    pass_to(due)
    pass_to(due + DAY)
    assert told() == 1
    before, after = (viewer_for(person=administrator.pk, as_of=at) for at in (due - HOUR, due))
    assert (renewals_waiting(before), list(to_renew(after))) == ([], [here.convention])
    assert here.convention.title in renewals_waiting(after)[0].text
    assert not renewals_waiting(viewer_for(person=agent.pk, as_of=due))


def test_the_one_that_follows_without_a_gap_keeps_the_promise(here: Residence) -> None:
    following(here)
    assert Deadline.objects.get(subject=here.convention.pk).state == "met"
    pass_to(here.convention.valid_until - DAY)
    assert told() == 0


def test_one_that_leaves_a_gap_does_not(here: Residence) -> None:
    following(here, gap=DAY)
    pass_to(here.convention.valid_until - DAY)
    assert told() == 1


def test_one_that_was_ended_needs_no_renewal(here: Residence) -> None:
    end_convention(convention=here.convention, by=None, now=here.now)
    assert Deadline.objects.get(subject=here.convention.pk).state == "cancelled"
    pass_to(here.convention.valid_until)
    assert told() == 0
