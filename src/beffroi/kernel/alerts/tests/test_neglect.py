"""A worker that lives and doesn't do its work is noticed as well; and what it does for the alerter never hides that it lives."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.mail.sender import CONNECTIONS
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.actions.delivery import beat
from beffroi.kernel.alerts.actions.watching import watch_worker
from beffroi.kernel.alerts.factories import FORCED, MINUTE, OPEN, Watch, crowd, ring, ringing, watch
from beffroi.kernel.alerts.models import Alert, Delivery, Heartbeat
from beffroi.kernel.alerts.queries.watching import ALERTER_DOWN, WORKER, WORKER_DOWN
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.alerts.tests.outside import SlowMailbox, eventually, mail_server
from beffroi.kernel.alerts.watcher import watch as look
from beffroi.kernel.deadlines.jobs import do_deadlines, fire, handle
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import HERE

A_TOWNS_ADMINISTRATORS = 2 * CONNECTIONS + 1


@pytest.fixture
def town(own_database: ConnectionInfo) -> Iterator[Watch]:
    with ringing():
        yield watch(now=utc_now())


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0]) > 0


def test_a_handler_that_is_stuck_is_noticed_by_what_lies_behind_it(
    town: Watch, own_database: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = utc_now() - 36 * MINUTE
    ring(town, now=since)
    ring(town, now=since, kind=OPEN)

    def neglected(after: timedelta) -> bool:
        beat(part=WORKER, now=since + after)
        return watch_worker(now=since + after)

    def work() -> None:
        handle(lambda: since + 6 * MINUTE)
        connection.close()

    with psycopg.connect(own_database.app_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT FROM alerts_notice WHERE kind = %s FOR UPDATE", [FORCED])
        fire(lambda: since + 6 * MINUTE)
        stuck = pool.submit(work)
        eventually(somebody_waits, "the handler is stuck")
        fire(lambda: since + 31 * MINUTE)
        assert neglected(32 * MINUTE) is False, "it may be handled yet"
        assert neglected(34 * MINUTE) is True
        alert = Alert.objects.get(kind=WORKER_DOWN, ended_at=None)
        assert alert.facts["why"] == "left-lying"
        assert "lie there" in message_for(alert.notice, "en").body
        beat(part=WORKER, now=utc_now())
        HERE.forget()
        told = Client(headers={"host": "localhost"}).get("/healthz")
        assert (told.status_code, told.json()["alerts"]["worker"]) == (503, "left-lying")
        assert "messages.worker-left-lying" in [each["code"] for each in told.json()["findings"]]
        other.rollback()
        stuck.result()
    do_deadlines(lambda: since + 35 * MINUTE)
    assert neglected(36 * MINUTE) is False
    assert not Alert.objects.filter(kind=WORKER_DOWN, ended_at=None).exists()


def test_a_handler_may_take_an_hour_and_no_more(town: Watch, own_database: ConnectionInfo) -> None:
    since = utc_now()
    ring(town, now=since)

    def neglected(after: timedelta) -> bool:
        beat(part=WORKER, now=since + after)
        return watch_worker(now=since + after)

    def work() -> None:
        do_deadlines(lambda: since + 5 * MINUTE)
        connection.close()

    with psycopg.connect(own_database.app_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT FROM alerts_notice WHERE kind = %s FOR UPDATE", [FORCED])
        stuck = pool.submit(work)
        eventually(somebody_waits, "the handler is stuck")
        assert neglected(60 * MINUTE) is False
        assert neglected(67 * MINUTE) is True
        other.rollback()
        stuck.result()


def test_a_mail_server_that_hangs_is_asked_by_few_letters_at_once(town: Watch, settings: Settings) -> None:
    crowd(town.authority.organisation, A_TOWNS_ADMINISTRATORS - 1, now=utc_now(), role=Role.ADMINISTRATOR)
    now = utc_now()
    ring(town, now=now - 3 * MINUTE)
    box, letters = SlowMailbox(), Delivery.objects.filter(notice__kind=ALERTER_DOWN, channel="mail")

    def work() -> None:
        assert look(lambda: now) is True
        connection.close()

    with mail_server(box) as url, ThreadPoolExecutor(1) as pool:
        settings.BEFFROI_SMTP_URL = url
        done = pool.submit(work)
        eventually(lambda: box.asked == CONNECTIONS, "as many as leave at once")
        assert Heartbeat.objects.get(part=WORKER).at == now, "it said that it lives"
        assert letters.filter(attempts__gt=0).count() == CONNECTIONS, "the others wait for a turn of theirs"
        box.may.set()
        done.result()
    assert len({letter["To"] for letter in box.letters}) == len(box.letters) == A_TOWNS_ADMINISTRATORS
    assert not letters.exclude(state="handed-over").exists()
