"""Alerts go to whoever is on duty at that hour; what nobody will cover is itself an alert, two weeks ahead."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster, end_slot, retire_roster, swap, undo_swap
from beffroi.kernel.alerts.factories import FORCED, Watch, leave, ring, told
from beffroi.kernel.alerts.models import Alert, Roster
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.queries.rosters import gaps_ahead
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.queries import live_deadline
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.memberships import end_membership

pytestmark = pytest.mark.django_db
# A Tuesday, 10 in the morning in Paris.
MORNING = datetime(2027, 6, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return MORNING


@pytest.fixture
def roster(here: Watch) -> Roster:
    """opal by day, alice by night: around the clock."""
    begin_series(now=MORNING)
    row = draw_up_roster(
        authority=here.authority.pk, name="On call", continuous=True, holidays_apart=False, now=MORNING, by=None
    )
    for person, starts, ends in ((here.opal, time(8), time(20)), (here.alice, time(20), time(8))):
        for day in range(7):
            add_slot(
                roster=row,
                person=person.pk,
                day=day,
                starts=starts,
                ends=ends,
                first=date(2027, 5, 1),
                last=None,
                now=MORNING,
                by=None,
            )
    audience = draw_up_audience(authority=here.authority.pk, name="On call", convention=None, now=MORNING, by=None)
    add_to_audience(audience=audience, roster=row.pk, now=MORNING, by=None)
    steps = [Rung(audience.pk, "", 5 * timedelta(minutes=1))]
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=steps, now=MORNING, by=None)
    return row


def gap_alert() -> Alert | None:
    return Alert.objects.filter(kind="alerts.roster-gap").order_by("-raised_at").first()


def test_whoever_is_on_duty_is_told(here: Watch, roster: Roster) -> None:
    assert told(ring(here, now=MORNING).notice) == {"Opal"}
    assert told(ring(here, now=MORNING + 12 * HOUR).notice) == {"Alice"}


def test_whoever_takes_their_place_is_told_instead(here: Watch, roster: Roster) -> None:
    row = swap(
        roster=roster,
        starts=MORNING - HOUR,
        ends=MORNING + HOUR,
        leaves=here.opal.pk,
        takes=here.administrator.pk,
        now=MORNING,
        by=None,
    )
    assert told(ring(here, now=MORNING).notice) == {"Admin"}
    assert undo_swap(row=row, now=MORNING, by=None)
    assert not undo_swap(row=row, now=MORNING, by=None)
    assert told(ring(here, now=MORNING + HOUR / 2).notice) == {"Opal"}


def test_whoever_left_is_not_on_duty_any_more(here: Watch, roster: Roster) -> None:
    leave(here.opal, MORNING)
    alert = ring(here, now=MORNING)
    assert told(alert.notice) == {"Admin"}, "nobody was there: the administrators"
    assert Alert.objects.filter(kind="alerts.nobody").exists()


def test_each_morning_says_what_nobody_will_cover(here: Watch, roster: Roster) -> None:
    assert gaps_ahead(roster, now=MORNING) == ()
    end_membership(membership=here.alice.memberships.get(), ends=MORNING + 10 * A_DAY, by=None)
    assert gap_alert() is None
    do_deadlines(lambda: MORNING + A_DAY)
    alert = gap_alert()
    assert alert is not None
    message = message_for(alert.notice, "en")
    assert "On call" in message.body
    assert "June" in message.body
    assert alert.facts["count"] == len(gaps_ahead(roster, now=MORNING + A_DAY))


def test_once_covered_it_is_over(here: Watch, roster: Roster) -> None:
    row = swap(
        roster=roster,
        starts=MORNING + A_DAY,
        ends=MORNING + A_DAY + HOUR,
        leaves=here.opal.pk,
        takes=None,
        now=MORNING,
        by=None,
    )
    alert = gap_alert()
    assert alert is not None
    assert alert.ended_at is None
    undo_swap(row=row, now=MORNING + HOUR, by=None)
    alert.refresh_from_db()
    assert alert.reason == "covered"
    do_deadlines(lambda: MORNING + 3 * A_DAY)
    assert Alert.objects.filter(kind="alerts.roster-gap").count() == 1


def test_hours_end_on_their_last_day(here: Watch, roster: Roster) -> None:
    for slot in roster.slots.filter(person=here.opal):
        end_slot(slot=slot, last=date(2027, 6, 1), now=MORNING, by=None)
    assert gaps_ahead(roster, now=MORNING)[0].starts == datetime(2027, 6, 2, 6, tzinfo=UTC)


def test_the_look_comes_back_each_morning_at_eight(here: Watch, roster: Roster) -> None:
    for days in range(1, 4):
        do_deadlines(lambda days=days: MORNING + days * A_DAY)
        following = live_deadline(kind="alerts.rosters", authority=here.authority.pk, subject=here.authority.pk)
        assert following is not None
        assert following.due_at == datetime(2027, 6, 2 + days, 6, tzinfo=UTC)


def test_a_roster_that_an_audience_counts_on_is_kept(here: Watch, roster: Roster) -> None:
    assert not retire_roster(roster=roster, now=MORNING, by=None)
    other = draw_up_roster(
        authority=here.authority.pk, name="Other", continuous=True, holidays_apart=False, now=MORNING, by=None
    )
    assert retire_roster(roster=other, now=MORNING, by=None)
    assert Entry.objects.filter(kind="roster.changed").exists()
