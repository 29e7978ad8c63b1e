"""Two processes share the messages of one broker: what comes to one before its turn waits, briefly, for what the other holds."""

from pathlib import Path

import pytest

from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.models import Hole, HoleState
from beffroi.kernel.devices.rules import EARLY_MOST, ORDER_PATIENCE
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused, sequences


@pytest.fixture
def pair(tmp_path: Path, db: None) -> tuple[Desk, Desk]:
    """Two processes of one installation."""
    first = Desk(tmp_path, ORDER_PATIENCE)
    return first, Desk(tmp_path, ORDER_PATIENCE, first.town)


@pytest.fixture
def device(pair: tuple[Desk, Desk]) -> FieldDevice:
    return in_service(pair[0].town, now=NOW)


def test_a_log_dealt_to_two_processes_is_stored_in_order_and_opens_no_hole(
    pair: tuple[Desk, Desk], device: FieldDevice
) -> None:
    batches = [device.write("opened", "closed") for _index in range(9)]
    for index, batch in enumerate(batches):
        pair[index % 2].arrive(device, batch)
    rounds = 0
    while sequences(device)[-1:] != [device.last]:
        for desk in reversed(pair):
            desk.turn()
            assert not Hole.objects.exists()
        rounds += 1
        assert rounds <= len(batches)
    assert sequences(device) == list(range(1, device.last + 1))
    assert [desk.acknowledged for desk in pair] == [5, 4]
    assert refused() == {}


def test_what_waits_has_no_receipt_and_is_not_acknowledged(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    _first, second = device.write("boot"), device.write("opened")
    pair[1].hear(device, second)
    assert sequences(device) == []
    assert pair[1].acknowledged == 0
    assert pair[1].receipts(device) == []


def test_a_hole_opens_when_what_is_missing_stays_away(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    first, second, third = (device.write("opened") for _index in range(3))
    pair[0].hear(device, first)
    pair[1].hear(device, third)
    pair[1].now += ORDER_PATIENCE / 2
    pair[1].turn()
    assert not Hole.objects.exists()
    pair[1].now += ORDER_PATIENCE / 2
    pair[1].turn()
    assert (Hole.objects.get().first, Hole.objects.get().state) == (2, HoleState.OPEN)
    assert pair[1].acknowledged == 1
    assert pair[1].receipt(device).missing == ((2, 2),)
    pair[0].hear(device, second)
    assert not Hole.objects.exists()
    assert sequences(device) == [1, 2, 3]


def test_what_a_killed_process_held_back_comes_again_and_is_stored_once(
    pair: tuple[Desk, Desk], device: FieldDevice
) -> None:
    first, second = device.write("boot"), device.write("opened")
    pair[1].hear(device, second)
    del pair[1].ingest
    pair[0].hear(device, first)
    pair[0].hear(device, second)
    assert sequences(device) == [1, 2]
    assert pair[0].receipt(device).upto == 2


def test_only_so_many_wait(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    device.write("boot")
    lost = [device] + [in_service(pair[0].town, now=NOW, name=f"PM {number}") for number in range(2, 10)]
    for each in lost[1:]:
        each.write("boot")
    waiting = [(each, each.write("opened")) for _index in range(EARLY_MOST // len(lost) + 1) for each in lost]
    for each, batch in waiting[: EARLY_MOST + 1]:
        pair[1].hear(each, batch)
    assert Hole.objects.count() == 1
    assert pair[1].acknowledged >= 1


def test_a_forged_batch_far_ahead_waits_for_nobody(pair: tuple[Desk, Desk], device: FieldDevice) -> None:
    pair[0].hear(device, device.write("boot"))
    forger = FieldDevice(id=device.id, hashes=["A" * 43] * 900)
    pair[1].hear(device, forger.write("opened"))
    assert refused() == {"token-signature": 1}
    assert pair[1].acknowledged == 1
