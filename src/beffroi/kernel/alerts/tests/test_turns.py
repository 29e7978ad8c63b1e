"""A mail server takes few letters at once: who waits for a turn is written to once, however long the others take."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from beffroi.adapters.mail.sender import CONNECTIONS
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push.fake import FakePushService
from beffroi.kernel.alerts.actions.delivery import LEASE, LEASES, Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.couriers import Couriers, with_contents
from beffroi.kernel.alerts.factories import Watch, crowd, ring, ringing, watch
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.alerts.tests.outside import SlowMailbox, alerting, eventually, mail_server, phone_of
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.handover import LATE
from beffroi.lib.viewer import Role

MANY = 40


@pytest.fixture
def slow(own_database: ConnectionInfo, settings: Settings) -> Iterator[SlowMailbox]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    box = SlowMailbox()
    with ringing(), mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        yield box
        box.may.set()


@pytest.fixture
def town(slow: SlowMailbox) -> Watch:
    return watch(now=utc_now())


def test_a_mail_server_that_takes_its_time_brings_each_letter_once(town: Watch, slow: SlowMailbox) -> None:
    crowd(town.police, MANY - 1, now=utc_now(), role=Role.OPERATOR)
    moved = [timedelta()]
    with alerting(lambda: utc_now() + moved[0]):
        ring(town, now=utc_now())
        eventually(lambda: slow.asked == CONNECTIONS, "it has as many as it gets at once")
        claimed = Delivery.objects.filter(channel="mail", attempts__gt=0)
        eventually(lambda: claimed.count() > CONNECTIONS, "others wait for their turn")
        assert claimed.count() <= 4 * CONNECTIONS, "and no more than may have it in time"
        moved[0] = LEASES[Channel.MAIL] / 2
        slow.may.set()
        eventually(lambda: not Delivery.objects.filter(channel="mail", state="queued").exists(), "all are marked")
    assert len({letter["To"] for letter in slow.letters}) == len(slow.letters) == MANY
    assert set(Delivery.objects.filter(channel="mail").values_list("attempts", flat=True)) == {1}


def carried(channel: Channel, clock: Clock, claimed_at: Clock, *, stopped: bool = False) -> list[Attempted]:
    """What becomes, at that moment, of what was claimed at the other one."""

    async def run() -> list[Attempted]:
        async with Couriers(clock) as couriers:
            if stopped:
                couriers.stop()
            return [Attempted(each, await couriers.carry(each, content)) for each, content in rows]

    rows = with_contents(claim_deliveries(channel=channel, now=claimed_at(), most=10), claimed_at())
    return asyncio.run(run())


@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.PUSH])
def test_one_whose_turn_comes_too_late_goes_back_unsent_and_uncounted(
    town: Watch, slow: SlowMailbox, channel: Channel
) -> None:
    with FakePushService(utc_now).running() as service:
        if channel is Channel.PUSH:
            phone_of(town.opal.pk, service, utc_now())
        now = utc_now()
        ring(town, now=now)
        late = now + LEASES[channel] - LEASE / 4
        (attempted,) = carried(channel, lambda: late, lambda: now)
        assert attempted.handover == LATE
        assert (slow.asked, service.asked.total()) == (0, 0)
        note_attempts(attempts=[attempted], now=late)
        row = Delivery.objects.get(channel=channel.value)
        assert (row.state, row.attempts, row.due_at, row.fault) == ("queued", 0, late, "")
        (again,) = claim_deliveries(channel=channel, now=late, most=10)
        assert again.attempt == 1
        note_attempts(attempts=[attempted], now=late)
        row.refresh_from_db()
        assert (row.attempts, row.due_at) == (1, again.until), "what somebody else has isn't given back"


def test_an_alerter_that_is_told_to_stop_begins_nothing_more(town: Watch, slow: SlowMailbox) -> None:
    crowd(town.police, MANY - 1, now=utc_now(), role=Role.OPERATOR)
    letters = Delivery.objects.filter(channel="mail")
    with alerting() as stop:
        ring(town, now=utc_now())
        eventually(lambda: slow.asked == CONNECTIONS, "it has as many as it gets at once")
        eventually(lambda: letters.filter(attempts__gt=0).count() > CONNECTIONS, "others wait for their turn")
        stop()
        slow.may.set()
    assert slow.asked == CONNECTIONS


@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.PUSH])
def test_what_has_not_left_when_it_is_told_to_stop_goes_back(town: Watch, slow: SlowMailbox, channel: Channel) -> None:
    with FakePushService(utc_now).running() as service:
        if channel is Channel.PUSH:
            phone_of(town.opal.pk, service, utc_now())
        now = utc_now()
        ring(town, now=now)
        (attempted,) = carried(channel, lambda: now, lambda: now, stopped=True)
        assert attempted.handover == LATE
        assert (slow.asked, service.asked.total()) == (0, 0)
        note_attempts(attempts=[attempted], now=now)
        assert Delivery.objects.get(channel=channel.value).attempts == 0
