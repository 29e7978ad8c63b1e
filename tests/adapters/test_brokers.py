"""Both brokers of ours, by the same promises: who may connect, what each may do, what is kept, what the client does."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.adapters.mqtt import mosquitto, topics
from beffroi.adapters.mqtt.client import BrokerClient, Message
from beffroi.adapters.mqtt.errors import NoReplyError
from beffroi.adapters.mqtt.topics import Topic
from tests.adapters.brokers import (
    AUTHORITY,
    BROKERS,
    PATIENCE,
    Lock,
    Running,
    connected,
    events_of,
    eventually,
    new_device,
    refused,
    server,
)


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, home: Path) -> Iterator[Running]:
    if request.param == "mosquitto" and mosquitto.program() is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with BROKERS[request.param](home) as running:
        yield running


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
