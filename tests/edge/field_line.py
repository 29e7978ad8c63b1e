"""A device's own line to the broker, in a test's hands: what it says it signed itself, what it is told it keeps."""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.edge.device import tls
from beffroi.edge.device.commissioning import Broker
from beffroi.protocol.v1.carriage import CarryDown
from beffroi.protocol.v1.frames import Frame, decode_frame, encode_frame

PATIENCE = 60.0


class FieldLine:
    """`document` is the commissioning document. It connects as real devices do, with the certificate or the password in it."""

    def __init__(self, document: Mapping[str, object], key: Ed25519PrivateKey) -> None:
        access = document["broker"]
        assert isinstance(access, dict)
        self._root = f"beffroi/1/{document['authority']}/{document['device']}"
        self._broker = Broker(**access)
        self._told: list[CarryDown] = []
        self._ready = threading.Event()
        self._paho = paho.Client(CallbackAPIVersion.VERSION2, client_id=str(document["device"]))
        context = tls.context(self._broker, key)
        if context is not None:
            self._paho.tls_set_context(context)
        if self._broker.username:
            self._paho.username_pw_set(self._broker.username, self._broker.password)
        self._paho.on_connect = self._connected
        self._paho.on_subscribe = lambda *_: self._ready.set()
        self._paho.on_message = lambda _client, _data, message: self._hear(bytes(message.payload))

    def _connected(self, *_: object) -> None:
        self._paho.subscribe(f"{self._root}/down/#", 1)

    def _hear(self, payload: bytes) -> None:
        frame = decode_frame(payload)
        assert isinstance(frame, CarryDown)
        self._told.append(frame)

    def told(self, name: str) -> list[str]:
        """All that was brought under this name, in order."""
        return [token for frame in list(self._told) if (token := frame.get(name))]

    def say(self, channel: str, frame: Frame, *, qos: int = 1) -> None:
        """Publish on one of the device's channels."""
        self._paho.publish(f"{self._root}/{channel}", encode_frame(frame), qos=qos).wait_for_publish(PATIENCE)

    def __enter__(self) -> Self:
        self._paho.connect(self._broker.host, self._broker.port)
        self._paho.loop_start()
        assert self._ready.wait(PATIENCE), "the broker takes us"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()
