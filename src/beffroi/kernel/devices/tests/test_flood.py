"""A device that sends more than any has to say: it slows nobody down, it is counted, and an honest one loses nothing by it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.topics import UP_ASK, Topic
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.ingest.waiting import ALLOWANCES_MOST, Waiting
from beffroi.kernel.devices.models import Hole
from beffroi.kernel.devices.rules import MESSAGES_A_SECOND, MESSAGES_AT_ONCE, Allowance
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused, sequences


@pytest.fixture
def desk(tmp_path: Path, db: None) -> Desk:
    return Desk(tmp_path)


def test_whoever_waits_is_served_in_the_next_turn_however_much_others_send(desk: Desk) -> None:
    flooding = [in_service(desk.town, now=NOW, name=f"PM {number}") for number in range(3)]
    honest = in_service(desk.town, now=NOW, name="PM 9")
    for device in flooding:
        batch = device.write("opened")
        desk.arrive(device, *[batch] * 2_000)
    desk.arrive(honest, honest.write("boot"), honest.write("opened"))
    desk.turn()
    assert sequences(honest) == [1, 2]
    assert desk.receipt(honest).upto == 2


def test_what_a_flood_brings_is_counted_and_the_broker_is_rid_of_it(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    batch = device.write("opened")
    desk.arrive(device, *[batch] * (MESSAGES_AT_ONCE + 700))
    assert desk.acknowledged == 700
    desk.ingest.round(NOW)
    desk.ingest.round(NOW)
    assert refused() == {"flood": 700}
    desk.turn()
    assert sequences(device) == [1]


def test_who_is_not_ours_floods_in_vain(desk: Desk) -> None:
    stranger = FieldDevice()
    batch = stranger.write("opened")
    desk.arrive(stranger, *[batch] * (MESSAGES_AT_ONCE + 1))
    desk.turn()
    desk.ingest.round(NOW)
    assert refused() == {"device-unknown": MESSAGES_AT_ONCE, "flood": 1}


def test_an_honest_device_with_much_to_say_sends_it_again_and_loses_nothing(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    batches = [device.write("opened", "closed") for _index in range(MESSAGES_AT_ONCE + 60)]
    waited = 0
    while not sequences(device) or sequences(device)[-1] < device.last or Hole.objects.exists():
        known = set(sequences(device))
        desk.arrive(device, *[batch for index, batch in enumerate(batches) if 2 * index + 1 not in known])
        desk.turn()
        desk.now += timedelta(seconds=1)
        waited += 1
        assert waited <= 60 / MESSAGES_A_SECOND + 2
    assert sequences(device) == list(range(1, device.last + 1))
    desk.ingest.round(desk.now)
    assert set(refused()) == {"flood"}


class Compared(datetime):
    """A moment that counts how often it is held against another."""

    times: ClassVar[int] = 0

    def __sub__(self, other: object) -> timedelta:  # type: ignore[override]  # of what `datetime` takes, only another moment comes
        Compared.times += 1
        return super().__sub__(other)  # type: ignore[call-overload, no-any-return]  # as above


def test_however_many_speak_a_message_costs_the_same_and_nobody_is_let_off() -> None:
    def says(message: Message, times: int = 1) -> int:
        return sum(line.admit(message) for _index in range(times))

    Compared.times, messages, authority = 0, ALLOWANCES_MOST + 2_000, uuid4()
    now = Compared.combine(NOW.date(), NOW.timetz())
    line = Waiting(1, lambda: now)
    flooding = Message(Topic(authority, uuid4(), UP_ASK), b"", lambda: None)
    assert says(flooding, MESSAGES_AT_ONCE + 1) == MESSAGES_AT_ONCE
    assert (
        sum(says(Message(Topic(authority, uuid4(), UP_ASK), b"", lambda: None)) for _index in range(messages))
        == messages
    )
    assert Compared.times < 3 * messages
    assert says(flooding) == 0


@given(st.lists(st.floats(0, 3), max_size=400))
def test_in_any_while_no_more_is_admitted_than_its_length_allows(pauses: list[float]) -> None:
    now, allowance, admitted = NOW, Allowance(MESSAGES_AT_ONCE, NOW), list[float]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        allowance, enough = allowance.spend(now)
        if enough:
            admitted.append((now - NOW).total_seconds())
    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            most = MESSAGES_AT_ONCE + MESSAGES_A_SECOND * (admitted[last] - admitted[first])
            assert last - first + 1 <= most + 1e-6


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    allowance, enough = Allowance(1, NOW).spend(NOW - timedelta(days=1))
    assert enough
    allowance, enough = allowance.spend(NOW - timedelta(days=1))
    assert not enough
    _, enough = allowance.spend(NOW - timedelta(days=1) + timedelta(seconds=1))
    assert enough
