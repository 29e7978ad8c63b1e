"""What a device signed is stored once, in order, in whatever order and however often it comes; what is missing is a state."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.kernel.devices.factories import FieldDevice, in_service, town
from beffroi.kernel.devices.models import DeviceEvent, Head, Hole, HoleState, RefusedInput, SignedBatch, SinkTask
from beffroi.kernel.devices.registry import SINKS, register_sink
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused, sequences
from beffroi.protocol.v1.carriage import Ask, Events
from beffroi.protocol.v1.event import read_event
from beffroi.protocol.v1.events import event_hash
from beffroi.protocol.v1.frames import Hello

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path, db: None) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def device(desk: Desk) -> FieldDevice:
    return in_service(desk.town, now=NOW)


@pytest.fixture
def sink() -> Iterator[str]:
    register_sink("test-doors", ["opened", "closed"], lambda _event: None)
    yield "test-doors"
    del SINKS["test-doors"]


def test_events_arrive_once_and_the_receipt_says_so(desk: Desk, device: FieldDevice, sink: str) -> None:
    batch = device.write("boot", "opened", "closed", at=int(NOW.timestamp()))
    desk.hear(device, batch)
    desk.hear(device, batch, batch)
    assert sequences(device) == [1, 2, 3]
    assert SignedBatch.objects.count() == 1
    assert desk.acknowledged == 3
    assert desk.receipt(device).upto == 3
    assert desk.receipt(device).missing == ()
    assert list(SinkTask.objects.filter(sink=sink).order_by("sequence").values_list("sequence", flat=True)) == [2, 3]
    event = DeviceEvent.objects.get(device_id=device.id, sequence=2)
    assert (event.kind, event.at, event.boot) == ("opened", NOW, 1)


def test_a_stored_log_can_be_verified_again_from_its_rows(desk: Desk, device: FieldDevice) -> None:
    desk.hear(device, device.write("boot", "opened"), device.write("battery", level=80))
    before = device.hashes[0]
    for row in DeviceEvent.objects.filter(device_id=device.id).order_by("sequence"):
        event = read_event(json.loads(json.dumps(row.body)))
        before = event_hash(before, device=str(device.id), boot=row.boot, sequence=row.sequence, event=event)
        assert before == row.hash
    assert before == device.hashes[-1]


def test_a_hole_is_a_state_named_by_the_receipt_until_it_is_filled(desk: Desk, device: FieldDevice) -> None:
    first, missing, last = device.write("boot"), device.write("opened", "closed", "opened"), device.write("closed")
    desk.hear(device, first, last)
    hole = Hole.objects.get(device_id=device.id)
    assert (hole.first, hole.last, hole.state) == (2, 4, HoleState.OPEN)
    assert desk.receipt(device).missing == ((2, 4),)
    assert not desk.receipt(device).covers(3)
    desk.hear(device, missing)
    assert not Hole.objects.exists()
    assert sequences(device) == [1, 2, 3, 4, 5]
    assert desk.receipt(device).missing == ()


def test_a_hole_is_asked_for_again_until_it_is_filled(desk: Desk, device: FieldDevice) -> None:
    first, _missing, last = device.write("boot"), device.write("opened"), device.write("closed")
    desk.hear(device, first, last)
    desk.sent.clear()
    desk.ingest.round(desk.now)
    desk.ingest.round(desk.now)
    assert len(desk.receipts(device)) == 1
    desk.now += timedelta(seconds=31)
    desk.ingest.round(desk.now)
    assert len(desk.receipts(device)) == 2
    assert desk.receipt(device).missing == ((2, 2),)


def test_a_hole_filled_from_the_middle_closes_on_both_sides(desk: Desk, device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(6)]
    desk.hear(device, batches[0], batches[5])
    desk.hear(device, batches[2])
    assert desk.receipt(device).missing == ((2, 2), (4, 5))
    desk.hear(device, batches[4], batches[3], batches[1])
    assert sequences(device) == [1, 2, 3, 4, 5, 6]
    assert not Hole.objects.exists()
    assert refused() == {}


def test_what_the_device_says_it_lost_is_no_longer_missing(desk: Desk, device: FieldDevice) -> None:
    first, _lost, after = device.write("boot"), device.write("opened", "closed"), device.write("opened")
    desk.hear(device, first, after)
    assert desk.receipt(device).missing == ((2, 3),)
    desk.hear(device, device.write("lost", first=2, last=3))
    assert desk.receipt(device).missing == ()
    assert Hole.objects.get().state == HoleState.LOST


def test_what_was_lost_in_part_is_still_asked_for_in_part(desk: Desk, device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(5)]
    desk.hear(device, batches[0], batches[4], device.write("lost", first=2, last=3))
    assert desk.receipt(device).missing == ((4, 4),)
    desk.hear(device, batches[3])
    assert desk.receipt(device).missing == ()
    assert sequences(device) == [1, 4, 5, 6]


def test_a_batch_signed_by_another_key_is_refused(desk: Desk, device: FieldDevice) -> None:
    forger = FieldDevice(id=device.id)
    desk.hear(device, forger.write("opened"))
    assert sequences(device) == []
    assert refused() == {"token-signature": 1}
    assert desk.acknowledged == 1
    assert desk.sent[device.id] == []


def test_a_device_cannot_speak_for_another(desk: Desk, device: FieldDevice) -> None:
    other = in_service(desk.town, now=NOW, name="PM 2")
    desk.ingest.process([desk.message(device.id, "up/events", Events(other.write("opened")))], NOW)
    assert not DeviceEvent.objects.exists()
    assert refused() == {"device-other": 1}


def test_a_foreign_device_is_refused(desk: Desk, device: FieldDevice, tmp_path: Path) -> None:
    stranger = FieldDevice()
    desk.hear(stranger, stranger.write("opened"))
    elsewhere = town(tmp_path / "other", now=NOW, slug="melun")
    desk.ingest.process(
        [desk.message(device.id, "up/events", Events(device.write("opened")), authority=elsewhere.authority.id)], NOW
    )
    assert not DeviceEvent.objects.exists()
    assert refused() == {"device-unknown": 2}
    assert set(RefusedInput.objects.values_list("device_id", flat=True)) == {None, device.id}


def test_a_rewritten_log_is_refused(desk: Desk, device: FieldDevice) -> None:
    twin = FieldDevice(id=device.id, key=device.key)
    desk.hear(device, device.write("boot", "opened", "closed"))
    desk.hear(device, twin.write("boot", "closed", "opened"))
    assert refused() == {"events-forked": 1}
    unchained = replace(twin, hashes=[*twin.hashes[:3], "B" * 42 + "A"])
    desk.hear(device, unchained.write("forced", cause="door"))
    assert refused() == {"events-forked": 1, "events-chain": 1}
    assert sequences(device) == [1, 2, 3]
    assert list(DeviceEvent.objects.order_by("sequence").values_list("kind", flat=True)) == ["boot", "opened", "closed"]


def test_a_boot_counter_that_goes_back_is_refused(desk: Desk, device: FieldDevice) -> None:
    device.boot = 4
    desk.hear(device, device.write("boot"))
    device.boot = 3
    desk.hear(device, device.write("boot"))
    assert refused() == {"events-boot": 1}
    assert Head.objects.get(device_id=device.id).boot == 4


def test_more_holes_than_a_receipt_names_are_refused(desk: Desk, device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(140)]
    desk.hear(device, *batches[1::2])
    assert Hole.objects.count() == 64
    assert refused() == {"too-many-holes": 6}
    desk.hear(device, *batches)
    assert sequences(device) == list(range(1, 141))
    assert not Hole.objects.exists()


def test_hostile_input_is_counted_and_changes_nothing(desk: Desk, device: FieldDevice) -> None:
    good = device.write("boot")
    messages = [
        desk.message(device.id, "up/events", payload)
        for payload in (
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b'{"f":"events"}',
            b'{"f":"events","f":"events"}',
            b"[" * 70_000,
            b"x" * 200_000,
        )
    ]
    messages.append(desk.message(device.id, "up/events", Hello(1)))
    messages.append(desk.message(device.id, "up/events", Ask(str(device.id), 0, (0, 0))))
    messages.append(desk.message(device.id, "up/events", Events(good)))
    desk.ingest.process(messages, NOW)
    assert sequences(device) == [1]
    assert desk.acknowledged == len(messages)
    assert sum(refused().values()) == len(messages) - 1
