"""An alert reaches its audience once, is told step by step, is updated and never repeated, and comes to an end."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.raising import end_alert, update_alert
from beffroi.kernel.alerts.errors import UnknownAlertKind
from beffroi.kernel.alerts.factories import FORCED, MINUTE, OPEN, Watch, crowd, hand_over, leave, ring, told, with_phone
from beffroi.kernel.alerts.models import Alert, Audience, Delivery, Notice, NoticeStep
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.register.models import Entry
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def later(now: datetime, by: timedelta) -> int:
    """What the worker does at that time."""
    return do_deadlines(lambda: now + by)


def everybody_of(here: Watch, now: datetime, *, convention: bool = True) -> Audience:
    """All of the partner's people, and one of them named twice."""
    audience = draw_up_audience(
        authority=here.authority.pk,
        name="Everybody",
        convention=here.convention.pk if convention else None,
        now=now,
        by=None,
    )
    add_to_audience(audience=audience, organisation=here.partner.pk, now=now, by=None)
    add_to_audience(audience=audience, person=here.tess.pk, now=now, by=None)
    return audience


def test_it_reaches_the_first_step_only(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert told(alert.notice) == {"Opal"}
    assert (entries("alert.raised"), entries("alert.escalated")) == (1, 1)


def test_raising_again_is_the_same_alert(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert ring(here, now=now + MINUTE, subject=alert.subject) == alert
    assert (entries("alert.raised"), Delivery.objects.filter(channel="screen").count()) == (1, 1)


def test_a_kind_that_nobody_knows_is_refused(here: Watch, now: datetime) -> None:
    with pytest.raises(UnknownAlertKind):
        ring(here, now=now, kind="test.nothing")


def test_2000_people_are_told_by_one_statement_each_once(here: Watch, now: datetime) -> None:
    crowd(here.partner, 2000, now=now)
    everybody_of(here, now)
    with CaptureQueriesContext(connection) as asked:
        alert = ring(here, now=now, kind=OPEN)
    assert NoticeStep.objects.get(notice=alert.notice).told == 2002
    assert Delivery.objects.filter(notice=alert.notice, channel="screen").count() == 2002
    assert Delivery.objects.filter(notice=alert.notice, channel="mail").count() == 2002
    assert sum("INSERT INTO alerts_delivery (" in each["sql"] and "told" in each["sql"] for each in asked) == 1
    assert len(asked) < 60, "the number of statements doesn't go by the number of people"


def test_only_people_who_are_there_now_are_told(here: Watch, now: datetime) -> None:
    everybody_of(here, now)
    leave(here.tess, now)
    assert told(ring(here, now=now, kind=OPEN).notice) == {"Bob"}


def test_a_convention_that_ended_tells_its_partner_nothing(here: Watch, now: datetime) -> None:
    everybody_of(here, now)
    end_convention(convention=here.convention, by=None, now=now - MINUTE)
    alert = ring(here, now=now, kind=OPEN)
    assert told(alert.notice) == {"Alice"}


def test_nobody_acknowledges_and_it_goes_one_step_further(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert later(now, 5 * MINUTE - SECOND) == 0
    assert told(alert.notice) == {"Opal"}
    assert later(now, 5 * MINUTE) == 1
    assert told(alert.notice) == {"Opal", "Alice"}
    assert later(now, 10 * MINUTE) == 1
    assert told(alert.notice) == {"Opal", "Alice", "Admin"}
    alert.notice.refresh_from_db()
    assert alert.notice.exhausted_at is not None
    assert later(now, 60 * MINUTE) == 0


def test_whoever_was_told_before_is_called_again_aloud(here: Watch, now: datetime) -> None:
    steps = [Rung(None, Target.OPERATORS.value, 5 * MINUTE), Rung(None, Target.OPERATORS.value, None)]
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=steps, now=now, by=None)
    alert = ring(here, now=now)
    hand_over(now)
    later(now, 5 * MINUTE)
    again = Delivery.objects.get(notice=alert.notice, channel="mail")
    assert (again.state, again.silent, again.version) == ("queued", False, 2)


def test_an_audience_with_nobody_in_it_is_passed_at_once_and_said_aloud(here: Watch, now: datetime) -> None:
    leave(here.opal, now)
    alert = ring(here, now=now)
    assert told(alert.notice) == {"Alice"}
    assert list(NoticeStep.objects.filter(notice=alert.notice).order_by("position").values_list("told", flat=True)) == [
        0,
        1,
    ]
    nobody = Alert.objects.get(kind="alerts.nobody")
    assert told(nobody.notice) == {"Admin"}
    assert "operators who watch" in message_for(nobody.notice, "en").body


def test_it_is_over_the_day_somebody_is_there_again(here: Watch, now: datetime) -> None:
    audience = draw_up_audience(authority=here.authority.pk, name="Night watch", convention=None, now=now, by=None)
    steps = [Rung(audience.pk, "", 5 * MINUTE)]
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=steps, now=now, by=None)
    ring(here, now=now)
    nobody = Alert.objects.get(kind="alerts.nobody", ended_at=None)
    assert "Night watch" in message_for(nobody.notice, "en").body
    add_to_audience(audience=audience, person=here.opal.pk, now=now, by=None)
    assert told(ring(here, now=now + 10 * MINUTE).notice) == {"Opal"}
    nobody.refresh_from_db()
    assert nobody.reason == "somebody-again"


def test_nobody_at_all_ends_without_going_round(here: Watch, now: datetime) -> None:
    for person in (here.opal, here.alice, here.administrator):
        leave(person, now)
    alert = ring(here, now=now)
    alert.notice.refresh_from_db()
    assert alert.notice.exhausted_at is not None
    assert told(alert.notice) == set()
    assert Alert.objects.filter(kind="alerts.nobody").count() == 3


def test_a_step_of_an_alert_that_is_over_tells_nobody(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="closed", now=now + MINUTE)
    later(now, 30 * MINUTE)
    assert told(alert.notice) == {"Opal"}
    assert not end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="closed", now=now)


