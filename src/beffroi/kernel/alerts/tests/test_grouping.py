"""What comes together is one message: the first at once, the rest in one update; a flood is a few messages that account for all."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.answering import acknowledge_notice, take_alert
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.raising import end_alert, update_alert
from beffroi.kernel.alerts.factories import (
    FORCED,
    MINUTE,
    OPEN,
    Watch,
    hand_over,
    make_convention,
    ring,
    ring_once,
    told,
    with_phone,
)
from beffroi.kernel.alerts.models import Alert, Delivery, Notice
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.alerts.rules import LONGEST_WINDOW, WINDOWS, Target, Urgency, window
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def phone_of(notice: Notice) -> Delivery:
    return Delivery.objects.get(notice=notice, channel="push")


def test_the_first_is_sent_at_once_and_the_others_in_one_update(here: Watch, now: datetime) -> None:
    with_phone(here.opal, now)
    first = ring(here, now=now)
    assert hand_over(now) == 1
    for number in range(1, 12):
        ring(here, now=now + number * SECOND / 10)
    assert hand_over(now + 2 * SECOND) == 0, "nothing more until the window ends"
    do_deadlines(lambda: now + 5 * SECOND)
    assert hand_over(now + 5 * SECOND) == 1
    message = message_for(first.notice, "en")
    assert message.title.startswith("12 alerts")
    assert (message.count, message.live) == (12, 12)
    assert phone_of(first.notice).version == 2


def test_what_comes_after_the_window_is_another_message(here: Watch, now: datetime) -> None:
    first, second = ring(here, now=now), ring(here, now=now + 6 * SECOND)
    assert first.notice != second.notice


def test_kinds_and_conventions_are_apart(here: Watch, now: datetime) -> None:
    assert ring(here, now=now).notice != ring(here, now=now, kind=OPEN).notice


def test_an_answered_notice_takes_nothing_more_in(here: Watch, now: datetime) -> None:
    first = ring(here, now=now)
    acknowledge_notice(notice=first.notice, now=now + SECOND, by=here.opal.pk)
    second = ring(here, now=now + 2 * SECOND)
    assert second.notice != first.notice, "nobody has answered for what came afterwards"


def two_firms(here: Watch, now: datetime) -> list[tuple[Organisation, Person]]:
    """Two firms that both have something open at the same moment, and their desks."""
    found = []
    for name in ("Northern Fibre", "Southern Fibre"):
        firm = make_organisation(name)
        make_convention(here.authority, firm, now=now)
        found.append((firm, make_member(name, firm, Role.DISPATCHER)))
    return found


def seen(person: Person, alert: Alert) -> bool:
    client = Client()
    client.force_login(person)
    status = client.get(f"/alerts/{alert.pk}/").status_code
    assert status in {200, 404}
    return status == 200


def steps(here: Watch, now: datetime, *rungs: Rung) -> None:
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=rungs, now=now, by=None)


class TestDesksOfTheOrganisationConcerned:
    """A step may tell the desk of the organisation that the alert names: no desk sees another's, nor answers for it."""

    def test_each_is_told_of_its_own(self, here: Watch, now: datetime) -> None:
        (north, nora), (south, saul) = two_firms(here, now)
        steps(here, now, Rung(None, Target.OPERATORS.value, 5 * MINUTE), Rung(None, Target.FIRM.value, None))
        first, second = ring(here, now=now, firm=north), ring(here, now=now + SECOND, firm=south)
        third = ring(here, now=now + 2 * SECOND, firm=north)
        assert first.notice == third.notice != second.notice
        do_deadlines(lambda: now + 6 * MINUTE)
        assert told(first.notice) == {"Opal", "Northern"}
        assert told(second.notice) == {"Opal", "Southern"}
        assert [seen(nora, alert) for alert in (first, second, third)] == [True, False, True]
        assert [seen(saul, alert) for alert in (first, second, third)] == [False, True, False]

    def test_also_where_an_audience_names_it(self, here: Watch, now: datetime) -> None:
        (north, nora), (south, _saul) = two_firms(here, now)
        audience = draw_up_audience(
            authority=here.authority.pk, name="Whoever it is", convention=here.convention.pk, now=now, by=None
        )
        add_to_audience(audience=audience, target=Target.FIRM, now=now, by=None)
        steps(here, now, Rung(None, Target.CONVENTION.value, None))
        first, second = ring(here, now=now, firm=north), ring(here, now=now + SECOND, firm=south)
        assert (told(first.notice), told(second.notice)) == ({"Northern"}, {"Southern"})
        assert not seen(nora, second)

    def test_where_no_step_tells_it_they_are_one_message(self, here: Watch, now: datetime) -> None:
        (north, _nora), (south, _saul) = two_firms(here, now)
        first, second = ring(here, now=now, firm=north), ring(here, now=now + SECOND, firm=south)
        assert first.notice == second.notice

    def test_a_step_that_comes_later_tells_no_desk_of_what_came_together(self, here: Watch, now: datetime) -> None:
        (north, _nora), (south, _saul) = two_firms(here, now)
        first, second = ring(here, now=now, firm=north), ring(here, now=now + SECOND, firm=south)
        assert first.notice == second.notice
        alone = ring(here, now=now + MINUTE, firm=south)
        steps(here, now, Rung(None, Target.OPERATORS.value, 5 * MINUTE), Rung(None, Target.FIRM.value, None))
        do_deadlines(lambda: now + 10 * MINUTE)
        assert told(first.notice) == {"Opal", "Admin"}
        assert told(alone.notice) == {"Opal", "Southern"}


