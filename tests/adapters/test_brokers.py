"""Both brokers of ours, by the same promises: who may connect, what each may do, what is kept, what the client does."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.adapters.mqtt import accounts, mosquitto, notes, topics
from beffroi.adapters.mqtt.client import BrokerClient, Message, answers
from beffroi.adapters.mqtt.errors import BrokerUnreachableError, BrokerUnusableError, NoReplyError
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.notes import Notes
from beffroi.adapters.mqtt.premises import Premises
from beffroi.adapters.mqtt.topics import Topic

PATIENCE = 20.0
AUTHORITY = UUID("aaaaaaaa-0000-4000-8000-000000000001")


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)


class Device(NamedTuple):
    """A device with an account."""

    id: UUID
    password: str


class Running(NamedTuple):
    """A broker that runs."""

    home: Path
    known: Notes
    attend: Callable[[], None]

    def admit(self, *devices: Device) -> None:
        """Makes these the only devices of the broker."""
        accounts.publish(self.home, {(AUTHORITY, each.id): accounts.hashed(each.password) for each in devices})
        self.attend()


@contextmanager
def run_mosquitto(home: Path) -> Iterator[Running]:
    broker = Mosquitto(home)
    broker.prepare()
    process = broker.spawn()
    try:
        broker.await_ready()
        yield Running(home, broker.furnish(), broker.attend)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def run_demonstration(home: Path) -> Iterator[Running]:
    known = Premises(home, None).furnish()
    command = [sys.executable, "-m", "beffroi", "broker"]
    with subprocess.Popen(command, env=os.environ | {"BEFFROI_HOME": str(home)}) as process:
        try:
            eventually(lambda: answers(known.url), "the demonstration broker answers")
            yield Running(home, known, lambda: None)
        finally:
            process.terminate()


BROKERS = {"mosquitto": run_mosquitto, "demonstration": run_demonstration}


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="beffroi-mqtt-"))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, home: Path) -> Iterator[Running]:
    if request.param == "mosquitto" and mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with BROKERS[request.param](home) as running:
        yield running


class Lock:
    """A device's side, on bare paho: connects, subscribes to what it is told, keeps what it hears."""

    def __init__(
        self, known: Notes, device: Device, *, client_id: str | None = None, password: str | None = None
    ) -> None:
        self.device = device
        self.heard: list[tuple[str, bytes]] = []
        self.said: ReasonCode | None = None
        self.subscribed = threading.Event()
        self.answer: Callable[[str, bytes], tuple[str, bytes] | None] = lambda _topic, _payload: None
        identifier = str(device.id) if client_id is None else client_id
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=identifier, protocol=paho.MQTTv311)
        self.client.username_pw_set(str(device.id), device.password if password is None else password)
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.connect("127.0.0.1", known.port)
        self.client.loop_start()
        eventually(lambda: self.said is not None, "the broker says yes or no")

    def _on_connect(
        self, _client: object, _userdata: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        self.said = reason

    def _on_message(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))
        reply = self.answer(message.topic, bytes(message.payload))
        if reply is not None:
            self.client.publish(*reply, qos=1)

    def listen(self, pattern: str) -> None:
        self.subscribed.clear()
        self.client.subscribe(pattern, 1)
        assert self.subscribed.wait(PATIENCE)

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE)

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def new_device() -> Device:
    return Device(uuid4(), secrets.token_urlsafe(24))


@contextmanager
def server(
    broker: Running, client_id: str = "server-test", *, keep_session: bool = False
) -> Iterator[tuple[BrokerClient, list[Message]]]:
    """The server's client with all events in a list, each acknowledged."""
    heard: list[Message] = []

    def keep(message: Message) -> None:
        heard.append(message)
        message.acknowledge()

    client = BrokerClient(broker.known.url, client_id=client_id, keep_session=keep_session)
    client.subscribe(topics.EVERY_EVENT, keep)
    with client:
        client.await_connection(PATIENCE)
        yield client, heard


def events_of(device: Device) -> str:
    return str(Topic(AUTHORITY, device.id, topics.UP_EVENTS))


def test_a_device_s_event_reaches_the_server_and_a_receipt_the_device(broker: Running) -> None:
    device = new_device()
    broker.admit(device)
    with server(broker) as (client, heard), connected(broker, device) as lock:
        lock.listen(f"{topics.root(AUTHORITY, device.id)}/down/#")
        lock.publish(events_of(device), b"a batch")
        eventually(lambda: len(heard) == 1, "the event arrives")
        assert (heard[0].topic.device, heard[0].payload) == (device.id, b"a batch")
        receipt = Topic(AUTHORITY, device.id, topics.DOWN_RECEIPT)
        client.publish(receipt, b"stored")
        eventually(lambda: lock.heard == [(str(receipt), b"stored")], "the receipt arrives")


@contextmanager
def connected(broker: Running, device: Device) -> Iterator[Lock]:
    """The device as soon as the broker has taken up its account."""
    until = time.monotonic() + PATIENCE
    while True:
        with Lock(broker.known, device) as lock:
            if lock.said is not None and not lock.said.is_failure:
                yield lock
                return
        assert time.monotonic() < until, "the account was never taken up"


