"""What contacts say is believed once, in its order; what nobody understands, and whoever is not registered, is shown and bounded."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from beffroi.kernel.contacts.actions.hearing import Arrived, take_messages
from beffroi.kernel.contacts.factories import (
    EUI,
    FULL,
    IEEE,
    LOW,
    OFF,
    ON,
    OPENED,
    SHUT,
    hear,
    make_contact,
    state,
    uplink,
)
from beffroi.kernel.contacts.models import Contact, ContactEvent, Stranger
from beffroi.kernel.contacts.rules import STRANGERS_KEPT, UNREAD_KEPT
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def town() -> UUID:
    return make_authority().pk


@pytest.fixture
def now() -> datetime:
    return utc_now()


def said(contact: Contact) -> list[str]:
    return list(ContactEvent.objects.filter(contact=contact).order_by("sequence").values_list("said", flat=True))


def test_a_door_opens_and_is_shut(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(SHUT, at=now, counter=1), at=now)
    hear(town, uplink(OPENED, at=now + MINUTE, counter=2), at=now + MINUTE)
    hear(town, uplink(OPENED + FULL, at=now + 2 * MINUTE, counter=3), at=now + 2 * MINUTE)
    hear(town, uplink(SHUT, at=now + 3 * MINUTE, counter=4), at=now + 3 * MINUTE)
    contact.refresh_from_db()
    assert said(contact) == ["closed", "opened", "closed"], "what changes nothing is no event"
    assert (contact.door, contact.door_since, contact.battery) == ("closed", now + 3 * MINUTE, 100)


def test_the_same_message_twice_changes_nothing(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    first, second = uplink(OPENED, at=now, counter=1), uplink(SHUT, at=now + MINUTE, counter=2)
    hear(town, first, second, at=now + MINUTE)
    hear(town, first, second, first, at=now + 2 * MINUTE)
    assert said(contact) == ["opened", "closed"]


def test_what_was_held_up_on_its_way_moves_no_door(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(SHUT, at=now + MINUTE, counter=9), at=now + MINUTE)
    hear(town, uplink(OPENED, at=now, counter=8), at=now + 5 * MINUTE)
    contact.refresh_from_db()
    assert contact.door == "closed"
    assert said(contact) == ["closed"]


def test_a_contact_that_joins_again_begins_its_count_again(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(OPENED, at=now, counter=500), at=now)
    hear(town, uplink("", at=now + MINUTE, event="join"), at=now + MINUTE)
    hear(town, uplink(SHUT, at=now + MINUTE, counter=0), at=now + MINUTE)
    assert said(contact) == ["opened", "closed"]
    # The same while nobody listened to the join: a later time, a smaller number.
    hear(town, uplink(OPENED, at=now + 2 * MINUTE, counter=40), at=now + 2 * MINUTE)
    hear(town, uplink(SHUT, at=now + 3 * MINUTE, counter=1), at=now + 3 * MINUTE)
    assert said(contact) == ["opened", "closed", "opened", "closed"]


def test_a_gateway_whose_clock_is_wrong_neither_stops_nor_dates_a_door(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(OPENED, at=now + timedelta(days=400), counter=1), at=now)
    hear(town, uplink(SHUT, at=now - timedelta(days=400), counter=2), at=now + MINUTE)
    contact.refresh_from_db()
    assert (contact.door, contact.door_since) == ("closed", now)
    assert all(event.at <= event.heard_at for event in ContactEvent.objects.all())


def test_an_hour_late_is_said_to_be_so(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now - timedelta(hours=2))
    hear(town, uplink(OPENED, at=now - timedelta(hours=1), counter=1), at=now)
    event = ContactEvent.objects.get(contact=contact)
    assert event.late
    assert event.at == now - timedelta(hours=1)


def test_missing_frames_are_counted(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(SHUT, at=now, counter=1), uplink(SHUT, at=now, counter=5), at=now)
    contact.refresh_from_db()
    assert contact.lost == 3


def test_a_contact_taken_off_its_door_says_so(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink(OFF, at=now, counter=1), uplink(ON, at=now + MINUTE, counter=2), at=now + MINUTE)
    assert said(contact) == ["tampered", "restored"]


def test_a_battery_runs_down_and_is_changed(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    for counter, (data, weak) in enumerate(((FULL, False), (LOW, True), (SHUT, True), (FULL, False)), start=1):
        hear(town, uplink(data, at=now, counter=counter), at=now)
        contact.refresh_from_db()
        assert contact.weak is weak


def test_a_zigbee_contact_says_shut_with_true(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now, label=f"0x{IEEE}", model="aqara-mccgq11lm")
    hear(town, state(at=now, contact=True, battery=97), state(at=now + MINUTE, contact=False), at=now + MINUTE)
    assert said(contact) == ["closed", "opened"]


def test_what_a_broker_had_kept_says_how_things_are_and_not_that_the_contact_lives(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now, label=f"0x{IEEE}", model="aqara-mccgq11lm")
    hear(town, state(contact=False, stored=True), at=now)
    contact.refresh_from_db()
    assert (contact.door, contact.heard_at) == ("open", None)


def test_what_nobody_understands_is_kept_for_whoever_looks_after_it(town: UUID, now: datetime) -> None:
    contact = make_contact(town, now=now)
    hear(town, uplink("99" * 200, at=now, counter=1), uplink("aabb", at=now, counter=2, port=77), at=now)
    contact.refresh_from_db()
    assert (contact.unread, contact.unread_code, contact.unread_times) == ("77:aabb", "port", 2)
    assert len(contact.unread) <= UNREAD_KEPT
    assert contact.heard_at == now, "it speaks all the same"
    assert contact.door == "unknown"


def test_strangers_are_listed_and_bounded(town: UUID, now: datetime) -> None:
    many = STRANGERS_KEPT + 5
    messages = [uplink(OPENED, at=now, counter=1, address=f"{number:016x}") for number in range(many)]
    take_messages(
        authority=town, arrived=[Arrived("campus", each, now + number * MINUTE) for number, each in enumerate(messages)]
    )
    assert Stranger.objects.count() == STRANGERS_KEPT
    assert not Stranger.objects.filter(address=f"{0:016x}").exists(), "the oldest make room"
    last = Stranger.objects.order_by("-last_at")[0]
    assert (last.label, last.hint, last.times) == ("porte-7", "WS301", 1)
    make_contact(town, now=now, label=last.address)
    assert not Stranger.objects.filter(address=last.address).exists(), "no stranger once it is registered"


def test_another_towns_contact_is_a_stranger_here(town: UUID, now: datetime) -> None:
    other = make_authority("provins").pk
    contact = make_contact(other, now=now)
    hear(town, uplink(OPENED, at=now, counter=1), at=now)
    contact.refresh_from_db()
    assert contact.door == "unknown"
    assert Stranger.objects.get().address == EUI
