"""Devices that come to Mosquitto by their certificate, on bare paho: what the broker says, and what passes."""

import secrets
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import paho.mqtt.client as paho
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.adapters.mqtt import accounts, certificates
from beffroi.adapters.mqtt.certificates import StruckOff
from beffroi.adapters.mqtt.notes import Notes
from beffroi.lib.clock import utc_now
from tests.adapters.brokers import AUTHORITY, PATIENCE, Running, eventually


class Certified:
    """A device's identity, key and certificate."""

    def __init__(self, keys: Path) -> None:
        self.id: UUID = uuid4()
        self.key = Ed25519PrivateKey.generate()
        certificates.furnish(keys, utc_now())
        now = utc_now()
        self.chain = certificates.issuer(keys).certify_device(
            self.id, self.key.public_key(), start=now, end=now + timedelta(days=1)
        )
        self.trusted = certificates.trusted(keys)

    def context(self, *, shows: bool = True, trusted: str | None = None) -> ssl.SSLContext:
        made = ssl.create_default_context(cadata=trusted or self.trusted)
        if shows:
            private = self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            with tempfile.NamedTemporaryFile() as file:
                file.write(private + self.chain.encode())
                file.flush()
                made.load_cert_chain(file.name)
        return made


class Line:
    """A connection of a device. `said` is what the broker answered, None when it shut the door before that."""

    def __init__(self, known: Notes, context: ssl.SSLContext, client_id: str) -> None:
        self.said: str | None = None
        self.ended = threading.Event()
        self.heard: list[tuple[str, bytes]] = []
        self.granted: list[str] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv311)
        self.client.tls_set_context(context)
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self._answered(str(reason))
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_subscribe = lambda _c, _u, _n, reasons, _p: self.granted.extend(map(str, reasons))
        self.client.on_message = lambda _c, _u, message: self.heard.append((message.topic, bytes(message.payload)))
        with suppress(OSError):
            self.client.connect("127.0.0.1", known.tls_port)
            self.client.loop_start()
            eventually(lambda: self.said is not None or self.ended.is_set(), "the broker says yes or no")

    def _answered(self, reason: str) -> None:
        self.said = reason

    @property
    def admitted(self) -> bool:
        return self.said == "Success"

    def listen(self, *patterns: str) -> None:
        before = len(self.granted)
        self.client.subscribe([(pattern, 1) for pattern in patterns])
        eventually(lambda: len(self.granted) == before + len(patterns), "the broker answers subscriptions")

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def line(broker: Running, device: Certified, **how: object) -> Line:
    """One try."""
    context = device.context(**how)  # type: ignore[arg-type]  # the options of `context`
    return Line(broker.known, context, str(device.id))


@contextmanager
def certified(broker: Running, *devices: Certified) -> Iterator[list[Line]]:
    """These devices on the line, as soon as the broker has read what they may do."""
    accounts.publish(broker.home, {(AUTHORITY, each.id): "" for each in devices})
    broker.attend()
    lines = [line(broker, each) for each in devices]
    try:
        assert all(each.admitted for each in lines)
        yield lines
    finally:
        for each in lines:
            each.__exit__()


def strike(broker: Running, *devices: Certified) -> None:
    """What the minter does for devices that were retired; the supervisor looks at the lists then."""
    keys = broker.home / "keys"
    struck = {each.id: StruckOff(certificates.serial_of(each.chain), utc_now()) for each in devices}
    accounts.strike_off(broker.home, struck, lambda: certificates.issuer(keys), utc_now())
    broker.attend()


def stranger(folder: Path) -> Certified:
    """A device of somebody else's installation, made for the same broker."""
    return Certified(folder / secrets.token_hex(4))