def test_strangers_and_wrong_passwords_are_refused(broker: Running) -> None:
    device, stranger = new_device(), new_device()
    broker.admit(device)
    with connected(broker, device):
        pass
    for lock in (Lock(broker.known, stranger), Lock(broker.known, device, password="wrong")):
        with lock:
            assert lock.said is not None
            assert lock.said.is_failure
    nobody = paho.Client(CallbackAPIVersion.VERSION2, client_id="nobody", protocol=paho.MQTTv311)
    codes: list[ReasonCode] = []
    nobody.on_connect = lambda _c, _u, _f, reason, _p: codes.append(reason)
    nobody.connect("127.0.0.1", broker.known.port)
    nobody.loop_start()
    eventually(lambda: bool(codes), "the broker says no")
    nobody.loop_stop()
    assert codes[0].is_failure


def test_a_device_hears_nothing_that_is_for_another(broker: Running) -> None:
    mine, other = new_device(), new_device()
    broker.admit(mine, other)
    with server(broker) as (client, _), connected(broker, mine) as lock:
        for pattern in (f"{topics.root(AUTHORITY, other.id)}/down/#", "beffroi/#", "#", f"{topics.ROOT}/+/+/down/#"):
            lock.listen(pattern)
        lock.listen(f"{topics.root(AUTHORITY, mine.id)}/down/#")
        client.publish(Topic(AUTHORITY, other.id, topics.DOWN_COMMAND), b"for the other")
        client.publish(Topic(AUTHORITY, mine.id, topics.DOWN_RECEIPT), b"for me")
        eventually(lambda: bool(lock.heard), "what was sent last arrives")
        assert {payload for _, payload in lock.heard} == {b"for me"}


def test_a_device_says_nothing_for_another_nor_for_the_server(broker: Running) -> None:
    mine, other = new_device(), new_device()
    broker.admit(mine, other)
    with server(broker) as (client, heard), connected(broker, other) as victim:
        victim.listen(f"{topics.root(AUTHORITY, other.id)}/down/#")
        for forged in (
            Topic(AUTHORITY, other.id, topics.UP_EVENTS),
            Topic(AUTHORITY, other.id, topics.DOWN_COMMAND),
            Topic(uuid4(), mine.id, topics.UP_EVENTS),
        ):
            with connected(broker, mine) as lock:  # Mosquitto may cut off who tries
                lock.client.publish(str(forged), b"forged", qos=1)
        with connected(broker, mine) as lock:
            lock.publish(events_of(mine), b"my own")
        client.publish(Topic(AUTHORITY, other.id, topics.DOWN_RECEIPT), b"from the server")
        eventually(lambda: bool(heard), "what was sent last arrives")
        eventually(lambda: bool(victim.heard), "what was sent last arrives")
        assert [each.payload for each in heard] == [b"my own"]
        assert {payload for _, payload in victim.heard} == {b"from the server"}


def test_another_s_identifier_gives_nothing(broker: Running) -> None:
    mine, other = new_device(), new_device()
    broker.admit(mine, other)
    with server(broker) as (client, _), connected(broker, other) as victim:
        victim.listen(f"{topics.root(AUTHORITY, other.id)}/down/#")
        with Lock(broker.known, mine, client_id=str(other.id)) as thief:
            assert thief.said is not None
            if thief.said.is_failure:
                return
            for device in (other, mine):
                thief.listen(f"{topics.root(AUTHORITY, device.id)}/down/#")
                client.publish(Topic(AUTHORITY, device.id, topics.DOWN_RECEIPT), str(device.id).encode())
            eventually(lambda: bool(thief.heard), "what is its own arrives")
            eventually(lambda: bool(victim.heard), "its owner hears the other")
            assert {payload for _, payload in thief.heard} == {str(mine.id).encode()}


def test_a_device_that_is_struck_off_hears_and_says_nothing_more(broker: Running) -> None:
    device, other = new_device(), new_device()
    broker.admit(device, other)
    with server(broker) as (_, heard), connected(broker, device) as lock, connected(broker, other) as witness:
        broker.admit(other)
        eventually(lambda: refused(broker, device), "the account is gone")
        lock.client.publish(events_of(device), b"too late", qos=1)
        witness.publish(events_of(other), b"still there")
        eventually(lambda: bool(heard), "the other is heard")
        assert [each.payload for each in heard] == [b"still there"]


def refused(broker: Running, device: Device) -> bool:
    with Lock(broker.known, device, client_id=f"probe-{secrets.token_hex(4)}") as lock:
        return lock.said is not None and lock.said.is_failure


