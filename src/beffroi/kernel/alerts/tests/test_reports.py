"""A gateway calls back: a telephone has the message, or never will and a letter leaves instead. The first word counts."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sms.fake import FakeGateway
from beffroi.kernel.alerts.actions.answering import acknowledge_notice
from beffroi.kernel.alerts.actions.delivery import claim_deliveries
from beffroi.kernel.alerts.actions.mobiles import ask_code, prove_number
from beffroi.kernel.alerts.factories import FORCED, Watch, ring, ringing, watch
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server
from beffroi.lib.clock import utc_now

NUMBER = "+33612345678"


@pytest.fixture
def gateway(own_database: ConnectionInfo, settings: Settings) -> Iterator[FakeGateway]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with FakeGateway().running() as running, ringing():
        settings.BEFFROI_SMS = running.gateway
        yield running


@pytest.fixture
def here(gateway: FakeGateway) -> Watch:
    found, then = watch(now=utc_now()), utc_now() - timedelta(minutes=1)
    assert ask_code(number=NUMBER, code="123456", now=then, by=found.opal.pk) is None
    assert prove_number(code="123456", now=then, by=found.opal.pk) is None
    return found


def call(gateway: FakeGateway, body: bytes, *, key: str | None = None) -> int:
    """The gateway calls us, as any program does: without a session."""
    address = f"/api/v1/texts/reports/{key or gateway.reports.key}"
    return Client(enforce_csrf_checks=True).post(address, body, content_type="application/json").status_code


def sent(here: Watch) -> Delivery:
    """A text message that the gateway has."""
    with alerting():
        ring(here, kind=FORCED, now=utc_now())
        eventually(lambda: Delivery.objects.filter(channel="sms", state="handed-over").exists(), "it leaves")
    return Delivery.objects.get(channel="sms")


def letters() -> int:
    return Delivery.objects.filter(channel="mail").count()


def test_a_message_that_arrived_was_seen_and_nothing_else_changes(here: Watch, gateway: FakeGateway) -> None:
    row = sent(here)
    assert call(gateway, gateway.report(NUMBER, "delivered")) == 204
    row.refresh_from_db()
    first = row.shown_at
    assert (row.state, first is not None) == ("handed-over", True)
    for later in ("delivered", "failed"):
        assert call(gateway, gateway.report(NUMBER, later)) == 204
    row.refresh_from_db()
    assert (row.state, row.shown_at, letters()) == ("handed-over", first, 0), "the first word counts"


def test_a_letter_leaves_once_for_a_message_that_failed(here: Watch, gateway: FakeGateway, settings: Settings) -> None:
    box = Mailbox()
    with mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        row = sent(here)
        for said in ("failed", "failed", "delivered"):
            assert call(gateway, gateway.report(NUMBER, said)) == 204
        with alerting():
            eventually(lambda: bool(box.letters), "a letter leaves")
            eventually(lambda: Delivery.objects.get(channel="mail").state == "handed-over", "it is marked")
    row.refresh_from_db()
    assert (row.state, row.fault, row.shown_at) == ("failed", "not-delivered", None)
    assert [letter["To"] for letter in box.letters] == [here.opal.email]


def test_nothing_leaves_for_somebody_who_has_answered(here: Watch, gateway: FakeGateway) -> None:
    row = sent(here)
    acknowledge_notice(notice=row.notice, now=utc_now(), by=here.opal.pk)
    assert call(gateway, gateway.report(NUMBER, "failed")) == 204
    assert letters() == 0


def test_a_report_that_comes_before_its_message_is_marked_is_to_be_sent_again(
    here: Watch, gateway: FakeGateway
) -> None:
    ring(here, kind=FORCED, now=utc_now())
    (claimed,) = claim_deliveries(channel=Channel.SMS, now=utc_now(), most=10)
    body = f'{{"reference": "{claimed.delivery}", "state": "failed"}}'.encode()
    assert call(gateway, body) == 503
    assert Delivery.objects.get(channel="sms").state == "queued"


def test_only_who_knows_the_key_reports_and_only_of_what_is_known(
    here: Watch, gateway: FakeGateway, settings: Settings
) -> None:
    row = sent(here)
    failed = gateway.report(NUMBER, "failed")
    assert call(gateway, failed, key="another-key-of-the-same-len") == 404
    for body in (b"", b"[", b'"x"', b"[1]", b"\xff\xfe", b"{" * 3000):
        assert call(gateway, body) == 422
    for reference in (str(uuid4()), "x", f"{row.notice_id}", "", "é" * 40):
        assert call(gateway, f'{{"reference": "{reference}", "state": "failed"}}'.encode()) == 204
    screen = Delivery.objects.filter(channel="screen").first()
    assert screen is not None
    assert call(gateway, f'{{"reference": "{screen.pk}", "state": "failed"}}'.encode()) == 204
    assert not Delivery.objects.filter(state="failed").exists()
    settings.BEFFROI_SMS = None
    assert call(gateway, failed) == 404