def test_taking_one_of_several_leaves_the_clock_running(here: Watch, now: datetime) -> None:
    first, second = ring(here, now=now), ring(here, now=now + SECOND)
    take_alert(alert=first, now=now + 2 * SECOND, by=here.opal.pk)
    do_deadlines(lambda: now + 5 * MINUTE)
    assert told(first.notice) == {"Opal", "Alice"}
    take_alert(alert=second, now=now + 6 * MINUTE, by=here.alice.pk)
    do_deadlines(lambda: now + 30 * MINUTE)
    assert told(first.notice) == {"Opal", "Alice"}


def test_ends_that_follow_closely_are_one_update(here: Watch, now: datetime) -> None:
    with_phone(here.opal, now)
    alerts = [ring(here, now=now + number * SECOND / 10) for number in range(10)]
    do_deadlines(lambda: now + 5 * SECOND)
    hand_over(now + 5 * SECOND)
    for alert in alerts[:9]:
        end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="shut", now=now + MINUTE)
    assert hand_over(now + MINUTE) == 0
    do_deadlines(lambda: now + MINUTE + 5 * SECOND)
    assert hand_over(now + MINUTE + 5 * SECOND) == 1
    assert "1 is not over" in message_for(alerts[0].notice, "en").body
    end_alert(authority=here.authority.pk, kind=FORCED, subject=alerts[9].subject, reason="shut", now=now + 2 * MINUTE)
    assert hand_over(now + 2 * MINUTE) == 1, "the last one is told at once"


class TestUpdates:
    """An update says again what is known to those who were told: it calls nobody, and nobody afresh."""

    def test_somebody_who_came_since_is_not_called(self, here: Watch, now: datetime) -> None:
        audience = draw_up_audience(authority=here.authority.pk, name="On call", convention=None, now=now, by=None)
        add_to_audience(audience=audience, person=here.opal.pk, now=now, by=None)
        steps(here, now, Rung(audience.pk, "", 5 * MINUTE))
        alerts = [ring(here, now=now + number * SECOND) for number in range(3)]
        do_deadlines(lambda: now + 5 * SECOND)
        acknowledge_notice(notice=alerts[0].notice, now=now + MINUTE, by=here.opal.pk)
        add_to_audience(audience=audience, person=here.alice.pk, now=now + 2 * MINUTE, by=None)
        end_alert(authority=here.authority.pk, kind=FORCED, subject=alerts[0].subject, reason="shut", now=now + HOUR)
        do_deadlines(lambda: now + HOUR + 5 * SECOND)
        assert told(alerts[0].notice) == {"Opal"}

    def test_no_letter_is_written_again(self, here: Watch, now: datetime) -> None:
        audience = draw_up_audience(authority=here.authority.pk, name="On call", convention=None, now=now, by=None)
        add_to_audience(audience=audience, person=here.opal.pk, now=now, by=None)
        steps(here, now, Rung(audience.pk, "", 5 * MINUTE), Rung(audience.pk, "", None))
        alerts = [ring(here, now=now + number * SECOND) for number in range(3)]
        do_deadlines(lambda: now + 5 * MINUTE)
        assert hand_over(now + 5 * MINUTE) == 1
        end_alert(
            authority=here.authority.pk, kind=FORCED, subject=alerts[0].subject, reason="shut", now=now + 6 * MINUTE
        )
        do_deadlines(lambda: now + 7 * MINUTE)
        assert hand_over(now + 7 * MINUTE) == 0

    def test_what_still_has_to_ring_rings(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        again = Rung(None, Target.OPERATORS.value, 5 * MINUTE)
        steps(here, now, again, again)
        alert = ring(here, now=now)
        hand_over(now)
        do_deadlines(lambda: now + 5 * MINUTE)
        update_alert(
            authority=here.authority.pk, kind=FORCED, subject=alert.subject, facts={"minutes": 5}, now=now + 5 * MINUTE
        )
        called = phone_of(alert.notice)
        assert (called.state, called.silent, called.version) == ("queued", False, 3)


def test_10000_at_once_are_a_few_messages_and_every_one_is_accounted_for(here: Watch, now: datetime) -> None:
    with_phone(here.opal, now)
    for number in range(10_000):
        ring_once(here, now=now + number * timedelta(milliseconds=6))  # a minute's flood
    do_deadlines(lambda: now + 10 * MINUTE)
    notices = Notice.objects.filter(kind=FORCED)
    assert Alert.objects.filter(kind=FORCED).count() == 10_000
    assert Entry.objects.filter(kind="alert.raised").count() >= 10_000
    assert sum(message_for(notice, "en").count for notice in notices) == 10_000
    assert notices.count() <= 5, "windows of 5, 10, 20, 40 seconds"
    assert Delivery.objects.filter(person=here.opal).count() == 2 * notices.count(), "a screen and a phone for each"


@given(st.sampled_from(Urgency), st.lists(st.floats(0.01, 30), min_size=1, max_size=200))
def test_a_flood_brings_fewer_and_fewer_messages(urgency: Urgency, pauses: list[float]) -> None:
    """Windows never shrink while notices follow closely, never exceed the longest, and begin again after a calm."""
    before: timedelta | None = None
    since: timedelta | None = None
    for pause in pauses:
        lasts = window(urgency, before=before, since=since)
        assert WINDOWS[urgency] <= lasts <= LONGEST_WINDOW
        if before is not None and since is not None and since <= 2 * before:
            assert lasts >= min(2 * before, LONGEST_WINDOW) or lasts == LONGEST_WINDOW
        before, since = lasts, lasts + timedelta(seconds=pause)
    assert window(urgency, before=before, since=2 * LONGEST_WINDOW + SECOND) == WINDOWS[urgency]
