"""Whoever was told and is bound no more: the alert does not exist for them, and nothing of it reaches them any longer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push.fake import FakePushService
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.alerts.factories import FORCED, Watch, leave, ring, ringing, told, watch
from beffroi.kernel.alerts.models import Alert, Delivery, PushSubscription
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.tests.outside import alerting, eventually, phone_of
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.territory.factories import make_member, make_membership, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

Ending = Callable[[Watch, datetime], None]


def of_the_convention(here: Watch, now: datetime) -> None:
    end_convention(convention=here.convention, by=None, now=now - timedelta(seconds=1))


def of_their_post(here: Watch, now: datetime) -> None:
    """bob and tess go and work for a firm that nothing binds to the town."""
    other = make_organisation("Elsewhere")
    for person in (here.bob, here.tess):
        leave(person, now)
        make_membership(person, other, Role.DISPATCHER)


ENDINGS = pytest.mark.parametrize("ending", [of_the_convention, of_their_post])


def told_to_everybody_of(here: Watch, now: datetime) -> Alert:
    """The partner's people and the police are told by one step."""
    audience = draw_up_audience(authority=here.authority.pk, name="All", convention=None, now=now, by=None)
    for organisation in (here.partner, here.police):
        add_to_audience(audience=audience, organisation=organisation.pk, now=now, by=None)
    rung = Rung(audience.pk, "", None)
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=[rung], now=now, by=None)
    alert = ring(here, now=now)
    assert told(alert.notice) == {"Bob", "Tess", "Opal"}
    return alert


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.mark.django_db
@ENDINGS
def test_what_they_were_told_of_is_not_theirs_any_more(here: Watch, now: datetime, ending: Ending) -> None:
    alert = told_to_everybody_of(here, now)
    assert as_(here.tess).get(f"/alerts/{alert.pk}/").status_code == 200
    ending(here, now)
    for person in (here.bob, here.tess):
        assert as_(person).get(f"/alerts/{alert.pk}/").status_code == 404
        assert "rue Saint-Rémy" not in as_(person).get("/alerts/?state=all").content.decode()
        for act in ("take", "acknowledge", "release", "shown"):
            assert as_(person).post(f"/api/v1/alerts/{alert.pk}/{act}").status_code == 404
    assert as_(here.opal).get(f"/alerts/{alert.pk}/").status_code == 200


@pytest.mark.django_db
def test_who_belongs_and_has_no_other_right_sees_what_they_were_told_of(here: Watch, now: datetime) -> None:
    karim = make_member("Karim", here.partner, Role.MEMBER)
    audience = draw_up_audience(authority=here.authority.pk, name="All", convention=None, now=now, by=None)
    add_to_audience(audience=audience, organisation=here.partner.pk, now=now, by=None)
    rung = Rung(audience.pk, "", None)
    set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=[rung], now=now, by=None)
    alert = ring(here, now=now)
    assert as_(karim).get(f"/alerts/{alert.pk}/").status_code == 200
    of_the_convention(here, now)
    assert as_(karim).get(f"/alerts/{alert.pk}/").status_code == 404


@ENDINGS
def test_what_they_were_told_of_is_not_updated_for_them(
    own_database: ConnectionInfo, settings: Settings, ending: Ending
) -> None:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with ringing(), FakePushService(utc_now).running() as service:
        here = watch(now=utc_now())
        theirs, ours = (phone_of(person.pk, service, utc_now()) for person in (here.bob, here.opal))
        with alerting():
            alert = told_to_everybody_of(here, utc_now())
            eventually(lambda: len(service.messages(theirs)) == len(service.messages(ours)) == 1, "both are told")
            pushed = Delivery.objects.filter(channel="push")
            eventually(lambda: pushed.filter(state="handed-over").count() == 2, "it is marked")
            ending(here, utc_now())
            end_alert(authority=alert.authority_id, kind=FORCED, subject=alert.subject, reason="shut", now=utc_now())
            eventually(lambda: len(service.messages(ours)) == 2, "the police are told of the end")
            eventually(lambda: pushed.get(person=here.bob).state == "gone", "it is not theirs any more")
        assert len(service.messages(theirs)) == 1
        assert PushSubscription.objects.get(person=here.bob).gone_at is None, "their phone is told of what is theirs"
