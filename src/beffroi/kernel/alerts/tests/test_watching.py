"""The alerter's death is noticed by the worker, the worker's by the alerter, and both by /healthz: processes really stopped, time given."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push.fake import FakePushService
from beffroi.kernel.alerts.actions.delivery import beat
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.actions.watching import watch_worker
from beffroi.kernel.alerts.factories import ring, ringing, watch
from beffroi.kernel.alerts.models import Alert, Delivery, Heartbeat
from beffroi.kernel.alerts.queries.watching import ALERTER_DOWN, WORKER, WORKER_DOWN, standing
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server, phone_of
from beffroi.kernel.alerts.watcher import watch as look
from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import HERE

if TYPE_CHECKING:
    from beffroi.kernel.alerts.factories import Watch

Start = Callable[[], subprocess.Popen[bytes]]
A_MINUTE = timedelta(seconds=61)


@pytest.fixture
def town(own_database: ConnectionInfo, settings: Settings) -> Iterator["Watch"]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with ringing():
        yield watch(now=utc_now())


@pytest.fixture
def start(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Start]:
    """A real `beffroi alerter`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DJANGO_"))}
    variables = kept | {
        "BEFFROI_HOME": str(tmp_path),
        "DATABASE_URL": own_database.app_url,
        "BEFFROI_INTERNAL_HOSTS": "127.0.0.1",
    }
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "alerter.log").open("wb"))

        def run() -> subprocess.Popen[bytes]:
            process = subprocess.Popen([sys.executable, "-m", "beffroi", "alerter"], env=variables, stderr=log)
            stack.callback(process.wait, 60)
            stack.callback(process.kill)
            return process

        yield run


def live(kind: str) -> bool:
    return Alert.objects.filter(kind=kind, ended_at=None).exists()


def nobody(town: "Watch", now: datetime) -> None:
    """An alert of a kind that the real programs know: it goes to the administrators."""
    raise_alert(
        authority=town.authority.pk,
        kind="alerts.nobody",
        subject=town.police.pk,
        resource=None,
        where=None,
        since=now,
        organisation=None,
        convention=None,
        facts={"audience": "Police", "target": ""},
        now=now,
    )


def test_a_killed_alerter_is_noticed_told_on_screens_and_by_mail_and_its_return_ends_it(
    town: "Watch", start: Start, settings: Settings
) -> None:
    process = start()
    eventually(lambda: Heartbeat.objects.filter(part="alerter").exists(), "the alerter says that it lives")
    with FakePushService(utc_now).running() as service:
        phone = phone_of(town.administrator.pk, service, utc_now())
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        nobody(town, utc_now())
        now = utc_now()
        assert look(lambda: now) is False, "silent for a moment only"
        box = Mailbox()
        with mail_server(box) as url:
            settings.BEFFROI_SMTP_URL = url
            assert look(lambda: now + A_MINUTE) is True
            assert live(ALERTER_DOWN)
            assert look(lambda: now + A_MINUTE) is True, "still, and nothing is said twice"
        (letter,) = box.letters
        assert letter["To"] == town.administrator.email
        assert "waits" in str(letter.get_body(("plain",))) or "attend" in str(letter.get_body(("plain",)))
        assert Delivery.objects.filter(notice__kind=ALERTER_DOWN, channel="screen").count() == 1
        start()
        eventually(lambda: bool(service.messages(phone)), "what waited is sent by the next one")
        eventually(lambda: not standing(utc_now()).queued, "all of it")
        look(utc_now)
        assert not live(ALERTER_DOWN)


def test_no_alert_where_nothing_waits(town: "Watch") -> None:
    beat(part="alerter", now=utc_now() - timedelta(hours=1))
    assert look(utc_now) is False


def test_work_that_lies_there_is_noticed_though_an_alerter_lives(town: "Watch") -> None:
    now = utc_now()
    ring(town, now=now - timedelta(minutes=3))
    beat(part="alerter", now=now)
    assert standing(now).trouble == "left-lying"
    assert look(lambda: now) is True
    assert Alert.objects.get(kind=ALERTER_DOWN).facts["why"] == "left-lying"


def test_without_a_mail_server_the_letter_says_so_and_the_screen_has_it(town: "Watch", settings: Settings) -> None:
    settings.BEFFROI_SMTP_URL = None
    now = utc_now()
    ring(town, now=now - timedelta(minutes=3))
    assert look(lambda: now) is True
    (row,) = Delivery.objects.filter(notice__kind=ALERTER_DOWN, channel="mail")
    assert (row.state, row.fault) == ("failed", "mail-not-configured")


def test_a_worker_that_says_nothing_any_more_is_noticed_by_the_alerter_and_told_by_it(town: "Watch") -> None:
    with FakePushService(utc_now).running() as service:
        phone = phone_of(town.administrator.pk, service, utc_now())
        beat(part=WORKER, now=utc_now() - timedelta(hours=8))
        moved = [timedelta()]
        with alerting(lambda: utc_now() + moved[0]):
            eventually(lambda: Heartbeat.objects.filter(part="alerter").exists(), "the alerter looks around")
            assert not live(WORKER_DOWN), "a town that starts gives its worker time to"
            moved[0] = A_MINUTE
            eventually(lambda: len(service.messages(phone)) == 1, "the administrator's phone is told")
            assert live(WORKER_DOWN)
            beat(part=WORKER, now=utc_now() + moved[0])
            watch_worker(now=utc_now() + moved[0])
            eventually(lambda: len(service.messages(phone)) == 2, "and that it is back")
    assert not live(WORKER_DOWN)


def test_a_town_whose_worker_never_ran_is_not_told_so(town: "Watch") -> None:
    assert watch_worker(now=utc_now()) is False


def test_health_says_that_messages_lie_there(town: "Watch") -> None:
    HERE.forget()
    client = Client(headers={"host": "localhost"})
    assert client.get("/healthz").json()["alerts"]["trouble"] == ""
    ring(town, now=utc_now() - timedelta(minutes=3))
    told = client.get("/healthz")
    assert (told.status_code, told.json()["alerts"]["trouble"]) == (503, "left-lying")
    assert "messages.left-lying" in [each["code"] for each in told.json()["findings"]]


def test_a_killed_alerter_loses_nothing_and_repeats_at_most_one_message_a_phone(town: "Watch", start: Start) -> None:
    with FakePushService(utc_now).running() as service:
        phones = [phone_of(town.administrator.pk, service, utc_now()) for _ in range(10)]
        for _round in range(3):
            process = start()
            nobody(town, utc_now())
            eventually(lambda: bool(service.asked.total()), "it has begun")
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        start()
        eventually(lambda: all(service.messages(phone) for phone in phones), "every phone is told")
    for phone in phones:
        tags = {str(message["tag"]) for message in service.messages(phone) if isinstance(message, dict)}
        assert len(tags) == 1, "what came twice takes its own place"
