"""An alert reaches its audience once, is told step by step, is updated and never repeated, and comes to an end."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.alerts.errors import UnknownAlertKind
from beffroi.kernel.alerts.factories import FORCED, LATE, MINUTE, OPEN, Watch, crowd, ring
from beffroi.kernel.alerts.models import Alert, Delivery, Notice, NoticeStep
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def told(notice: Notice) -> set[str]:
    """Names of those on whose screen a notice is."""
    rows = Delivery.objects.filter(notice=notice, channel="screen")
    return {name.split()[0] for name in rows.values_list("person__name", flat=True) if name}


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def later(now: datetime, by: timedelta) -> int:
    """What the worker does at that time."""
    return do_deadlines(lambda: now + by)


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
    from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience

    audience = draw_up_audience(
        authority=here.authority.pk, name="Everybody", convention=here.convention.pk, now=now, by=None
    )
    add_to_audience(audience=audience, organisation=here.partner.pk, now=now, by=None)
    add_to_audience(audience=audience, person=here.tess.pk, now=now, by=None)
    alert = ring(here, now=now, kind=OPEN)
    step = NoticeStep.objects.get(notice=alert.notice)
    assert step.told == 2002
    assert Delivery.objects.filter(notice=alert.notice, channel="screen").count() == 2002
    assert Delivery.objects.filter(notice=alert.notice, channel="mail").count() == 2002


def test_nobody_acknowledges_and_it_goes_one_step_further(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert later(now, 5 * MINUTE - SECOND) == 0
    assert later(now, 5 * MINUTE) == 1
    assert told(alert.notice) == {"Opal", "Alice"}
    assert later(now, 10 * MINUTE) == 1
    assert told(alert.notice) == {"Opal", "Alice", "Admin"}
    alert.notice.refresh_from_db()
    assert alert.notice.exhausted_at is not None
    assert later(now, 60 * MINUTE) == 0
