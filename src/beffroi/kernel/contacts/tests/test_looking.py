"""Brokers of door contacts are among what an installation looks at in itself: which isn't heard, why, what to do, and well again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from beffroi.adapters.sensors.sources import Broker, Observed
from beffroi.adapters.sensors.table import released
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.contacts.actions.hearing import note_line
from beffroi.kernel.contacts.queries.looking import OBSERVE, look
from beffroi.kernel.contacts.rules import BELIEVED
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.upkeep.actions.noticing import note_findings
from beffroi.kernel.upkeep.models import Trouble
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import HERE, Finding, State

NAMES = ("campus", "mairie")


@pytest.fixture
def town(db: None) -> Iterator[Authority]:
    authority = make_authority()
    brokers = tuple(Broker(name, authority.slug, "chirpstack", "mqtts://b.example") for name in NAMES)
    with override_settings(BEFFROI_OBSERVE=Observed(brokers, released())):
        HERE.forget()
        yield authority
    HERE.forget()


def hear(town: Authority, name: str, fault: str = "") -> None:
    now = utc_now()
    note_line(authority=town.pk, name=name, network="lorawan", since=None if fault else now, fault=fault, now=now)


def found() -> dict[str, Finding]:
    return {each.code: each for each in look(utc_now())}


def test_each_cause_is_a_finding_that_ends_with_it(town: Authority) -> None:
    everything = found()
    assert set(everything) == {"observe.away"}, "nobody has listened yet"
    assert "campus, mairie" in str(everything["observe.away"].seen)
    hear(town, "campus", "certificate")
    hear(town, "mairie")
    (one,) = found().values()
    assert (one.code, one.state, one.authority) == ("observe.certificate", State.WARNING, town.pk)
    assert "campus" in str(one.seen)
    assert "mairie" not in str(one.seen)
    hear(town, "campus")
    (well,) = found().values()
    assert (well.code, well.state) == (OBSERVE, State.WELL)


def test_what_was_said_of_it_is_not_believed_for_ever(town: Authority) -> None:
    hear(town, "campus", "certificate")
    hear(town, "mairie")
    later = utc_now() + BELIEVED + timedelta(minutes=1)
    assert [each.code for each in look(later)] == ["observe.away"], "the program that listens is gone"


def test_an_authority_that_isnt_there_is_said(town: Authority) -> None:
    strange = Broker("campus", "atlantide", "chirpstack", "mqtts://b.example")
    with override_settings(BEFFROI_OBSERVE=Observed((strange,), released())):
        (one,) = look(utc_now())
    assert one.code == "observe.authority"
    assert "atlantide" in str(one.seen)


def test_where_nothing_is_observed_nothing_is_said(db: None) -> None:
    assert list(look(utc_now())) == []


def test_administrators_read_it_and_one_alert_tells_them(town: Authority) -> None:
    hear(town, "campus", "refused")
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    page = client.get("/upkeep/").text
    assert "the broker refuses the user or the password" in page
    assert "docs/operators/observe.md" in page
    now = utc_now()
    for minutes in (0, 30):
        note_findings(findings=look(now), now=now + timedelta(minutes=minutes))
    assert Trouble.objects.filter(code="observe.refused", ended_at=None).exists()
    assert not Alert.objects.exists(), "contacts.line tells them, and this would be a second voice"
