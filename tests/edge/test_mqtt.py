"""The line to the server, against Mosquitto: events until our own receipt, time and lists on demand, the relay and its touch."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.edge.device import commissioning
from beffroi.edge.device.mqtt import ASK_SECONDS, ASK_SECONDS_WITHOUT_TIME, Line
from beffroi.edge.device.store import Store
from beffroi.edge.lock.core import Habits
from beffroi.edge.lock.unit import KIND, Unit
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import ChallengeRequest, RefusedFrame
from beffroi.protocol.v1.keyset import VERSION
from tests.edge.server import MOSQUITTO, Broker, Server
from tests.edge.street import PATIENCE, Lock
from tests.edge.town import LOCK, NOW, Town, allow

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def server(broker: Broker, town: Town) -> Iterator[Server]:
    listening = Server(broker.port, town)
    yield listening
    listening.close()


@pytest.fixture
def lock(town: Town, tmp_path: Path, broker: Broker, server: Server) -> Iterator[Lock]:
    """A lock whose document names the broker; it knows the time, because the server answered what it asked."""
    address = {"host": "127.0.0.1", "port": broker.port, "username": LOCK, "password": "not used here"}
    with Lock.build(town, tmp_path / "lock", "--clock", "body", broker=address) as running:
        server.certificate = running.certificate
        server.until(lambda: bool(server.asks))
        stamp = town.stamp(NOW, nonce=server.asks[-1].nonce)
        server.down("down/trust", revocation=town.revocations(1), stamp=stamp)
        running.hands.until(lambda state: state["time"] == NOW and state["revocations"] == [1, 1])
        yield running


def test_it_asks_for_time_and_lists_as_soon_as_it_is_connected(lock: Lock, server: Server) -> None:
    assert server.asks[0].device == LOCK
    assert server.asks[0].revocations == (0, 0)
    server.until(lambda: "clock-changed" in server.kinds)
    assert server.kinds[:3] == ["boot", "revocation-list-taken", "clock-changed"]


class Hurried(Line):
    """Its waits are over as soon as the lock knows the time; the third is where a test leaves it."""

    def __init__(self, unit: Unit) -> None:
        assert unit.broker is not None
        super().__init__(unit, unit.broker)
        self.unit, self.waits, self.rests = unit, list[float](), asyncio.Event()

    async def _asked_within(self, seconds: float) -> bool:
        self.waits.append(seconds)
        if len(self.waits) == 1:
            return await super()._asked_within(seconds)
        if len(self.waits) > 2:
            self.rests.set()
            await asyncio.Event().wait()
        while self.unit.device.holdings.now() is None:
            await self.unit.stirred.wait()
            self.unit.stirred.clear()
        return False


def test_it_asks_no_more_for_a_while_once_it_has_been_told_the_time(
    town: Town, tmp_path: Path, broker: Broker, server: Server
) -> None:
    store = Store.open(tmp_path, KIND)
    request = commissioning.request(store, LOCK, os.urandom(32))
    store.close()
    address = {"host": "127.0.0.1", "port": broker.port, "username": LOCK, "password": "not used here"}
    town.commission(request, tmp_path / commissioning.FILE, broker=address)
    unit = Unit(tmp_path, driven=True, habits=Habits())

    async def live() -> list[float]:
        line = Hurried(unit)
        line.start()
        await asyncio.to_thread(server.until, lambda: bool(server.asks))
        server.down("down/trust", stamp=town.stamp(NOW, nonce=server.asks[-1].nonce))
        async with asyncio.timeout(PATIENCE):
            await line.rests.wait()
            await line.stop()
        unit.close()
        return line.waits

    assert asyncio.run(live())[1:] == [ASK_SECONDS_WITHOUT_TIME, ASK_SECONDS - ASK_SECONDS_WITHOUT_TIME]
    assert len(server.asks) == 1


def test_an_event_is_kept_until_the_signed_receipt(lock: Lock, server: Server) -> None:
    """The broker has acknowledged everything; it means nothing."""
    lock.hands.do("tamper")
    server.until(lambda: "tampered" in server.kinds)
    assert lock.state()["waiting"] == len(server.kinds)
    server.sign_for_all()
    lock.hands.until(lambda state: state["waiting"] == 0)


def test_a_forged_receipt_makes_it_forget_nothing(lock: Lock, server: Server) -> None:
    server.until(lambda: "clock-changed" in server.kinds)
    server.down("down/receipt", receipt=Town().receipt(server.head))
    server.down("down/receipt", receipt=server.town.receipt(server.head, device="armoire-0099"))
    lock.hands.do("tamper")
    server.until(lambda: "tampered" in server.kinds)
    assert lock.state()["waiting"] == len(server.kinds)


def test_it_opens_over_the_relay_when_somebody_touches_it(lock: Lock, server: Server, town: Town) -> None:
    technician = town.technician()
    exchange = server.relay()
    untouched = exchange(ChallengeRequest(VERSION, LOCK))
    assert untouched == RefusedFrame(Reason.NOT_TOUCHED)
    lock.hands.do("touch")
    result = allow(technician.phone().open(exchange, LOCK))
    assert result.admitted
    assert lock.state()["latch"] == "unlocked"
    server.until(lambda: "use-admitted" in server.kinds)


def test_a_touch_is_forgotten_after_a_minute(lock: Lock, server: Server) -> None:
    lock.hands.do("touch")
    lock.hands.do("advance", seconds=61)
    assert server.relay()(ChallengeRequest(VERSION, LOCK)) == RefusedFrame(Reason.NOT_TOUCHED)


def test_what_happened_while_the_broker_was_away_comes_afterwards(lock: Lock, server: Server, broker: Broker) -> None:
    server.until(lambda: "clock-changed" in server.kinds)
    broker.kill()
    lock.hands.do("force")
    lock.hands.do("close-door")
    broker.start()
    server.until(lambda: server.kinds[-3:] == ["forced", "forced", "closed"])
    server.sign_for_all()
    lock.hands.until(lambda state: state["waiting"] == 0)


def test_what_was_acknowledged_and_lost_is_sent_again(lock: Lock, server: Server, broker: Broker) -> None:
    """The broker took the batches and died with them: the server never heard of them, and they come."""
    server.until(lambda: "clock-changed" in server.kinds)
    server.batches.clear()
    broker.kill()
    broker.start()
    server.until(lambda: server.kinds[:3] == ["boot", "revocation-list-taken", "clock-changed"])


def test_after_a_kill_it_sends_the_same_events_again(lock: Lock, server: Server) -> None:
    lock.hands.do("tamper")
    server.until(lambda: "tampered" in server.kinds)
    lock.process.kill()
    lock.restart()
    server.until(lambda: server.kinds.count("boot") == 2)
    assert server.gone == 1  # the broker has said that the line broke
    assert server.kinds[:4] == ["boot", "revocation-list-taken", "clock-changed", "tampered"]


def test_what_the_server_misses_comes_again(lock: Lock, server: Server) -> None:
    lock.hands.do("tamper")
    server.until(lambda: "tampered" in server.kinds)
    server.batches.clear()
    server.down("down/receipt", receipt=server.town.receipt(server.head, missing=((2, 3),)))
    lock.hands.until(lambda state: state["waiting"] == 2)
    server.until(lambda: server.kinds == ["revocation-list-taken", "clock-changed"])


def test_a_command_is_obeyed_once_and_opens_nothing(lock: Lock, server: Server, town: Town) -> None:
    server.until(lambda: "clock-changed" in server.kinds)
    command = town.command("send-events", number=1, arguments=(("first", 1), ("last", 1)))
    server.down("down/command", command=command)
    server.down("down/command", command=command)
    server.down("down/command", command=town.command("open", number=2))
    server.until(lambda: server.kinds.count("command-done") == 2)
    done = [event for batch in server.batches for event in batch.events if event.kind == "command-done"]
    assert {str(event.get("out")) for event in done} == {"done", "member-value"}
    assert lock.state()["latch"] == "locked"
    asked = len(server.asks)
    server.down("down/command", command=town.command("report", number=3))
    server.until(lambda: len(server.asks) > asked)


def test_a_hostile_broker_gets_nothing(lock: Lock, server: Server, town: Town) -> None:
    """Whoever owns the broker may say anything on any topic."""
    for name in (
        "down/receipt",
        "down/trust",
        "down/command",
        "relay/req/x",
        "relay/req/" + "y" * 300,
        "relay/req/z z",
    ):
        for payload in (b"", b"{}", b"\xff" * 70_000, b'{"f":"carry-down"}', b'{"f":"result","result":"a.b.c"}'):
            server.say(name, payload)
    lock.hands.do("touch")
    assert allow(town.technician().phone().open(server.relay(), LOCK)).admitted
