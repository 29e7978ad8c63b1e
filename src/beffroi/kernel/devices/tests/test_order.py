"""Two processes share the messages of one broker: what one stores may be ahead of what the other holds, and nobody is told of it."""

from pathlib import Path

import pytest

from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.models import Hole, HoleState
from beffroi.kernel.devices.rules import ORDER_PATIENCE
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused, sequences
from beffroi.protocol.v1.carriage import Ask


@pytest.fixture
def pair(tmp_path: Path, db: None) -> tuple[Desk, Desk]:
    """Two processes of one installation."""
    first = Desk(tmp_path, ORDER_PATIENCE)
    return first, Desk(tmp_path, ORDER_PATIENCE, first.town)


@pytest.fixture
def device(pair: tuple[Desk, Desk]) -> FieldDevice:
    return in_service(pair[0].town, now=NOW)


def test_a_log_dealt_to_two_processes_is_stored_and_nothing_is_asked_for_again(
    pair: tuple[Desk, Desk], device: FieldDevice
) -> None:
    batches = [device.write("opened", "closed") for _index in range(9)]
    for index, batch in enumerate(batches):
        pair[index % 2].arrive(device, batch)
    for desk in reversed(pair):
        desk.turn()
        desk.ingest.round(NOW)
    assert sequences(device) == list(range(1, device.last + 1))
    assert not Hole.objects.exists()
    assert [desk.acknowledged for desk in pair] == [5, 4]
    assert refused() == {}
    assert pair[1].receipts(device) == []
    assert (pair[0].receipt(device).upto, pair[0].receipt(device).missing) == (18, ())


def test_a_receipt_stops_before_a_young_hole(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    first, _second, third = device.write("boot", "opened"), device.write("closed"), device.write("opened")
    pair[0].hear(device, first)
    pair[1].hear(device, third)
    receipt = pair[1].receipt(device)
    assert (receipt.upto, receipt.missing) == (2, ())
    assert not receipt.covers(4)


def test_a_device_that_asks_is_not_told_of_a_young_hole(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    first, _second, third = (device.write("opened") for _index in range(3))
    pair[0].hear(device, first)
    pair[1].hear(device, third)
    ask = pair[1].message(device.id, "up/ask", Ask(str(device.id), 0, (0, 0)))
    pair[1].sent.clear()
    pair[1].ingest.process([ask], NOW)
    assert (pair[1].receipt(device).upto, pair[1].receipt(device).missing) == (1, ())
    pair[1].ingest.process([ask], NOW + ORDER_PATIENCE)
    assert (pair[1].receipt(device).upto, pair[1].receipt(device).missing) == (3, ((2, 2),))


def test_a_device_told_again_of_an_old_hole_is_told_nothing_of_a_young_one(
    pair: tuple[Desk, Desk], device: FieldDevice
) -> None:
    batches = [device.write("opened") for _index in range(6)]
    pair[0].hear(device, batches[0], batches[2])
    pair[1].now = NOW + ORDER_PATIENCE
    pair[1].hear(device, batches[3], batches[5])
    pair[0].sent.clear()
    pair[0].ingest.round(pair[1].now)
    assert (pair[0].receipt(device).upto, pair[0].receipt(device).missing) == (4, ((2, 2),))
    pair[0].ingest.round(pair[1].now + ORDER_PATIENCE)
    assert (pair[0].receipt(device).upto, pair[0].receipt(device).missing) == (6, ((2, 2), (5, 5)))


def test_what_stays_away_is_asked_for(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    first, second, third = (device.write("opened") for _index in range(3))
    pair[0].hear(device, first)
    pair[1].hear(device, third)
    pair[1].sent.clear()
    pair[1].ingest.round(NOW + ORDER_PATIENCE / 2)
    assert pair[1].receipts(device) == []
    pair[1].ingest.round(NOW + ORDER_PATIENCE)
    assert pair[1].receipt(device).missing == ((2, 2),)
    assert (Hole.objects.get().first, Hole.objects.get().state, Hole.objects.get().since) == (2, HoleState.OPEN, NOW)
    pair[0].hear(device, second)
    assert not Hole.objects.exists()
    assert pair[0].receipt(device).upto == 3


def test_an_old_hole_is_named_before_a_young_one(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(6)]
    pair[0].hear(device, batches[0], batches[2])
    pair[1].now = NOW + ORDER_PATIENCE
    pair[1].hear(device, batches[3], batches[5])
    receipt = pair[1].receipt(device)
    assert (receipt.upto, receipt.missing) == (4, ((2, 2),))
    assert [(hole.first, hole.since) for hole in Hole.objects.order_by("first")] == [(2, NOW), (5, pair[1].now)]


def test_a_hole_that_is_filled_in_part_keeps_its_age(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(5)]
    pair[0].hear(device, batches[0], batches[4])
    pair[1].now = NOW + ORDER_PATIENCE
    pair[1].hear(device, batches[2])
    assert [(hole.first, hole.last, hole.since) for hole in Hole.objects.order_by("first")] == [
        (2, 2, NOW),
        (4, 4, NOW),
    ]
    assert pair[1].receipt(device).missing == ((2, 2), (4, 4))


def test_both_store_what_comes_to_both_once(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    batches = [device.write("opened") for _index in range(4)]
    pair[0].hear(device, batches[0], batches[3], batches[1])
    pair[1].hear(device, *reversed(batches))
    assert sequences(device) == [1, 2, 3, 4]
    assert pair[1].receipt(device).upto == 4
    assert refused() == {}
