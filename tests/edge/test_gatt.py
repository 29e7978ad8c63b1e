"""A lock on the air: phones open it by Bluetooth as they do on its port, however short the packets are, and whoever misbehaves
keeps nobody out.
"""

import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from bumble import att, core
from bumble.device import Device
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.edge.lock.__main__ import REFUSED_TO_START
from beffroi.edge.lock.bluetooth import advertised, on_air
from beffroi.edge.lock.conversation import Bounds, Conversation
from beffroi.edge.lock.gatt import PART_BYTES, shortened
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.frames import LENGTH_BYTES, Gate, Hello, RefusedFrame, enclose, encode_frame
from beffroi.simulator.air import LONGEST_MTU, SHORTEST_MTU, Air, GattConnection
from beffroi.simulator.phone import Phone, PhoneError
from tests.edge.street import PATIENCE, Lock, Process
from tests.edge.town import LOCK, OTHER_LOCK, Town, allow

NUMBERS = count(1)
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


@dataclass
class Company:
    """Somebody who keeps to nothing, and a phone that does, connected to the same gate."""

    gate: str
    stranger: GattConnection
    phone: GattConnection


@pytest.fixture(scope="module")
def fuzzed(air: Air) -> Iterator[Company]:
    """Bounds that nobody reaches."""
    ages = 10 * PATIENCE
    with gate_on(air, Bounds(frame_seconds=ages, connection_seconds=ages, refusals=10_000)) as gate:
        yield Company(gate, air.connect(gate), air.connect(gate))


@pytest.fixture
def locked(street: tuple[Town, Lock]) -> Lock:
    """The lock, some time after whoever came last."""
    _, lock = street
    lock.hands.do("advance", seconds=20)
    assert lock.state()["latch"] == "locked"
    return lock


def opens(connection: GattConnection, phone: Phone, lock: Lock) -> bool:
    return allow(phone.open(connection.exchange, LOCK)).admitted and lock.state()["latch"] == "unlocked"


@pytest.mark.parametrize("mtu", [SHORTEST_MTU, 185, PART_BYTES + 1, LONGEST_MTU])
def test_a_technician_opens_it_whatever_packets_hold(
    air: Air, street: tuple[Town, Lock], locked: Lock, mtu: int
) -> None:
    with air.connect(LOCK, mtu=mtu) as connection:
        assert opens(connection, street[0].technician().phone(), locked)


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


def test_what_no_frame_is_is_refused_on_record(air: Air, street: tuple[Town, Lock], locked: Lock) -> None:
    with air.connect(LOCK) as connection:
        assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.MEMBER_VALUE)
        connection.send((2**32 - 1).to_bytes(LENGTH_BYTES, "big"))
        assert connection.receive() == RefusedFrame(Reason.FRAME_SIZE)
    assert "frame-size" in locked.log().reasons


def test_another_lock_of_the_air_is_not_met(air: Air, street: tuple[Town, Lock], tmp_path: Path) -> None:
    town, _ = street
    with Lock.build(town, tmp_path / "other", "--hci", air.controller(), device=OTHER_LOCK) as other:
        with air.connect(OTHER_LOCK) as connection:
            met = town.technician().phone().meet(connection.exchange, LOCK)
            assert isinstance(met, Refused)
            assert met.reason == Reason.GATE_OTHER
        assert other.process.stop() == 0, other.process.lines


def test_a_lock_whose_controller_goes_is_still_a_lock(town: Town, tmp_path: Path) -> None:
    with Air(patience=PATIENCE) as air, Lock.build(town, tmp_path / "lock", "--hci", air.controller()) as lock:
        air.clear()
        lock.process.wait_for("the controller is gone")
        with lock.connect() as connection:
            assert isinstance(connection.exchange(Hello(1)), Gate)
        assert lock.process.stop() == 0