def test_a_policy_of_the_convention_comes_before_that_of_the_kind(here: Watch, now: datetime) -> None:
    agents, desks = Rung(None, Target.AGENTS.value, None), Rung(None, Target.DESKS.value, None)
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=[agents], now=now, by=None)
    under = here.convention.pk
    set_policy(authority=here.authority.pk, kind=FORCED, convention=under, steps=[desks], now=now, by=None)
    assert told(ring(here, now=now).notice) == {"Bob"}
    set_policy(authority=here.authority.pk, kind=FORCED, convention=under, steps=[], now=now, by=None)
    assert told(ring(here, now=now + 30 * MINUTE).notice) == {"Alice"}


def test_what_was_sent_is_updated_and_never_repeated(here: Watch, now: datetime) -> None:
    with_phone(here.opal, now)
    alert = ring(here, now=now)
    phone = Delivery.objects.get(notice=alert.notice, channel="push")
    assert (phone.state, phone.silent) == ("queued", False)
    assert not Delivery.objects.filter(notice=alert.notice, channel="mail").exists(), "a phone is told: no mail as well"
    hand_over(now)
    update_alert(
        authority=here.authority.pk, kind=FORCED, subject=alert.subject, facts={"minutes": 7}, now=now + MINUTE
    )
    phone.refresh_from_db()
    assert (phone.state, phone.silent, phone.version) == ("queued", True, 2)
    assert "minutes: 7" in message_for(Notice.objects.get(pk=alert.notice_id), "en").body
    hand_over(now + MINUTE)
    update_alert(
        authority=here.authority.pk, kind=FORCED, subject=alert.subject, facts={"minutes": 7}, now=now + MINUTE
    )
    phone.refresh_from_db()
    assert phone.state == "handed-over", "nothing new, nothing sent"
    end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="shut", now=now + 2 * MINUTE)
    phone.refresh_from_db()
    assert (phone.state, phone.silent) == ("queued", True)
    message = message_for(Notice.objects.get(pk=alert.notice_id), "en")
    assert message.ended
    assert message.tag == str(alert.notice_id)
    assert Delivery.objects.filter(notice=alert.notice).count() == 2


def test_an_ended_alert_may_be_raised_again(here: Watch, now: datetime) -> None:
    subject = uuid4()
    first = ring(here, now=now, subject=subject)
    end_alert(authority=here.authority.pk, kind=FORCED, subject=subject, reason="shut", now=now + SECOND)
    second = ring(here, now=now + 2 * SECOND, subject=subject)
    assert second != first
    assert second.notice != first.notice, "what is over takes nothing in"


def test_an_alert_never_bears_the_name_of_a_worker(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now, kind=OPEN)
    message = message_for(alert.notice, "en")
    assert here.tess.name not in message.title + message.body
    assert {field.name for field in Alert._meta.fields if field.related_model is Person} == {"taken_by"}


def test_a_role_narrows_an_organisation(here: Watch, now: datetime) -> None:
    audience = draw_up_audience(
        authority=here.authority.pk, name="Desk", convention=here.convention.pk, now=now, by=None
    )
    add_to_audience(audience=audience, organisation=here.partner.pk, role=Role.DISPATCHER, now=now, by=None)
    assert (
        add_to_audience(audience=audience, organisation=here.partner.pk, role=Role.DISPATCHER, now=now, by=None) is None
    )
    assert told(ring(here, now=now, kind=OPEN).notice) == {"Bob"}
