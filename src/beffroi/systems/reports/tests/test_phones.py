"""What becomes of a report reaches the phone of whoever follows it with an account: one notification, by their own choices."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from beffroi.adapters.push import identity
from beffroi.adapters.push.fake import FakePushService, Mood
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.alerts.models import PushSubscription
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server, phone_of
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import Said, mend_report, stage_report
from beffroi.systems.reports.actions.telling import GROUPED, claim_letters
from beffroi.systems.reports.factories import make_category, reported
from beffroi.systems.reports.models import Letter, Report
from beffroi.systems.reports.rules import LetterState, Stage

pytestmark = pytest.mark.usefixtures("own_database")
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[FakePushService]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.BEFFROI_HOME = tmp_path
    identity.furnish(tmp_path)
    with FakePushService(utc_now).running() as running:
        yield running


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    box = Mailbox()
    with mail_server(box) as address:
        settings.BEFFROI_SMTP_URL = address
        yield box


def followed(person: Person, now: datetime, town: str = "meaux") -> Report:
    return reported(make_category(make_authority(town).id), author=person.pk, now=now)


def left() -> bool:
    return not Letter.objects.filter(state=LetterState.QUEUED.value).exists()


def choose(person: Person, mail: str = "instead", starts: time | None = None, ends: time | None = None) -> None:
    set_preference(push=True, mail=mail, quiet_starts=starts, quiet_ends=ends, days_off=False, by=person.pk)


def test_their_phone_is_told_once_and_no_letter_leaves(service: FakePushService, box: Mailbox) -> None:
    nora, now = make_person("Nora", email="nora@example.org"), utc_now() - LONG_AGO
    report = followed(nora, now)
    phone = phone_of(nora.pk, service, now)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=None, now=now)
    stage_report(report=report, stage=Stage.MENDING, said=Said("L’équipe est sur place."), by=None, now=now)
    with alerting():
        eventually(left, "the notification left")
    (shown,) = service.messages(phone)
    assert isinstance(shown, dict)
    assert report.reference in shown["title"]
    assert shown["body"] == "L’équipe est sur place."
    assert shown["path"].startswith("/reports/follow/")
    assert (shown["urgency"], shown["silent"], shown["tag"]) == ("routine", False, str(report.pk))
    assert box.letters == []


def test_whoever_asks_for_both_has_both_and_a_phone_that_is_gone_gets_a_letter(
    service: FakePushService, box: Mailbox
) -> None:
    now = utc_now() - LONG_AGO
    nora, omar = make_person("Nora", email="nora@example.org"), make_person("Omar", email="omar@example.org")
    choose(nora, mail="always")
    hers, his = phone_of(nora.pk, service, now), phone_of(omar.pk, service, now)
    service.behave(his, Mood.GONE)
    for person, town in ((nora, "meaux"), (omar, "provins")):
        stage_report(report=followed(person, now, town), stage=Stage.ACKNOWLEDGED, by=None, now=now)
    with alerting():
        eventually(left, "all left")
    assert len(service.messages(hers)) == 1
    assert sorted(str(letter["To"]) for letter in box.letters) == ["nora@example.org", "omar@example.org"]
    assert PushSubscription.objects.get(person=omar).gone_at is not None


def test_quiet_hours_put_it_off_and_whoever_wants_nothing_is_told_nothing() -> None:
    nora, omar = make_person("Nora", email="nora@example.org"), make_person("Omar", email="omar@example.org")
    evening = MONDAY.replace(hour=20)
    choose(nora, starts=time(20), ends=time(8))
    choose(omar, mail="never")
    for person, town in ((nora, "meaux"), (omar, "provins")):
        mend_report(report=followed(person, evening, town), said=Said("Fait."), by=None, now=evening)
    assert claim_letters(now=evening + GROUPED, most=50) == []
    assert sorted(Letter.objects.values_list("state", flat=True)) == ["dropped", "queued"]
    waits = Letter.objects.get(state="queued")
    assert waits.due_at == datetime(2026, 11, 17, 7, 0, tzinfo=UTC), "eight in the morning here"
    assert waits.attempts == 0
    (going,) = claim_letters(now=waits.due_at, most=50)
    assert going.letter.pk == waits.pk


def test_those_who_have_quiet_hours_hold_up_no_other_letter() -> None:
    evening = MONDAY.replace(hour=20)
    kind = make_category(make_authority("meaux").id)
    for name in ("nora", "omar", "ines"):
        person = make_person(name, email=f"{name}@example.org")
        choose(person, starts=time(20), ends=time(8))
        mend_report(report=reported(kind, author=person.pk, now=evening), said=Said("Fait."), by=None, now=evening)
    zoe = make_person("Zoe", email="zoe@example.org")
    report = reported(kind, author=zoe.pk, now=evening)
    mend_report(report=report, said=Said("Fait."), by=None, now=evening + timedelta(seconds=1))
    (going,) = claim_letters(now=evening + 2 * GROUPED, most=2)
    assert going.letter.follower == report.followers.get()
