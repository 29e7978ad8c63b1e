"""Being told of new reports of a kind or a place: an address is asked first, one message a day, and its link ends it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.push import identity
from beffroi.adapters.push.fake import FakePushService
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server, phone_of
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import draw_authority, make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER
from beffroi.lib.positions import Position
from beffroi.persistence.guard import writing
from beffroi.persistence.letters import Sealed
from beffroi.systems.reports import jobs
from beffroi.systems.reports.actions.subscribing import MOST, SETTLED, write_digests
from beffroi.systems.reports.actions.telling import MOST_QUESTIONS
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.keeping import subscriptions
from beffroi.systems.reports.models import Category, Letter, Subscription
from beffroi.systems.reports.rules import LetterState, evening_after

NORA = "nora@exemple.fr"
LINK = re.compile(r"https?://[^/\s]+(/reports/subscription/[^\s?]+)")
ASK = "/reports/meaux/subscribe/"
FAR = Position(HERE.latitude + 0.02, HERE.longitude)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nobody_asked_yet(own_database: None) -> None:
    cache.clear()


@pytest.fixture
def town() -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def carried(now: datetime) -> list[Sealed]:
    """What the alerter would carry then."""
    letters = jobs.claim(now, 50)
    for letter in letters:
        jobs.note(letter, HANDED_OVER, now)
    return letters


def asked(client: Client, **said: str) -> None:
    answer = client.post(ASK, {"area": "all", "email": NORA, **said})
    assert answer.status_code == 302, answer.content.decode()


def link_of(letter: Sealed) -> str:
    found = LINK.search(letter.text)
    assert found is not None
    return found[1]


def confirmed(**said: str) -> str:
    """The page of a subscription whose address is theirs."""
    client = visitor()
    asked(client, **said)
    path = link_of(carried(utc_now())[0])
    assert client.post(path, {"act": "take-up"}).status_code == 302
    return path


def evening(town: Authority) -> list[Sealed]:
    now = utc_now() + SETTLED
    write_digests(authority=town.id, now=now)
    return carried(now)


def test_an_address_is_asked_first_then_told_once_a_day(town: Authority, hole: Category) -> None:
    client = visitor()
    asked(client, category=hole.code)
    (question,) = carried(utc_now())
    assert (question.to, question.language) == (NORA, "en")
    assert hole.label in question.text
    reported(hole)
    assert evening(town) == []
    path = link_of(question)
    assert client.get(f"{path}?stop=1").status_code == 200
    assert Subscription.objects.get().confirmed_at is None, "opening a link changes nothing"
    client.post(path, {"act": "take-up"})
    assert evening(town) == [], "what came before is no news"
    first, second = reported(hole), reported(hole, text="Madame Durand en parle")
    reported(make_category(town.id, "Graffiti"))
    (letter,) = evening(town)
    assert letter.subject == "2 new reports: Nid-de-poule, all of Meaux"
    assert f"/reports/meaux/{first.reference}/" in letter.text
    assert second.reference in letter.html
    assert "Durand" not in letter.text + letter.html
    assert f"{path}?stop=1" in letter.address
    assert evening(town) == []


def test_what_is_still_being_written_down_as_the_letters_are_is_told_the_next_day(
    town: Authority, hole: Category
) -> None:
    confirmed()
    reported(hole)
    now = utc_now() + SETTLED
    assert write_digests(authority=town.id, now=now) == 1
    assert len(carried(now)) == 1
    late = reported(hole, now=now - SETTLED / 2)  # it came before, and is there only now
    assert write_digests(authority=town.id, now=now + timedelta(days=1)) == 1
    (letter,) = carried(now + timedelta(days=1))
    assert late.reference in letter.text


def test_around_a_place_and_in_a_district(town: Authority, hole: Category) -> None:
    draw_authority(town, (2.7, 48.8, 3.1, 49.1))
    near = {"area": "around", "latitude": str(HERE.latitude), "longitude": str(HERE.longitude), "radius": "500"}
    asked(visitor(), **near, address="Gagnez à example.org")
    (question,) = carried(utc_now())
    assert "within 500 metres of 48.96010, 2.87880" in question.text
    assert "example.org" not in question.text + question.html + question.subject, "a stranger's words go to nobody"
    confirmed(**near, category=hole.code, address="L’école")
    reported(hole, position=FAR)
    assert evening(town) == []
    here = reported(hole)
    (letter,) = evening(town)
    assert "within 500 metres of L’école" in letter.subject
    assert here.reference in letter.text
    page = visitor().get(ASK, {"territory": str(here.territory_id)}).content.decode()
    assert re.search(rf'<option value="{here.territory_id}" selected', page)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(town: Authority, hole: Category) -> None:
    for said, words in (
        ({"area": "around"}, "Put the pin on the map"),
        ({"area": "district"}, "Choose the district"),
        ({"area": "all", "email": "nora@"}, "valid email"),
        ({"area": "around", "latitude": "95", "longitude": "2"}, "less than or equal to 90"),
    ):
        answer = visitor().post(ASK, {"email": NORA, **said})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not Subscription.objects.exists()


def test_its_link_ends_it_and_takes_it_up_again(town: Authority, hole: Category) -> None:
    path, client = confirmed(), visitor()
    page = client.get(f"{path}?stop=1")
    assert page["Referrer-Policy"] == "same-origin"
    client.post(path, {"act": "stop"})
    reported(hole)
    assert evening(town) == []
    row = Subscription.objects.get()
    assert list(subscriptions(town.id).values_list("kept_from", flat=True)) == [row.stopped_at]
    client.post(path, {"act": "take-up"})
    assert evening(town) == [], "what was reported meanwhile is no news"
    reported(hole)
    assert len(evening(town)) == 1
    assert client.get(f"{path[:-2]}x/").status_code == 404
    assert not subscriptions(town.id).exists()


def test_a_letter_that_has_not_left_tells_the_next_day_too(town: Authority, hole: Category) -> None:
    confirmed()
    reported(hole)
    write_digests(authority=town.id, now=utc_now() + SETTLED)
    reported(hole)
    (letter,) = evening(town)
    assert letter.subject.startswith("2 new reports")


def test_a_mailbox_is_not_filled_and_nobody_has_hundreds(town: Authority, hole: Category) -> None:
    codes = [make_category(town.id, f"Panne {number}").code for number in range(MOST + 1)]
    for code in codes[: MOST_QUESTIONS + 2]:
        asked(visitor(), category=code)
    asked(visitor(), category=codes[0])
    assert Letter.objects.filter(kind="confirm").count() == MOST_QUESTIONS
    zoe = visitor()
    zoe.force_login(make_person("Zoe"))
    for code in codes[:MOST]:
        cache.clear()
        assert zoe.post(ASK, {"area": "all", "category": code}).status_code == 302
    cache.clear()
    more = zoe.post(ASK, {"area": "all", "category": codes[MOST]})
    assert more.status_code == 422
    assert "You have 20 already" in more.content.decode()
    page = zoe.get("/reports/subscriptions/").content.decode()
    assert page.count('value="stop"') == MOST


def test_only_public_reports_and_none_of_an_earlier_list(town: Authority, hole: Category) -> None:
    confirmed()
    reported(make_category(town.id, "Réseau interne", public=False))
    imported = reported(hole)
    with writing():
        type(imported).objects.filter(pk=imported.pk).update(source="import")
    assert evening(town) == []


def test_each_evening_by_the_series(town: Authority, hole: Category) -> None:
    confirmed()
    now = utc_now() + 2 * SETTLED
    begin_series(now=now)
    reported(hole)
    due = evening_after(now)
    do_deadlines(lambda: due - HOUR / 60)
    assert not Letter.objects.filter(kind="digest").exists()
    do_deadlines(lambda: due)
    assert Letter.objects.filter(kind="digest").count() == 1


def test_six_in_the_evening_whatever_the_season() -> None:
    for moment, expected in (
        ("2026-11-22T16:59:59", "2026-11-22T17:00:00"),
        ("2026-11-22T17:00:00", "2026-11-23T17:00:00"),
        ("2026-11-22T23:30:00", "2026-11-23T17:00:00"),
        ("2026-10-24T16:00:00", "2026-10-25T17:00:00"),
    ):
        found = evening_after(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        assert found.isoformat()[:19] == expected


@pytest.fixture
def box(settings: Settings, tmp_path: Path) -> Iterator[Mailbox]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.BEFFROI_HOME = tmp_path
    identity.furnish(tmp_path)
    box = Mailbox()
    with mail_server(box) as address:
        settings.BEFFROI_SMTP_URL = address
        yield box


def test_a_phone_is_told_and_a_mailbox_has_a_way_out(town: Authority, hole: Category, box: Mailbox) -> None:
    with FakePushService(utc_now).running() as service:
        zoe = make_person("Zoe", email="zoe@example.org")
        phone = phone_of(zoe.pk, service, utc_now())
        client = visitor()
        client.force_login(zoe)
        assert client.post(ASK, {"area": "all"}).status_code == 302
        confirmed()
        reported(hole)
        write_digests(authority=town.id, now=utc_now() + SETTLED)
        with alerting():
            eventually(lambda: not Letter.objects.filter(state=LetterState.QUEUED.value).exists(), "all left")
        (shown,) = service.messages(phone)
    assert isinstance(shown, dict)
    assert "Nid-de-poule" in shown["body"]
    assert shown["path"].startswith("/reports/subscription/")
    (letter,) = box.letters
    assert letter["To"] == NORA
    assert "?stop=1" in str(letter["List-Unsubscribe"])
