"""A system that was removed leaves its alerts behind: they say their code, and go on to somebody who can end them."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client

from beffroi.kernel.alerts.factories import FORCED, MINUTE, Watch, ring, told
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.kernel.deadlines.jobs import do_deadlines

pytestmark = pytest.mark.django_db


@pytest.fixture
def left(here: Watch, now: datetime) -> Iterator[Alert]:
    alert = ring(here, now=now)
    with pytest.MonkeyPatch.context() as release:
        release.delitem(ALERT_KINDS, FORCED)
        yield alert


def test_pages_show_it_under_its_code_and_it_can_be_ended(here: Watch, left: Alert) -> None:
    alice = Client(headers={"accept-language": "en"})
    alice.force_login(here.alice)
    for address in ("/alerts/", f"/alerts/{left.pk}/", "/console/state/"):
        seen = alice.get(address).content.decode()
        assert f"Alert {FORCED}" in seen, address
        assert "rue Saint-R" in seen, address
    assert "It is over." in alice.post(f"/alerts/{left.pk}/close/", follow=True).content.decode()


def test_its_next_step_is_the_administrators(here: Watch, now: datetime, left: Alert) -> None:
    assert told(left.notice) == {"Opal"}
    while do_deadlines(lambda: now + 6 * MINUTE):
        pass
    assert told(left.notice) == {"Opal", "Admin"}
    left.notice.refresh_from_db()
    assert left.notice.exhausted_at is not None


def test_several_are_told_as_one(here: Watch, now: datetime) -> None:
    first, _second = ring(here, now=now), ring(here, now=now)
    with pytest.MonkeyPatch.context() as release:
        release.delitem(ALERT_KINDS, FORCED)
        assert message_for(first.notice, "en").title == f"2 alerts: {FORCED}"