def test_the_server_asks_a_device_and_gets_its_answer(broker: Running) -> None:
    device, silent = new_device(), new_device()
    broker.admit(device, silent)
    with server(broker) as (client, _), connected(broker, device) as lock:
        lock.answer = lambda topic, payload: (topic.replace("/req/", "/rep/"), payload.upper())
        lock.listen(f"{topics.root(AUTHORITY, device.id)}/{topics.RELAY_REQUEST}/+")
        assert client.request(AUTHORITY, device.id, b"challenge please", seconds=PATIENCE) == b"CHALLENGE PLEASE"
        answers_: list[bytes] = []
        asking = [
            threading.Thread(
                target=lambda n=n: answers_.append(client.request(AUTHORITY, device.id, b"%d" % n, seconds=PATIENCE))
            )
            for n in range(20)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert sorted(answers_, key=int) == [b"%d" % n for n in range(20)]
        with pytest.raises(NoReplyError):
            client.request(AUTHORITY, silent.id, b"anybody there", seconds=0.5)


def test_mosquitto_gives_again_what_was_not_acknowledged(home: Path) -> None:
    if mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with run_mosquitto(home) as broker:
        ask_twice(broker)


def ask_twice(broker: Running) -> None:
    device = new_device()
    broker.admit(device)
    held: list[Message] = []
    first = BrokerClient(broker.known.url, client_id="server-ingest", keep_session=True)
    first.subscribe(topics.EVERY_EVENT, held.append)
    with connected(broker, device) as lock:
        with first:
            first.await_connection(PATIENCE)
            lock.publish(events_of(device), b"not stored yet")
            eventually(lambda: bool(held), "it arrives")
        with server(broker, "server-ingest", keep_session=True) as (_, heard):
            eventually(lambda: [each.payload for each in heard] == [b"not stored yet"], "it comes again")


def test_a_handler_that_would_wait_for_itself_is_told(broker: Running) -> None:
    device = new_device()
    broker.admit(device)
    problems: list[RuntimeError] = []
    client = BrokerClient(broker.known.url, client_id="server-test")

    def answer(message: Message) -> None:
        try:
            client.publish(Topic(AUTHORITY, device.id, topics.DOWN_RECEIPT), b"")
        except RuntimeError as problem:
            problems.append(problem)
        message.acknowledge()

    client.subscribe(topics.EVERY_EVENT, answer)
    with client, connected(broker, device) as lock:
        client.await_connection(PATIENCE)
        lock.publish(events_of(device), b"a batch")
        eventually(lambda: bool(problems), "the handler is told")


def test_mosquitto_keeps_what_it_took_while_ingest_was_away_and_it_was_restarted(home: Path) -> None:
    if mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    device = new_device()
    with run_mosquitto(home) as running:
        running.admit(device)
        with server(running, "server-ingest", keep_session=True):
            pass
        with connected(running, device) as lock:
            for number in range(300):
                lock.client.publish(events_of(device), b"%d" % number, qos=1)
            lock.publish(events_of(device), b"last")
    with run_mosquitto(home) as again:
        assert again.known == running.known
        with server(again, "server-ingest", keep_session=True) as (_, heard):
            eventually(lambda: len(heard) >= 301, "all of them arrive")
            assert [each.payload for each in heard] == [*(b"%d" % number for number in range(300)), b"last"]


def test_mosquitto_killed_hard_starts_again_and_the_client_comes_back(home: Path) -> None:
    if mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    broker = Mosquitto(home)
    broker.prepare()
    process = broker.spawn()
    broker.await_ready()
    running = Running(home, broker.furnish(), broker.attend)
    with server(running) as (client, _):
        process.kill()
        process.wait()
        eventually(lambda: not client.connected, "the client notices")
        with pytest.raises(BrokerUnreachableError):
            client.publish(Topic(AUTHORITY, uuid4(), topics.DOWN_TRUST), b"", seconds=0.1)
        with run_mosquitto(home):
            client.await_connection(PATIENCE)


@pytest.mark.skipif(os.geteuid() != 0, reason="drops privileges: needs root")
def test_as_root_mosquitto_runs_under_another_account(home: Path) -> None:
    if mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    broker = Mosquitto(home)
    broker.prepare()
    process = broker.spawn()
    try:
        broker.await_ready()
        assert Path(f"/proc/{process.pid}").stat().st_uid != 0
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def test_a_taken_port_is_named_and_never_replaced(home: Path) -> None:
    known = Premises(home, None).furnish()
    with (
        socket.create_server(("127.0.0.1", known.port)),
        pytest.raises(BrokerUnusableError, match=str(known.port)),
    ):
        Mosquitto(home).prepare()
    assert notes.read(home) == known


def test_where_a_device_finds_the_broker(home: Path) -> None:
    with pytest.raises(BrokerUnusableError):
        notes.device_address(home, None)
    assert notes.device_address(home, "mqtts://u:p@broker.town.example") == ("broker.town.example", 8883)
    known = Premises(home, None).furnish()
    assert notes.device_address(home, None) == ("127.0.0.1", known.port)
    assert notes.device_address(home, known.url) == ("127.0.0.1", known.port)
    assert notes.device_address(home, "mqtt://u:p@elsewhere:1884") == ("elsewhere", 1884)
