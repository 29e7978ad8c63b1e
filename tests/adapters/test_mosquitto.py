"""What Mosquitto keeps, where it runs, and what devices are told of our broker."""

import os
import shutil
import signal
import socket
from pathlib import Path
from uuid import uuid4

import pytest

from beffroi.adapters.mqtt import mosquitto, notes, topics
from beffroi.adapters.mqtt.client import BrokerClient, Message
from beffroi.adapters.mqtt.errors import BrokerUnreachableError, BrokerUnusableError
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.notes import DeviceAddress, Door
from beffroi.adapters.mqtt.premises import Premises
from beffroi.adapters.mqtt.topics import Topic
from tests.adapters.brokers import (
    AUTHORITY,
    PATIENCE,
    Running,
    connected,
    events_of,
    eventually,
    new_device,
    run_mosquitto,
    server,
)


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
    known = Premises(home, None).open_for(notes.MOSQUITTO, notes.LOOPBACK_ONLY)
    with (
        socket.create_server(("127.0.0.1", known.port)),
        pytest.raises(BrokerUnusableError, match=str(known.port)),
    ):
        Mosquitto(home).prepare()
    assert notes.read(home) == known
    with (
        socket.create_server(("127.0.0.1", known.tls_port)),
        pytest.raises(BrokerUnusableError, match=str(known.tls_port)),
    ):
        Mosquitto(home).prepare()
    assert notes.read(home) == known


def test_where_a_device_finds_the_broker(home: Path) -> None:
    with pytest.raises(BrokerUnusableError):
        notes.device_address(home, None)
    url = "mqtts://u:p@broker.town.example"
    with pytest.raises(BrokerUnusableError, match="BEFFROI_DEVICE_PORT"):
        notes.device_address(home, url)
    by_certificate = DeviceAddress("broker.town.example", 8884, by_certificate=True)
    assert notes.device_address(home, url, ("", 8884)) == by_certificate
    assert notes.device_address(home, url, ("objets.town.example", 8884)).host == "objets.town.example"
    premises = Premises(home, None)
    known = premises.open_for(notes.DEMONSTRATION)
    for ours in (None, known.url):
        assert notes.device_address(home, ours) == DeviceAddress("127.0.0.1", known.port, by_certificate=False)
    known = premises.open_for(notes.MOSQUITTO, Door("10.0.0.4", 8883, "objets.meaux.example"))
    for ours in (None, known.url):
        assert notes.device_address(home, ours) == DeviceAddress("objets.meaux.example", 8883, by_certificate=True)
    plain = DeviceAddress("elsewhere", 1884, by_certificate=False)
    assert notes.device_address(home, "mqtt://u:p@elsewhere:1884") == plain


def test_a_home_that_was_moved_keeps_its_broker(home: Path) -> None:
    """As one that was restored elsewhere: its ports are those that devices know, its folder is where it lies now."""
    with run_mosquitto(home) as before:
        device = new_device()
        before.admit(device)
    moved = home.with_name("moved")
    home.rename(moved)
    with run_mosquitto(moved) as after:
        assert (after.known.port, after.known.tls_port) == (before.known.port, before.known.tls_port)
        assert Path(after.known.folder).is_relative_to(moved)
        with connected(after, device):
            assert not home.exists()


def test_a_broker_whose_folder_was_not_restored_starts(home: Path) -> None:
    """Its account reads what is written in the folder that is made anew."""
    with run_mosquitto(home) as before:
        folder = Path(before.known.folder)
    shutil.rmtree(folder)
    folder.parent.chmod(0o700)  # as a restore makes it again
    device = new_device()
    with run_mosquitto(home) as after:
        after.admit(device)
        with connected(after, device):
            assert after.known == before.known


def test_the_devices_port_is_chosen_once(home: Path) -> None:
    premises = Premises(home, None)
    known = premises.open_for(notes.MOSQUITTO, notes.LOOPBACK_ONLY)
    assert known.tls_port
    assert premises.open_for(notes.MOSQUITTO, notes.LOOPBACK_ONLY) == known
    assert premises.open_for(notes.DEMONSTRATION).tls_port == known.tls_port
