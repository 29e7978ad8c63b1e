"""A lock on the air: phones open it by Bluetooth as they do on its port, however short the packets are, and whoever misbehaves
keeps nobody out.
"""

from collections.abc import Iterator

import pytest

from beffroi.edge.lock.gatt import PART_BYTES
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import LENGTH_BYTES, Hello, RefusedFrame, enclose, encode_frame
from beffroi.simulator.air import LONGEST_MTU, SHORTEST_MTU, Air, GattConnection
from beffroi.simulator.phone import Phone
from tests.edge.street import PATIENCE, Lock
from tests.edge.town import LOCK, Town, allow

HELLO = enclose(encode_frame(Hello(1)))


@pytest.fixture(scope="module")
def air() -> Iterator[Air]:
    with Air(patience=PATIENCE) as air:
        yield air


@pytest.fixture(scope="module")
def street(air: Air, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Lock]]:
    """A town and one lock of it on the air, for all tests."""
    town = Town()
    options = ("--clock", "body", "--frame-seconds", str(PATIENCE), "--hci", air.controller())
    with Lock.build(town, tmp_path_factory.mktemp("air") / "lock", *options) as lock:
        lock.set_time()
        assert lock.bring(revocation=town.revocations(1)) == {"revocation": "taken"}
        yield town, lock


@pytest.fixture
def locked(street: tuple[Town, Lock]) -> Lock:
    """The lock, some time after whoever came last."""
    _, lock = street
    lock.hands.do("advance", seconds=20)
    assert lock.state()["latch"] == "locked"
    return lock


def opens(connection: GattConnection, phone: Phone, lock: Lock) -> bool:
    return allow(phone.open(connection.exchange, LOCK)).admitted and lock.state()["latch"] == "unlocked"


@pytest.mark.parametrize("mtu", [185, LONGEST_MTU])
def test_a_technician_opens_it(air: Air, street: tuple[Town, Lock], locked: Lock, mtu: int) -> None:
    with air.connect(LOCK, mtu=mtu) as connection:
        assert opens(connection, street[0].technician().phone(), locked)


@pytest.mark.parametrize("mtu", [SHORTEST_MTU, PART_BYTES + 1])
def test_the_shortest_packets_carry_it_and_those_that_hold_a_part_exactly(
    air: Air, street: tuple[Town, Lock], mtu: int
) -> None:
    with air.connect(LOCK, mtu=mtu) as connection:
        assert allow(street[0].technician().phone().meet(connection.exchange, LOCK)).challenge.gate == LOCK


def test_two_phones_one_after_the_other(air: Air, street: tuple[Town, Lock], locked: Lock) -> None:
    """Both stay connected; neither hears what was said to the other, and the second is admitted by its own challenge."""
    town, lock = street
    first, second = town.technician().phone(), town.technician().phone()
    with air.connect(LOCK) as one, air.connect(LOCK) as other:
        met = allow(first.meet(one.exchange, LOCK))
        other.send(HELLO)
        assert opens(other, second, lock)
        assert allow(first.hear(met, one.exchange(first.answer(met)))).admitted


def test_what_a_connection_half_said_is_forgotten_with_it(air: Air, street: tuple[Town, Lock], locked: Lock) -> None:
    town, lock = street
    with air.connect(LOCK) as connection:
        connection.send(HELLO[:7])
        assert connection.hear() == b""
    with air.connect(LOCK) as connection:
        assert opens(connection, town.technician().phone(), lock)


def test_what_no_frame_is_is_refused_on_record_and_the_length_that_none_has_ends_it(
    air: Air, street: tuple[Town, Lock], locked: Lock
) -> None:
    with air.connect(LOCK) as connection:
        assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.MEMBER_VALUE)
        connection.send((2**32 - 1).to_bytes(LENGTH_BYTES, "big"))
        assert connection.receive() == RefusedFrame(Reason.FRAME_SIZE)
        assert connection.ended.wait(PATIENCE)
    assert "frame-size" in locked.log().reasons