def test_without_a_controller_it_does_not_start(town: Town, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Lock.build(town, tmp_path / "lock") as lock:
        lock.process.stop()
    alone = Process("--store", str(tmp_path / "lock"), "--hci", f"tcp-client:127.0.0.1:{port}")
    assert alone.wait() == REFUSED_TO_START
    assert "radio-failed" in alone.lines[-1]
    alone.end()


def test_without_the_stack_it_says_what_to_install(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lock.build(town, tmp_path / "lock") as lock:
        lock.process.stop()
    (tmp_path / "bumble.py").write_text("raise ModuleNotFoundError('bumble')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    alone = Process("--store", str(tmp_path / "lock"), "--hci", "usb:0")
    assert alone.wait() == REFUSED_TO_START
    assert "radio-missing" in alone.lines[-1]
    assert "beffroi[radio]" in alone.lines[-1]
    alone.end()


@contextmanager
def gate_on(air: Air, bounds: Bounds) -> Iterator[str]:
    """Something on the air with other bounds than a lock's, in this process; it refuses whatever comes."""
    hci, device = air.controller(), f"essai-{next(NUMBERS)}"

    def converse() -> Conversation:
        return Conversation(answer=lambda _: RefusedFrame(Reason.FRAME_TYPE), refuse=lambda _: None, bounds=bounds)

    async def begin() -> AsyncExitStack:
        stack = AsyncExitStack()
        await stack.enter_async_context(on_air(hci, device=device, name=device, converse=converse, bounds=bounds))
        return stack

    running = air.run(begin())
    try:
        yield device
    finally:
        air.run(running.aclose())


def test_the_oldest_gives_way(air: Air) -> None:
    with gate_on(air, Bounds(connections=2, frame_seconds=PATIENCE)) as gate:
        first, second, third = (air.connect(gate) for _ in range(3))
        assert first.ended.wait(PATIENCE)
        for connection in (second, third):
            assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.FRAME_TYPE)
            connection.close()


def test_the_oldest_gives_way_on_a_controller_that_takes_fewer(air: Air, monkeypatch: pytest.MonkeyPatch) -> None:
    advertise = Device.start_advertising

    async def as_a_small_one(device: Device, **given: Any) -> None:
        if device.connections:
            raise core.OutOfResourcesError("as many connections as it can")
        await advertise(device, **given)

    monkeypatch.setattr(Device, "start_advertising", as_a_small_one)
    monkeypatch.setattr("beffroi.edge.lock.bluetooth.CROWDED_SECONDS", 0.2)
    with gate_on(air, Bounds(frame_seconds=PATIENCE)) as gate:
        assert air.connect(gate).ended.wait(PATIENCE)
        with air.connect(gate) as connection:
            assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.FRAME_TYPE)


def test_whoever_says_nothing_is_hung_up_on(air: Air) -> None:
    def say_nothing(gate: str) -> None:
        connection = air.connect(gate)
        assert connection.ended.wait(PATIENCE)
        connection.exchange_bytes(b"null")

    with gate_on(air, Bounds(frame_seconds=0.2)) as gate, pytest.raises(PhoneError):
        say_nothing(gate)


def test_whoever_is_refused_too_often_is_hung_up_on_and_may_come_back(air: Air) -> None:
    with gate_on(air, Bounds(refusals=2, frame_seconds=PATIENCE, linger_seconds=0.1)) as gate:
        for _ in range(2):
            with air.connect(gate) as connection:
                for _ in range(2):
                    assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.FRAME_TYPE)
                assert connection.ended.wait(PATIENCE)


def test_nothing_but_the_phones_own_characteristic_can_be_written(air: Air) -> None:
    """Bumble's server checks no permission: a name that anybody may change would be a board to write on."""
    with gate_on(air, Bounds(frame_seconds=PATIENCE)) as gate, air.connect(gate) as connection:
        answers = [connection.raw(att.ATT_Write_Request(handle, b"")) for handle in range(1, 12)]
        answers += [connection.raw(att.ATT_Prepare_Write_Request(handle, 0, b"")) for handle in range(1, 12)]
        taken = [answer for answer in answers if not isinstance(answer, att.ATT_Error_Response)]
        assert [type(answer).__name__ for answer in taken] == ["ATT_Write_Response", "ATT_Prepare_Write_Response"]
        assert isinstance(connection.raw(att.ATT_Execute_Write_Request(0)), att.ATT_Execute_Write_Response)
        assert connection.exchange_bytes(b"null") == RefusedFrame(Reason.FRAME_TYPE)


def test_a_name_is_cut_between_characters() -> None:
    data, response = advertised("Armoire de l’allée des Tilleuls")
    assert (len(data), len(response)) == (21, 31)
    assert response[2:].decode() == "Armoire de l’allée des Til"
    assert advertised("PM 42")[1] == b"\x06\x09PM 42"
    assert shortened("é" * 20, 29) == "é" * 14


@given(junk=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_stranger_sends_others_are_answered(air: Air, fuzzed: Company, junk: list[bytes]) -> None:
    if fuzzed.stranger.ended.is_set():
        fuzzed.stranger = air.connect(fuzzed.gate)
    for packet in junk:
        fuzzed.stranger.shout(packet)
    assert fuzzed.phone.exchange_bytes(b"null") == RefusedFrame(Reason.FRAME_TYPE)
