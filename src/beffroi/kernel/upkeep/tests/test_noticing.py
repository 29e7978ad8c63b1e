"""What is wrong is noted at once, told when it lasts, once to each authority that it concerns, and ends by itself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from pytest_django import Settings

from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.upkeep.actions.noticing import KEPT, PATIENCE, note_findings
from beffroi.kernel.upkeep.models import Trouble
from beffroi.kernel.upkeep.registry import BAD, WARNING
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence import checkup
from beffroi.persistence.checkup import HERE, Check, Finding, State

pytestmark = pytest.mark.django_db

# After everything that the tests make.
NOW = utc_now() + timedelta(days=1)
FULL = Finding("disk.home", State.BAD, "no room left", "make room")
SCARCE = Finding("disk.home", State.WARNING, "little room left", "make room soon")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def town() -> Authority:
    authority = make_authority()
    make_member("Ada", authority.organisation, Role.ADMINISTRATOR)
    return authority


def live(kind: str = BAD) -> list[Alert]:
    return list(Alert.objects.filter(kind=kind, ended_at=None).order_by("authority"))


def test_what_lasts_is_told_once_and_ends_by_itself(town: Authority) -> None:
    note_findings(findings=[FULL], now=NOW)
    assert live() == [], "a restart tells nobody"
    for minutes in (1, 2, 90):
        note_findings(findings=[FULL], now=NOW + minutes * MINUTE)
    (alert,) = live()
    assert (alert.authority_id, alert.since) == (town.pk, NOW)
    assert Delivery.objects.filter(notice=alert.notice, channel="screen").count() == 1
    message = message_for(alert.notice, "en")
    assert "no room left make room" in message.body
    assert note_findings(findings=[Finding("disk.home", State.WELL, "room")], now=NOW + 91 * MINUTE) == 0
    alert.refresh_from_db()
    assert (alert.ended_at, alert.reason) == (NOW + 91 * MINUTE, "back")
    assert "well again" in message_for(alert.notice, "en").title


def test_what_is_to_be_watched_is_told_later_and_again_when_it_is_bad(town: Authority) -> None:
    note_findings(findings=[SCARCE], now=NOW)
    note_findings(findings=[SCARCE], now=NOW + MINUTE)
    assert live(WARNING) == []
    note_findings(findings=[SCARCE], now=NOW + PATIENCE[State.WARNING])
    assert len(live(WARNING)) == 1
    later = NOW + timedelta(hours=2)
    note_findings(findings=[FULL], now=later)
    assert live(WARNING) == [], "it is no longer only to be watched"
    note_findings(findings=[FULL], now=later + MINUTE)
    assert [alert.since for alert in live()] == [later]
    assert Trouble.objects.get().since == NOW


def test_each_authority_is_told_of_the_installation_and_only_its_own_of_its_own(town: Authority) -> None:
    other = make_authority("Provins")
    own = Finding("sheet", State.BAD, "old", "print it", authority=other.pk)
    for now in (NOW, NOW + MINUTE):
        note_findings(findings=[FULL, own], now=now)
    assert {(alert.authority_id, alert.facts["code"]) for alert in live()} == {
        (town.pk, "disk.home"),
        (other.pk, "disk.home"),
        (other.pk, "sheet"),
    }


@pytest.mark.parametrize("code", ["messages.silent", "messages.worker-silent"])
def test_what_the_two_that_watch_each_other_tell_is_not_told_twice(town: Authority, code: str) -> None:
    for now in (NOW, NOW + MINUTE):
        note_findings(findings=[Finding(code, State.BAD, "stuck", "start it")], now=now)
    assert live() == []
    assert Trouble.objects.get().code == code


def test_nobody_is_told_of_what_was_chosen_nor_in_a_demonstration(town: Authority, settings: Settings) -> None:
    chosen = Finding("database.roles", State.WARNING, "one role", "make two", chosen=True)
    for now in (NOW, NOW + timedelta(days=1)):
        note_findings(findings=[chosen], now=now)
    settings.BEFFROI_DEMO = True
    for now in (NOW + timedelta(days=1), NOW + timedelta(days=2)):
        note_findings(findings=[FULL], now=now)
    assert not Alert.objects.exists()


def test_what_is_long_over_is_forgotten(town: Authority) -> None:
    note_findings(findings=[FULL], now=NOW)
    note_findings(findings=[], now=NOW + MINUTE)
    note_findings(findings=[], now=NOW + KEPT)
    assert Trouble.objects.count() == 1
    note_findings(findings=[], now=NOW + KEPT + 2 * MINUTE)
    assert Trouble.objects.count() == 0


def test_the_page_says_what_since_when_and_what_to_do(town: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_authority("Provins")
    found = [
        FULL,
        Finding("disk.media", State.WELL, "room enough"),
        Finding("disk.own", State.WARNING, "of the other town", "nobody's", authority=other.pk),
    ]
    monkeypatch.setattr(checkup, "CHECKS", {"disk": Check("disk", "Room", lambda _now: found)})
    HERE.forget()
    note_findings(findings=[FULL], now=NOW)
    client = Client(headers={"accept-language": "fr"})
    client.force_login(make_member("Zoe", town.organisation, Role.ADMINISTRATOR))
    page = client.get("/upkeep/").content.decode()
    assert "no room left" in page
    assert "make room" in page
    with translation.override("fr"):
        assert f"depuis le {date_format(localtime(NOW), 'SHORT_DATETIME_FORMAT')}" in page
    assert "room enough" in page
    assert "of the other town" not in page
    note_findings(findings=[], now=NOW + MINUTE)
    found[0] = Finding("disk.home", State.WELL, "room again")
    HERE.forget()
    page = client.get("/upkeep/").content.decode()
    assert "room again" in page
    assert "Terminé" in page
    HERE.forget()
