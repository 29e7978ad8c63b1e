"""Messages leave: each once, updated and never repeated, whatever the other side does meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push.fake import Browser, FakePushService, Mood
from beffroi.adapters.webhook.fake import FakeReceiver
from beffroi.kernel.alerts.actions.contacts import Added, add_webhook
from beffroi.kernel.alerts.actions.delivery import LEASE, Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.raising import end_alert, update_alert
from beffroi.kernel.alerts.factories import FORCED, LATE, ring, ringing, watch
from beffroi.kernel.alerts.models import Alert, Delivery, PushSubscription, Webhook
from beffroi.kernel.alerts.registry import ALERT_KINDS, Facts, Words
from beffroi.kernel.alerts.rules import LAST_ATTEMPT, Channel
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server, phone_of
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome

if TYPE_CHECKING:
    from beffroi.kernel.alerts.factories import Watch

Shown = dict[str, object]


@pytest.fixture
def town(own_database: ConnectionInfo, settings: Settings) -> Iterator["Watch"]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with ringing():
        yield watch(now=utc_now())


@pytest.fixture
def service() -> Iterator[FakePushService]:
    with FakePushService(utc_now).running() as running:
        yield running


def shown(service: FakePushService, phone: Browser) -> list[Shown]:
    return cast("list[Shown]", service.messages(phone))


def states(**wanted: object) -> list[str]:
    return list(Delivery.objects.filter(**wanted).order_by("id").values_list("state", flat=True))


def end(alert: Alert, now: datetime) -> None:
    assert end_alert(authority=alert.authority_id, kind=alert.kind, subject=alert.subject, reason="closed", now=now)


def test_a_phone_is_told_at_once_and_the_end_takes_its_place_without_noise(
    town: "Watch", service: FakePushService
) -> None:
    phone = phone_of(town.opal.pk, service, utc_now())
    with alerting():
        alert = ring(town, now=utc_now())
        eventually(lambda: len(service.messages(phone)) == 1, "the phone is told")
        eventually(lambda: states(channel="push") == ["handed-over"], "it is marked")
        end(alert, utc_now())
        eventually(lambda: len(service.messages(phone)) == 2, "the phone is told of the end")
    first, last = shown(service, phone)
    assert first["title"] == "Something at rue Saint-Rémy"
    assert (first["silent"], first["ended"], first["urgency"]) == (False, False, "immediate")
    assert (last["silent"], last["ended"]) == (True, True)
    assert first["tag"] == last["tag"] == str(alert.notice_id)
    assert str(first["path"]).startswith("/")
    (received, _) = service.received[phone.endpoint]
    assert (received.urgency, len(received.topic)) == ("high", 22)
    assert Delivery.objects.get(channel="push").pk.hex == str(first["delivery"]).replace("-", "")


def test_what_the_push_service_is_given_holds_nothing_that_it_could_read(
    town: "Watch", service: FakePushService
) -> None:
    phone = phone_of(town.opal.pk, service, utc_now())
    with alerting():
        ring(town, now=utc_now())
        eventually(lambda: bool(service.messages(phone)), "the phone is told")
    (received,) = service.received[phone.endpoint]
    assert "Saint-R" not in received.body.decode("latin-1")


def test_a_phone_that_is_gone_is_forgotten_and_the_others_are_told(town: "Watch", service: FakePushService) -> None:
    gone, well = phone_of(town.opal.pk, service, utc_now()), phone_of(town.opal.pk, service, utc_now())
    service.behave(gone, Mood.GONE)
    moved = [timedelta()]
    with alerting(lambda: utc_now() + moved[0]):
        ring(town, now=utc_now())
        eventually(lambda: bool(service.messages(well)), "the other phone is told")
        eventually(lambda: sorted(states(channel="push")) == ["gone", "handed-over"], "both are marked")
        moved[0] = timedelta(minutes=5)
        ring(town, now=utc_now() + moved[0])
        eventually(lambda: len(service.messages(well)) == 2, "the next one")
    assert service.asked[gone.endpoint] == 1
    assert PushSubscription.objects.get(endpoint=gone.endpoint).gone_at is not None


def test_one_that_refuses_is_a_visible_state_and_is_not_tried_again(town: "Watch", service: FakePushService) -> None:
    phone = phone_of(town.opal.pk, service, utc_now())
    service.behave(phone, Mood.REFUSE)
    with alerting():
        ring(town, now=utc_now())
        eventually(lambda: states(channel="push") == ["failed"], "it is marked")
    assert Delivery.objects.get(channel="push").fault == "http-403"


def test_one_that_is_busy_is_tried_again_when_it_asked_to_be(town: "Watch", service: FakePushService) -> None:
    phone, now = phone_of(town.opal.pk, service, utc_now()), utc_now()
    service.behave(phone, Mood.BUSY)
    service.wait = 120
    moved = [timedelta()]
    with alerting(lambda: utc_now() + moved[0]):
        ring(town, now=now)
        eventually(lambda: bool(Delivery.objects.filter(fault="http-429")), "it was busy")
        due = Delivery.objects.get(channel="push").due_at
        assert timedelta(seconds=119) < due - now < timedelta(seconds=140)
        service.behave(phone, Mood.WELL)
        moved[0] = timedelta(seconds=130)
        eventually(lambda: bool(service.messages(phone)), "it is told then")
    assert len(service.messages(phone)) == 1


def test_a_letter_is_sent_where_no_phone_is_told(town: "Watch", settings: Settings) -> None:
    box = Mailbox()
    with mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        with alerting():
            ring(town, now=utc_now())
            eventually(lambda: states(channel="mail") == ["handed-over"], "it is marked")
    (letter,) = box.letters
    assert letter["To"] == town.opal.email
    assert letter["Subject"] == "Something at rue Saint-Rémy"
    assert letter["Message-ID"].startswith(f"<{Delivery.objects.get(channel='mail').pk}@")
    parts = [part.get_content() for part in letter.iter_parts()]
    assert len(parts) == 2
    assert all("/alerts/" in part for part in parts)


def test_without_a_mail_server_each_letter_says_so(town: "Watch", settings: Settings) -> None:
    settings.BEFFROI_SMTP_URL = None
    with alerting():
        ring(town, now=utc_now())
        eventually(lambda: states(channel="mail") == ["failed"], "it is marked")
    assert Delivery.objects.get(channel="mail").fault == "mail-not-configured"


def test_a_program_is_told_in_words_and_in_facts_and_once_a_version(town: "Watch") -> None:
    receiver = FakeReceiver("", utc_now)
    with receiver.running():
        added = add_webhook(
            authority=town.authority.pk, name="CSU", url=receiver.address, by=town.administrator.pk, now=utc_now()
        )
        assert isinstance(added, Added)
        receiver.secret, receiver.answers = added.secret, [503]
        with alerting():
            alert = ring(town, now=utc_now())
            eventually(lambda: len(receiver.taken) == 1, "the program is told, at the second attempt")
            end(alert, utc_now())
            eventually(lambda: len(receiver.taken) == 2, "and of the end")
    begun, over = cast("list[dict[str, object]]", list(receiver.taken.values()))
    data = cast("Shown", begun["data"])
    (one,) = cast("list[Shown]", data["alerts"])
    assert (data["kind"], data["authority"], data["live"]) == (FORCED, "meaux", 1)
    assert (one["id"], one["where"], one["ended_at"]) == (str(alert.pk), "rue Saint-Rémy", None)
    assert (begun["type"], over["type"]) == ("alert.notice", "alert.ended")
    assert len(receiver.attempts) == 3
    assert receiver.attempts[0] == receiver.attempts[1] != receiver.attempts[2]


def test_a_program_that_wants_no_more_is_retired_on_the_record(town: "Watch") -> None:
    receiver = FakeReceiver("", utc_now)
    with receiver.running():
        added = add_webhook(
            authority=town.authority.pk, name="CSU", url=receiver.address, by=town.administrator.pk, now=utc_now()
        )
        assert isinstance(added, Added)
        receiver.secret, receiver.answers = added.secret, [410]
        with alerting():
            ring(town, now=utc_now())
            eventually(lambda: states(channel="webhook") == ["gone"], "it is marked")
    assert Webhook.objects.get().retired_at is not None
    assert Entry.objects.filter(kind="webhook.changed").count() == 2


def test_an_update_while_a_message_is_on_its_way_goes_out_too(town: "Watch", service: FakePushService) -> None:
    phone_of(town.opal.pk, service, utc_now())
    now = utc_now()
    alert = ring(town, now=now)
    (claimed,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    update_alert(authority=alert.authority_id, kind=alert.kind, subject=alert.subject, facts={"minutes": 5}, now=now)
    note_attempts(attempts=[Attempted(claimed, HANDED_OVER)], now=now)
    (again,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    assert (claimed.first, claimed.silent) == (True, False)
    assert (again.first, again.silent, again.version > claimed.version) == (False, True, True)
    note_attempts(attempts=[Attempted(again, HANDED_OVER)], now=now)
    assert claim_deliveries(channel=Channel.PUSH, now=now + LEASE * 2, most=10) == []


def test_what_ended_while_it_was_on_its_way_is_said_to_be_over(town: "Watch", service: FakePushService) -> None:
    phone_of(town.opal.pk, service, utc_now())
    now = utc_now()
    alert = ring(town, now=now)
    (claimed,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    end(alert, now)
    note_attempts(attempts=[Attempted(claimed, HANDED_OVER)], now=now)
    (again,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    assert (again.silent, again.version > claimed.version) == (True, True)


def test_what_a_dead_alerter_had_claimed_comes_back_under_the_same_name(
    town: "Watch", service: FakePushService
) -> None:
    phone_of(town.opal.pk, service, utc_now())
    now = utc_now()
    ring(town, now=now)
    (claimed,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    assert claim_deliveries(channel=Channel.PUSH, now=now + LEASE / 2, most=10) == []
    (again,) = claim_deliveries(channel=Channel.PUSH, now=now + LEASE, most=10)
    assert (again.delivery, again.version, again.attempt) == (claimed.delivery, claimed.version, 2)


def test_one_gives_up_in_the_end_and_says_so(town: "Watch", service: FakePushService) -> None:
    phone_of(town.opal.pk, service, utc_now())
    now = utc_now()
    ring(town, now=now)
    for _attempt in range(LAST_ATTEMPT):
        (claimed,) = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
        note_attempts(attempts=[Attempted(claimed, Handover(Outcome.AGAIN, "time-out"))], now=now)
        now += timedelta(hours=1)
    assert claim_deliveries(channel=Channel.PUSH, now=now, most=10) == []
    row = Delivery.objects.get(channel="push")
    assert (row.state, row.fault) == ("failed", "gave-up: time-out")


def test_a_notice_without_words_holds_nobody_else_up(
    town: "Watch", service: FakePushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wordless(facts: Facts, language: str) -> Words:
        raise LookupError(f"{facts.alert} in {language}")

    monkeypatch.setitem(ALERT_KINDS, LATE, replace(ALERT_KINDS[LATE], words=wordless))
    agent, police = phone_of(town.alice.pk, service, utc_now()), phone_of(town.opal.pk, service, utc_now())
    ring(town, now=utc_now(), kind=LATE)
    ring(town, now=utc_now())
    with alerting():
        eventually(lambda: bool(service.messages(police)), "the police are told")
        eventually(lambda: bool(Delivery.objects.filter(fault="LookupError", state="queued")), "the other one waits")
    assert service.messages(agent) == []
