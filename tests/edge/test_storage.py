"""A bounded memory: what goes is the oldest, and the log says so; a flood of refusals pushes nothing out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.edge.device.allowance import BURST
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.frames import RefusedFrame
from tests.edge.street import Lock
from tests.edge.town import LOCK, Town, allow

CAPACITY = 16


@pytest.fixture
def small(town: Town, tmp_path: Path) -> Iterator[Lock]:
    with Lock.build(town, tmp_path / "lock", "--clock", "body", "--capacity", str(CAPACITY)) as running:
        running.set_time()
        yield running


def lost(event: Event) -> set[int]:
    first, last = event.get("first"), event.get("last")
    assert isinstance(first, int)
    assert isinstance(last, int)
    return set(range(first, last + 1))


def test_the_oldest_go_and_lost_says_which(small: Lock) -> None:
    """Every sequence is either still there or named by a `lost` that is; the chain closes over what went."""
    for number in range(60):
        small.hands.do("battery", level=90 if number % 2 else 50)
        state = small.state()
        assert isinstance(state["waiting"], int)
        assert state["waiting"] <= CAPACITY
    log = small.log()
    assert log.batches[0].first > 1
    gone = set().union(*(lost(event) for event in log.of("lost")))
    kept = set(log.events)
    assert gone == set(range(1, min(kept)))
    assert kept == set(range(min(kept), log.head.sequence + 1))


def test_it_opens_with_a_full_memory_and_the_opening_is_there(small: Lock, town: Town) -> None:
    small.bring(revocation=town.revocations(1))
    for number in range(40):
        small.hands.do("battery", level=90 if number % 2 else 50)
    with small.connect() as connection:
        result = allow(town.technician().phone().open(connection.exchange, LOCK))
    assert result.admitted
    assert small.log().events[result.sequence].kind == "use-admitted"


def test_a_receipt_makes_room_and_leaves_the_holes(small: Lock, town: Town) -> None:
    for number in range(6):
        small.hands.do("battery", level=90 if number % 2 else 50)
    head = small.log().head
    assert small.bring(receipt=town.receipt(head, missing=((2, 3), (5, 5)))) == {"receipt": "taken"}
    assert small.state()["waiting"] == 3
    assert small.bring(receipt=town.receipt(head)) == {"receipt": "taken"}
    assert small.state()["waiting"] == 0
    assert small.bring(receipt=town.receipt(head, missing=((2, 3),))) == {"receipt": "taken"}
    assert small.hands.do("battery", level=10)["waiting"] == 1


def test_a_receipt_that_is_not_about_this_log_is_refused(small: Lock, town: Town) -> None:
    head = small.log().head
    ahead = type(head)(head.sequence + 1, head.hash, head.boot)
    forked = type(head)(head.sequence, "B" * 42 + "A", head.boot)
    assert small.bring(receipt=town.receipt(ahead)) == {"receipt": "receipt-ahead"}
    assert small.bring(receipt=town.receipt(forked)) == {"receipt": "receipt-forked"}
    assert small.bring(receipt=town.receipt(head, device="armoire-0099")) == {"receipt": "device-other"}
    assert small.state()["waiting"] == head.sequence


def test_a_flood_of_refusals_is_visible_and_pushes_nothing_out(lock: Lock, town: Town) -> None:
    before = lock.state()["waiting"]
    assert isinstance(before, int)
    for _ in range(BURST // 8 + 2):
        with lock.connect() as connection:
            for _ in range(8):
                assert connection.exchange_bytes(b"{}") == RefusedFrame(Reason.FRAME_TYPE)
    state = lock.state()
    assert state["waiting"] == before + BURST
    assert state["unrecorded"] == 16
    with lock.connect() as connection:
        assert allow(town.technician().phone().open(connection.exchange, LOCK)).admitted
    lock.hands.do("advance", seconds=60)
    with lock.connect() as connection:
        connection.exchange_bytes(b"{}")
    assert lock.log().kinds[-2:] == ["use-admitted", "use-refused"]
