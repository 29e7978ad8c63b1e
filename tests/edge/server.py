"""A broker and a server for the locks' tests: Mosquitto as a process of its own, and a client that plays the server's part."""

import queue
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from beffroi.adapters.process.places import free_port
from beffroi.protocol.v1.beat import Beat, verify_beat
from beffroi.protocol.v1.carriage import Ask, BeatFrame, CarryDown, Events
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.events import Batch, Head, follow, verify_batch
from beffroi.protocol.v1.frames import Frame, decode_frame, encode_frame
from tests.edge.street import PATIENCE
from tests.edge.town import AUTHORITY, LOCK, Town, allow

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Broker:
    """Mosquitto on loopback, without persistence: whatever it acknowledged is gone when it is."""

    def __init__(self, folder: Path) -> None:
        assert MOSQUITTO is not None
        self.port = free_port()
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\n"
        )
        self.start()

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, "Mosquitto does not start"
                assert monotonic() < end
                continue
            return

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


@dataclass
class Server:
    """Listens to one device of the authority, or to all; says only what a test tells it to say."""

    port: int
    town: Town
    device: str = "+"
    heard: "queue.Queue[tuple[str, bytes]]" = field(default_factory=queue.Queue)
    batches: list[Batch] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    replies: dict[str, Frame] = field(default_factory=dict)
    head: Head = field(default_factory=Head)
    correlations: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        ready: queue.Queue[bool] = queue.Queue()
        self._client = Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311, client_id=f"server {self.device}"
        )
        self._client.on_connect = lambda client, *_: client.subscribe(f"beffroi/1/{AUTHORITY}/{self.device}/#", 1)
        self._client.on_subscribe = lambda *_: ready.put(True)
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", self.port)
        self._client.loop_start()
        ready.get(timeout=PATIENCE)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))

    def down(self, name: str, device: str = LOCK, **tokens: str) -> None:
        items = tuple((item.replace("_", "-"), token) for item, token in tokens.items())
        self.say(name, encode_frame(CarryDown(items)), device)

    def say(self, name: str, payload: bytes, device: str = LOCK) -> None:
        self._client.publish(f"beffroi/1/{AUTHORITY}/{device}/{name}", payload, 1)

    def relay(self, device: str = LOCK) -> Callable[[Frame], Frame]:
        """An exchange over the relay, as a phone's browser has it through the server."""

        def exchange(frame: Frame) -> Frame:
            correlation = f"c{next(self.correlations)}"
            self.say(f"relay/req/{correlation}", encode_frame(frame), device)
            self.until(lambda: correlation in self.replies)
            return self.replies[correlation]

        return exchange

    def until(self, condition: Callable[[], bool]) -> None:
        """Hear what comes until the condition holds."""
        while not condition():
            topic, payload = self.heard.get(timeout=PATIENCE)
            name = topic.split("/", 4)[4]
            if name == "up/gone":  # the broker says that the line broke: not a frame
                self.gone += 1
                continue
            if not name.startswith(("up/", "relay/rep/")):
                continue
            frame = decode_frame(payload)
            assert not isinstance(frame, Refused), frame
            if isinstance(frame, Events):
                self.take(frame.batch)
            elif isinstance(frame, Ask):
                self.asks.append(frame)
            elif isinstance(frame, BeatFrame):
                self.beat(frame.beat)
            else:
                self.replies[name.rpartition("/")[2]] = frame

    certificate: Certificate | None = None
    gone = 0

    def take(self, token: str) -> None:
        """Verify a batch of the lock that is followed, if one is; what came twice is compared and brings nothing."""
        if self.certificate is None:
            return
        batch = allow(verify_batch(token, certificate=self.certificate))
        self.batches.append(batch)
        followed = follow(self.head, batch)
        assert not isinstance(followed, Refused), followed
        self.head = followed.head

    def beat(self, token: str) -> None:
        """Verify a beat of the device that is followed; QoS 0 brings none twice."""
        if self.certificate is None:
            return
        last = self.beats[-1].order if self.beats else (0, 0)
        self.beats.append(allow(verify_beat(token, certificate=self.certificate, last=last)))

    @property
    def events(self) -> list[Event]:
        """By sequence, each once."""
        found = {n: event for batch in self.batches for n, event in enumerate(batch.events, batch.first)}
        return [found[n] for n in sorted(found)]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    @property
    def kinds(self) -> list[str]:
        """Kinds by sequence, each once."""
        return [event.kind for event in self.events]

    def sign_for_all(self) -> None:
        self.down("down/receipt", receipt=self.town.receipt(self.head))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
