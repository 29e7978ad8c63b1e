"""A room left open is told, a contact that is silent, weak or taken off too; whoever is away counts nobody's silence."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.contacts.actions.hearing import note_line
from beffroi.kernel.contacts.actions.registration import retire_contact, turn_contact
from beffroi.kernel.contacts.factories import (
    FULL,
    LINE,
    LOW,
    OFF,
    ON,
    OPENED,
    SHUT,
    hear,
    make_contact,
    uplink,
)
from beffroi.kernel.contacts.jobs import do_events, sweep
from beffroi.kernel.contacts.models import Contact, Line
from beffroi.kernel.contacts.rules import Alarm
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def town() -> UUID:
    return make_authority().pk


@pytest.fixture
def now() -> datetime:
    return utc_now()


def live() -> list[str]:
    return sorted(
        Alert.objects.filter(kind__startswith="contacts.", ended_at__isnull=True).values_list("kind", flat=True)
    )


def work(now: datetime) -> None:
    """The worker, until it has nothing more to do."""
    while do_events(lambda: now):
        continue
    do_deadlines(lambda: now)


def listen(town: UUID, *, since: datetime, now: datetime) -> None:
    note_line(authority=town, name=LINE, network="lorawan", since=since, fault="", now=now)


def test_a_room_left_open_is_told_until_it_is_shut(town: UUID, now: datetime) -> None:
    make_contact(town, now=now)
    hear(town, uplink(OPENED, at=now, counter=1), at=now)
    work(now + 29 * MINUTE)
    assert live() == []
    work(now + 30 * MINUTE)
    assert live() == [Alarm.OPEN]
    hear(town, uplink(SHUT, at=now + 40 * MINUTE, counter=2), at=now + 40 * MINUTE)
    work(now + 40 * MINUTE)
    assert live() == []


def test_a_room_that_was_shut_and_opened_again_has_its_minutes_again(town: UUID, now: datetime) -> None:
    make_contact(town, now=now)
    for minute, data in enumerate((OPENED, SHUT, OPENED)):
        hear(town, uplink(data, at=now + minute * MINUTE, counter=minute + 1), at=now + minute * MINUTE)
    work(now + 2 * MINUTE)
    work(now + 31 * MINUTE)
    assert live() == []
    work(now + 32 * MINUTE)
    assert live() == [Alarm.OPEN]


def test_an_opening_that_reached_us_late_is_late_all_the_same(town: UUID, now: datetime) -> None:
    make_contact(town, now=now - DAY)
    hear(town, uplink(OPENED, at=now - 31 * MINUTE, counter=1), at=now)
    work(now)
    assert live() == [Alarm.OPEN]


def test_a_contact_taken_off_its_door_is_told(town: UUID, now: datetime) -> None:
    make_contact(town, now=now)
    hear(town, uplink(OFF, at=now, counter=1), at=now)
    work(now)
    assert live() == [Alarm.TAMPERED]
    hear(town, uplink(ON, at=now, counter=2), at=now)
    work(now)
    assert live() == []


def test_a_contact_is_late_then_silent_then_heard_again(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    beat = timedelta(minutes=1080)  # a WS301's
    for silence, state, alerts in (
        (beat, "well", []),
        (beat * 1.5, "late", []),
        (beat * 3, "down", [Alarm.DOWN]),
    ):
        listen(town, since=now, now=now + silence)
        sweep(lambda at=now + silence: at)
        contact.refresh_from_db()
        assert (contact.condition, live()) == (state, alerts)
    listen(town, since=now, now=now + beat * 3 + MINUTE)
    hear(town, uplink(SHUT, at=now + beat * 3, counter=1), at=now + beat * 3 + MINUTE)
    sweep(lambda: now + beat * 3 + MINUTE)
    assert live() == []


def test_nobodys_silence_is_counted_while_nobody_listens(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    sweep(lambda: now + 10 * DAY)  # the last word on the broker is ten days old
    contact.refresh_from_db()
    assert contact.condition == "well"
    listen(town, since=now + 10 * DAY, now=now + 10 * DAY)
    sweep(lambda: now + 10 * DAY)
    contact.refresh_from_db()
    assert contact.condition == "well", "we have only just begun to listen"


def test_a_weak_battery_is_told_once_and_ends_with_a_new_one(town: UUID, now: datetime) -> None:
    make_contact(town, now=now)
    hear(town, uplink(LOW, at=now, counter=1), at=now)
    sweep(lambda: now)
    sweep(lambda: now)
    assert live() == [Alarm.BATTERY]
    assert Alert.objects.filter(kind=Alarm.BATTERY).count() == 1
    hear(town, uplink(FULL, at=now, counter=2), at=now)
    sweep(lambda: now)
    assert live() == []


def test_a_broker_that_the_file_names_no_more_is_forgotten(town: UUID, now: datetime) -> None:
    make_contact(town, now=now)
    sweep(lambda: now)
    assert not Line.objects.exists(), "these tests' settings name none"


def test_one_that_says_the_opposite_is_turned(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(OPENED, at=now, counter=1), at=now)
    turn_contact(authority=town, contact=contact.pk, by=None, now=now)
    contact.refresh_from_db()
    assert contact.door == "closed"
    hear(town, uplink(SHUT, at=now + MINUTE, counter=2), at=now + MINUTE)
    contact.refresh_from_db()
    assert contact.door == "open"
    work(now + 31 * MINUTE)
    assert live() == [Alarm.OPEN]


def test_one_that_is_taken_off_leaves_nothing_under_way(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(OPENED + LOW, at=now, counter=1), uplink(OFF, at=now, counter=2), at=now)
    work(now + 31 * MINUTE)
    sweep(lambda: now)
    assert live() == [Alarm.BATTERY, Alarm.OPEN, Alarm.TAMPERED]
    retire_contact(authority=town, contact=contact.pk, reason="replaced", by=None, now=now + 31 * MINUTE)
    assert live() == []
    hear(town, uplink(SHUT, at=now + 32 * MINUTE, counter=3), at=now + 32 * MINUTE)
    contact.refresh_from_db()
    assert contact.door == "open", "it is not listened to any more"
    assert make_contact(town, now=now).pk != contact.pk, "and may be put on another door"
    assert Contact.objects.count() == 2
