"""Text messages: to a number that was proven, for what is urgent enough, no dearer a day than the town said, and never to nobody."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import localtime
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sms.fake import FakeGateway
from beffroi.adapters.sms.text import LONGEST, length
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.delivery import Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.destruction import forget_contacts
from beffroi.kernel.alerts.actions.mobiles import CODES_A_DAY, ask_code, forget_wanted, prove_number
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.alerts.factories import FORCED, LATE, OPEN, Watch, ring, ringing, watch
from beffroi.kernel.alerts.models import Delivery, Mobile, TextDay
from beffroi.kernel.alerts.pages.mobiles import CODES_AN_HOUR
from beffroi.kernel.alerts.rules import TRIES, Channel
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server
from beffroi.kernel.register.models import Payload
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Handover, Outcome
from beffroi.lib.viewer import Role

NUMBER, OTHER = "+33612345678", "+33712345678"
ENGLISH = {"accept-language": "en"}
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def gateway(settings: Settings) -> Iterator[FakeGateway]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with FakeGateway().running() as running:
        settings.BEFFROI_SMS = running.gateway
        yield running


@pytest.fixture
def outside(own_database: ConnectionInfo, gateway: FakeGateway, settings: Settings) -> Iterator[tuple[Watch, Mailbox]]:
    box = Mailbox()
    with ringing(), mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        yield watch(now=utc_now()), box


def logged_in(person: Person) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(person)
    return client


def with_number(person: Person, number: str = NUMBER) -> None:
    then = utc_now() - A_MINUTE
    assert ask_code(number=number, code="123456", now=then, by=person.pk) is None
    assert prove_number(code="123456", now=then, by=person.pk) is None


def choose(person: Person, sms: str) -> None:
    set_preference(push=True, mail="instead", sms=sms, quiet_starts=None, quiet_ends=None, days_off=False, by=person.pk)


def settled(channel: str = "sms") -> bool:
    rows = Delivery.objects.filter(channel=channel)
    return rows.exists() and not rows.filter(state="queued").exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("gateway")
class TestNumbers:
    def test_a_number_is_told_once_its_code_came_back(self, here: Watch, gateway: FakeGateway) -> None:
        client = logged_in(here.alice)
        assert client.post("/alerts/contacts/number/", {"number": "06 12 34 56 78"}).status_code == 302
        assert "A code has left" in client.get("/alerts/contacts/").content.decode()
        assert Mobile.objects.get().number == ""
        (text,) = gateway.texts(NUMBER)
        code = re.findall(r"[0-9]{6}", text)[0]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        refused = client.post("/alerts/contacts/number/code/", {"code": wrong})
        assert refused.status_code == 422
        assert "This is not the code" in refused.content.decode()
        done = client.post("/alerts/contacts/number/code/", {"code": f"{code[:3]} {code[3:]}"}, follow=True)
        assert Mobile.objects.get().number == NUMBER
        page = done.content.decode()
        assert "+336 … 78" in page
        assert NUMBER not in page

    def test_a_code_is_not_guessed(self, here: Watch) -> None:
        now = utc_now()
        assert ask_code(number=NUMBER, code="123456", now=now, by=here.alice.pk) is None
        client = logged_in(here.alice)
        for _ in range(TRIES):
            assert client.post("/alerts/contacts/number/code/", {"code": "000000"}).status_code == 422
        late = client.post("/alerts/contacts/number/code/", {"code": "123456"})
        assert "holds no more" in late.content.decode()
        assert Mobile.objects.get().number == ""

    def test_a_code_holds_ten_minutes_and_for_whoever_asked(self, here: Watch) -> None:
        then = utc_now() - timedelta(minutes=11)
        assert ask_code(number=NUMBER, code="123456", now=then, by=here.alice.pk) is None
        for person in (here.alice, here.opal):
            answer = logged_in(person).post("/alerts/contacts/number/code/", {"code": "123456"})
            assert answer.status_code == 422
        assert list(Mobile.objects.exclude(number="")) == []

    def test_codes_are_few_a_day_for_a_person_and_for_a_number(self, here: Watch) -> None:
        client = logged_in(here.alice)
        for turn in range(2):
            answer = client.post("/alerts/contacts/number/", {"number": NUMBER})
            assert answer.status_code == (422 if turn else 302)
        assert "less than a minute ago" in answer.content.decode()
        now = localtime(utc_now() + timedelta(days=1)).replace(hour=12)  # far from any midnight
        for turn in range(CODES_A_DAY):
            assert ask_code(number=NUMBER, code="123456", now=now + turn * A_MINUTE * 2, by=here.alice.pk) is None
        later = now + timedelta(minutes=30)
        refused = [ask_code(number=NUMBER, code="123456", now=later, by=who.pk) for who in (here.alice, here.opal)]
        assert refused == ["tomorrow", "tomorrow"]
        assert ask_code(number=OTHER, code="123456", now=later, by=here.opal.pk) is None

    def test_a_network_address_makes_few_phones_ring_in_an_hour(
        self, here: Watch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, passed = time.time(), [0.0]
        monkeypatch.setattr(time, "time", lambda: begun + passed[0])
        monkeypatch.setattr(
            "django.core.cache.backends.db.tz_now", lambda: datetime.fromtimestamp(begun + passed[0], tz=UTC)
        )
        cache.clear()
        client = logged_in(here.alice)

        def ask() -> str:
            return client.post("/alerts/contacts/number/", {"number": NUMBER}).content.decode()

        for turn in range(CODES_AN_HOUR):
            assert "Too many codes" not in ask(), turn
        assert "Too many codes" in ask()
        passed[0] += 600
        assert "Too many codes" in ask(), "ten minutes are no hour"
        passed[0] += 3600
        assert "Too many codes" not in ask()

    def test_what_is_no_mobile_number_is_said_and_kept_as_typed(self, here: Watch, gateway: FakeGateway) -> None:
        answer = logged_in(here.alice).post("/alerts/contacts/number/", {"number": "01 60 09 97 00"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "This is not a mobile number" in page
        assert "01 60 09 97 00" in page
        assert gateway.attempts == []

    def test_a_gateway_that_fails_says_so(self, here: Watch, gateway: FakeGateway) -> None:
        gateway.answers.append(500)
        answer = logged_in(here.alice).post("/alerts/contacts/number/", {"number": NUMBER})
        assert answer.status_code == 422
        assert "could not leave" in answer.content.decode()

    def test_a_number_is_forgotten_when_asked_when_unproven_and_with_its_person(self, here: Watch) -> None:
        with_number(here.alice)
        assert logged_in(here.alice).post("/alerts/contacts/number/end/").status_code == 302
        assert Mobile.objects.get().number == ""
        now = utc_now()
        assert ask_code(number=NUMBER, code="123456", now=now, by=here.opal.pk) is None
        assert forget_wanted(keys=[str(here.opal.pk)], now=now, by=None) == 1
        assert not Mobile.objects.exclude(wanted="").exists()
        forget_contacts(keys=[str(here.alice.pk), str(here.opal.pk)], now=now, by=None)
        assert not Mobile.objects.exists()

    def test_health_shows_the_gateway(self, here: Watch, gateway: FakeGateway, now: datetime) -> None:
        with_number(here.opal)
        ring(here, kind=FORCED, now=now)
        for turn in range(3):
            at = now + timedelta(minutes=turn)
            rows = claim_deliveries(channel=Channel.SMS, now=at, most=10)
            note_attempts(attempts=[Attempted(row, Handover(Outcome.AGAIN, "http-402")) for row in rows], now=at)
        told = Client(headers={"host": "localhost"}).get("/healthz").json()
        assert told["alerts"]["sms"] == {"sent": 2, "most": 500, "failing": 1, "fault": "http-402"}
        assert any(each["code"] == "sms" and "http-402" in each["seen"] for each in told["findings"])
        assert NUMBER not in json.dumps(told)
        assert gateway.attempts == []

    def test_without_a_gateway_nothing_is_offered(self, here: Watch, settings: Settings) -> None:
        settings.BEFFROI_SMS = None
        client = logged_in(here.alice)
        assert "SMS go to" not in client.get("/alerts/contacts/").content.decode()
        assert client.post("/alerts/contacts/number/", {"number": NUMBER}).status_code == 404
        assert "SMS" not in client.get("/alerts/preferences/").content.decode()


def test_an_immediate_alert_is_one_message_whose_address_leads_to_it(
    outside: tuple[Watch, Mailbox], gateway: FakeGateway, settings: Settings
) -> None:
    here, box = outside
    with_number(here.opal)
    with alerting():
        ring(here, kind=FORCED, now=utc_now())
        eventually(settled, "the text message leaves")
    (text,) = gateway.texts(NUMBER)
    assert length(text) <= LONGEST
    assert here.opal.name not in text
    assert here.opal.email not in [letter["To"] for letter in box.letters]
    path = text.rpartition(" ")[2].removeprefix(settings.BEFFROI_PUBLIC_URL)
    alert = Delivery.objects.get(channel="sms").notice.alerts.get()
    assert logged_in(here.opal).get(path)["Location"] == f"/alerts/{alert.pk}/"
    stranger = watch(now=utc_now(), slug="provins")
    assert logged_in(stranger.alice).get(path).status_code == 404
    assert Client().get(path)["Location"].startswith("/login/")
    kept = json.dumps(list(Payload.objects.values()), default=str)
    assert NUMBER not in kept
    assert not Delivery.objects.filter(contact__contains="612345678").exists()


@pytest.mark.parametrize(
    ("kind", "chosen", "texts"),
    [
        (FORCED, "immediate", 1),
        (FORCED, "never", 0),
        (OPEN, "immediate", 0),
        (OPEN, "prompt", 1),
        (LATE, "prompt", 0),
    ],
)
def test_only_what_is_urgent_enough_for_its_owner(
    outside: tuple[Watch, Mailbox], gateway: FakeGateway, kind: str, chosen: str, texts: int
) -> None:
    here, _box = outside
    person = {FORCED: here.opal, OPEN: here.bob, LATE: here.alice}[kind]
    with_number(person)
    choose(person, chosen)
    ring(here, kind=kind, now=utc_now())
    own = Delivery.objects.filter(person=person)
    assert own.filter(channel="screen").count() == 1
    assert own.filter(channel="sms").count() == texts
    assert own.filter(channel="mail").count() == 1 - texts


def test_beyond_a_day_s_ceiling_a_letter_leaves_and_the_page_says_so(
    outside: tuple[Watch, Mailbox], gateway: FakeGateway, settings: Settings
) -> None:
    here, box = outside
    with_number(here.opal)
    with_number(make_member("Olga meaux", here.police, Role.OPERATOR), OTHER)
    settings.BEFFROI_SMS_PER_DAY = 1
    with alerting():
        ring(here, kind=FORCED, now=utc_now())
        eventually(lambda: bool(box.letters), "the second is a letter")
        eventually(settled, "both are marked")
    assert len(gateway.taken) == len(box.letters) == 1
    assert [row.fault for row in Delivery.objects.filter(channel="sms", state="failed")] == ["daily-ceiling"]
    assert here.authority.name in logged_in(here.alice).get("/alerts/contacts/").content.decode()
    assert "all the SMS that it may today" in logged_in(here.alice).get("/alerts/contacts/").content.decode()


def test_a_number_that_is_nobody_s_is_forgotten_and_a_letter_leaves(
    outside: tuple[Watch, Mailbox], gateway: FakeGateway
) -> None:
    here, box = outside
    with_number(here.opal)
    gateway.nobody.add(NUMBER)
    with alerting():
        ring(here, kind=FORCED, now=utc_now())
        eventually(lambda: bool(box.letters), "a letter leaves")
        eventually(settled, "it is marked")
    assert Delivery.objects.get(channel="sms").state == "gone"
    assert Mobile.objects.get().number == ""
    assert "nobody’s any more" in logged_in(here.opal).get("/alerts/contacts/").content.decode()


def test_a_gateway_that_is_away_is_asked_again_under_the_same_key(
    outside: tuple[Watch, Mailbox], gateway: FakeGateway
) -> None:
    here, _box = outside
    with_number(here.opal)
    gateway.answers += [503, 503]
    with alerting():
        ring(here, kind=FORCED, now=utc_now())
        eventually(settled, "it leaves at last")
    assert len(set(gateway.attempts)) == 1
    assert len(gateway.attempts) == 3
    assert TextDay.objects.exclude(authority=None).get().sent == 1
