"""A town's own broker, as ChirpStack and Zigbee2MQTT have one: Mosquitto over TLS, users with passwords, one of whom may only read."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.adapters.mqtt import certificates, mosquitto
from beffroi.adapters.process.places import free_port
from beffroi.lib.clock import utc_now
from tests.adapters.brokers import PATIENCE, eventually

READER, WRITER = "beffroi", "chirpstack"


@dataclass(frozen=True)
class TownBroker:
    """`ca` signed its certificate, which bears `localhost`."""

    port: int
    ca: Path
    reader: str
    writer: str

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}"

    @contextmanager
    def publisher(self) -> Iterator[paho.Client]:
        """What publishes there: ChirpStack, Zigbee2MQTT."""
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        client.username_pw_set(WRITER, self.writer)
        client.tls_set(ca_certs=str(self.ca))
        client.reconnect_delay_set(1, 1)
        client.connect_async("localhost", self.port)
        client.loop_start()
        try:
            yield client
        finally:
            client.disconnect()
            client.loop_stop()


@contextmanager
def town_broker(folder: Path) -> Iterator[TownBroker]:
    folder.mkdir(parents=True, exist_ok=True)
    now = utc_now()
    certificates.furnish(folder / "keys", now)
    public, private = certificates.new_key()
    (folder / "broker.key").write_text(private)
    chain = certificates.issuer(folder / "keys").certify_broker(["localhost"], public, now)
    (folder / "broker.pem").write_text(chain)
    (folder / "ca.pem").write_text(certificates.trusted(folder / "keys"))
    known = TownBroker(free_port(), folder / "ca.pem", secrets.token_urlsafe(12), secrets.token_urlsafe(12))
    program = mosquitto.program()
    assert program is not None, "Mosquitto is needed: apt-get install mosquitto"
    (folder / "users").write_text("")
    for user, password in ((READER, known.reader), (WRITER, known.writer)):
        subprocess.run(["mosquitto_passwd", "-b", folder / "users", user, password], check=True)
    (folder / "access").write_text(f"user {READER}\ntopic read #\n\nuser {WRITER}\ntopic readwrite #\n")
    (folder / "mosquitto.conf").write_text(
        f"listener {known.port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/users\nacl_file {folder}/access\n"
        f"certfile {folder}/broker.pem\nkeyfile {folder}/broker.key\nuser root\n"
    )
    with _running(program, folder), known.publisher() as client:
        eventually(client.is_connected, "the town's broker runs")
        yield known


@contextmanager
def _running(program: Path | str, folder: Path) -> Iterator[None]:
    process = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
