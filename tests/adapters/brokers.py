"""A broker of ours that runs, devices on bare paho, and the server's client: for the tests of both brokers."""

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.adapters.mqtt import accounts, topics
from beffroi.adapters.mqtt.client import BrokerClient, Message, answers
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.notes import Notes
from beffroi.adapters.mqtt.premises import Premises
from beffroi.adapters.mqtt.topics import Topic

PATIENCE = 120.0  # seconds; a slow machine is not a failing one
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


def refused(broker: Running, device: Device) -> bool:
    with Lock(broker.known, device, client_id=f"probe-{secrets.token_hex(4)}") as lock:
        return lock.said is not None and lock.said.is_failure
