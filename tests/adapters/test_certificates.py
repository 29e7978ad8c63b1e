"""The door for certificates, on a real Mosquitto: who is on the line is what the certificate says, and nothing else passes."""

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.adapters.mqtt import accounts, certificates, mosquitto, notes, topics
from beffroi.adapters.mqtt.errors import CertificateError
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.notes import Door
from beffroi.adapters.mqtt.topics import Topic
from beffroi.lib.clock import utc_now
from tests.adapters.brokers import AUTHORITY, PATIENCE, Running, eventually, run_mosquitto, server
from tests.adapters.certified import Certified, Line, certified, line, stranger, strike

pytestmark = pytest.mark.skipif(mosquitto.program() is None, reason="Mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def broker(home: Path) -> Iterator[Running]:
    with run_mosquitto(home) as running:
        yield running


def down(device: Certified, channel: str = topics.DOWN_RECEIPT) -> Topic:
    return Topic(AUTHORITY, device.id, channel)


def up(device: Certified) -> str:
    return str(Topic(AUTHORITY, device.id, topics.UP_EVENTS))


def test_several_devices_come_by_their_certificates_and_each_is_heard_as_itself(broker: Running) -> None:
    devices = [Certified(broker.home / "keys") for _ in range(5)]
    with certified(broker, *devices) as lines, server(broker) as (client, heard):
        for device, each in zip(devices, lines, strict=True):
            each.listen(f"{topics.root(AUTHORITY, device.id)}/down/#")
            each.publish(up(device), b"a batch")
            client.publish(down(device), str(device.id).encode())
        eventually(lambda: len(heard) == len(devices), "all are heard")
        assert {each.topic.device for each in heard} == {device.id for device in devices}
        for device, each in zip(devices, lines, strict=True):
            eventually(lambda each=each: bool(each.heard), "its receipt arrives")  # type: ignore[misc]  # mypy doesn't type default arguments of lambdas
            assert each.heard == [(str(down(device)), str(device.id).encode())]


def test_without_a_certificate_or_with_another_authority_s_nobody_comes_in(broker: Running) -> None:
    device, other = Certified(broker.home / "keys"), stranger(broker.home)
    other.id = device.id
    with certified(broker, device):
        for way in (
            line(broker, device, shows=False),
            line(broker, other, trusted=device.trusted),
        ):
            with way:
                assert not way.admitted
    plain = paho.Client(CallbackAPIVersion.VERSION2, client_id=str(device.id), protocol=paho.MQTTv311)
    said: list[str] = []
    plain.on_connect = lambda _c, _u, _f, reason, _p: said.append(str(reason))
    ended: list[str] = []
    plain.on_disconnect = lambda _c, _u, _f, reason, _p: ended.append(str(reason))
    plain.connect("127.0.0.1", broker.known.tls_port)
    plain.loop_start()
    eventually(lambda: bool(ended), "the broker shuts the door on who speaks no TLS")
    plain.loop_stop()
    assert not said


def test_a_device_believes_no_broker_but_its_own(broker: Running) -> None:
    with (
        socket.create_connection(("127.0.0.1", broker.known.tls_port), timeout=PATIENCE) as bare,
        pytest.raises(ssl.SSLCertVerificationError),
        stranger(broker.home).context().wrap_socket(bare, server_hostname="127.0.0.1"),
    ):
        pytest.fail("it shook hands with a broker it doesn't know")


def test_a_device_says_and_hears_nothing_in_another_s_place(broker: Running) -> None:
    mine, other = Certified(broker.home / "keys"), Certified(broker.home / "keys")
    with certified(broker, mine, other) as (thief, victim), server(broker) as (client, heard):
        victim.listen(f"{topics.root(AUTHORITY, other.id)}/down/#")
        thief.listen(f"{topics.root(AUTHORITY, other.id)}/down/#", "beffroi/#", f"{topics.ROOT}/+/+/up/#")
        client.publish(down(other), b"for the other")
        eventually(lambda: bool(victim.heard), "its owner hears it")
        thief.client.publish(up(other), b"forged", qos=1)
        with line(broker, mine) as again:  # Mosquitto may cut off who tries
            again.client.publish(str(down(other, topics.DOWN_COMMAND)), b"forged", qos=1)
        with line(broker, mine) as again:
            again.publish(up(mine), b"my own")
        eventually(lambda: bool(heard), "what was sent last arrives")
        assert [each.payload for each in heard] == [b"my own"]
        assert [payload for _, payload in victim.heard] == [b"for the other"]
        assert thief.heard == []


def test_another_s_identifier_is_not_taken_by_asking_for_it(broker: Running) -> None:
    mine, other = Certified(broker.home / "keys"), Certified(broker.home / "keys")
    with (
        certified(broker, mine, other) as (_, victim),
        Line(broker.known, mine.context(), str(other.id)) as thief,
    ):
        assert thief.admitted
        thief.publish(up(mine), b"still me")
        victim.publish(up(other), b"still there")
        assert not victim.ended.is_set()


def test_a_retired_device_is_cut_off_and_refused(broker: Running) -> None:
    struck: list[Certified] = []
    for _ in range(3):  # each list supersedes the one before it
        device, witness = Certified(broker.home / "keys"), Certified(broker.home / "keys")
        with certified(broker, device, witness) as (gone, stays):
            accounts.publish(broker.home, {(AUTHORITY, witness.id): ""})
            struck.append(device)
            strike(broker, *struck)
            assert gone.ended.wait(PATIENCE), "it is cut off"
            stays.publish(up(witness), b"still there")
            assert not stays.ended.is_set()
        with line(broker, device) as again:
            assert not again.admitted
    for each in struck:
        with line(broker, each) as again:
            assert not again.admitted


def test_a_retired_device_stays_refused_when_the_broker_was_killed_or_moved(home: Path) -> None:
    broker = Mosquitto(home)
    broker.prepare()
    process = broker.spawn()
    broker.await_ready()
    device, witness = Certified(home / "keys"), Certified(home / "keys")
    running = Running(home, broker.furnish(), broker.attend)
    with certified(running, device, witness):
        strike(running, device)
    process.kill()
    process.wait()
    with run_mosquitto(home) as again:
        for each, expected in ((device, False), (witness, True)):
            with line(again, each) as way:
                assert way.admitted is expected


def test_the_broker_s_certificate_is_made_anew_before_its_end_and_for_another_name(home: Path) -> None:
    start = utc_now()
    clock = [start]
    broker = Mosquitto(home, Door(host="broker.meaux.example"), clock=lambda: clock[0])
    broker.prepare()
    path = Path(broker.furnish().folder) / accounts.CERTIFICATE
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_text()
    broker.prepare()
    assert path.read_text() == first
    moved = Mosquitto(home, Door(host="objets.meaux.example"), clock=lambda: clock[0])
    moved.prepare()
    second = path.read_text()
    assert certificates.serial_of(second) != certificates.serial_of(first)
    moved.attend()
    assert path.read_text() == second
    clock[0] = start + timedelta(days=330)
    moved.attend()
    assert certificates.serial_of(path.read_text()) != certificates.serial_of(second)


def test_the_root_may_be_taken_away_and_is_never_replaced(home: Path) -> None:
    keys = home / "keys"
    certificates.furnish(keys, utc_now())
    folder = keys / certificates.FOLDER
    for name in ("root.key", "issuing.key"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    before = certificates.trusted(keys)
    (folder / "root.key").unlink()
    certificates.furnish(keys, utc_now())
    assert certificates.trusted(keys) == before
    Certified(keys)
    (folder / "issuing.pem").unlink()
    with pytest.raises(CertificateError, match="root"):
        certificates.furnish(keys, utc_now())


def test_devices_reach_the_door_at_the_address_that_was_set(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    broker = Mosquitto(home, Door("0.0.0.0", port, "127.0.0.1"))  # noqa: S104 - what the setting is for
    broker.prepare()
    process = broker.spawn()
    try:
        broker.await_ready()
        running = Running(home, broker.furnish(), broker.attend)
        assert notes.device_address(home, None) == notes.DeviceAddress("127.0.0.1", port, by_certificate=True)
        with certified(running, Certified(home / "keys")):
            pass
    finally:
        process.terminate()
        process.wait(PATIENCE)
