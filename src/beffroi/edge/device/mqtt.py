"""The device's line to the server: one MQTT 3.1.1 connection, QoS 1, through the broker of the commissioning document.

The broker's acknowledgement means nothing: an event stays in the journal until the server's signed receipt. Topics are below
`beffroi/1/<authority>/<device>/`; payloads are the frames of docs/spec/gate.md. paho runs the connection in a thread of its
own; everything that touches the device happens in the event loop.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.edge.device import tls
from beffroi.edge.device.commissioning import Broker
from beffroi.edge.device.device import Device
from beffroi.edge.device.outbox import Outbox
from beffroi.protocol.v1.carriage import TAKEN, Ask, BeatFrame, Carried, Events
from beffroi.protocol.v1.frames import Frame, RefusedFrame, encode_frame
from beffroi.protocol.v1.grant import RELAY

logger = logging.getLogger(__name__)

QOS: Final = 1
KEEPALIVE_SECONDS: Final = 30
RECONNECT_SECONDS: Final = (1, 30)
QUEUED: Final = 256
"""What paho may hold for a broker that is away; the journal keeps what is beyond."""
AT_MOST_ONCE: Final = 0
ASK_SECONDS: Final = 900
ASK_SECONDS_WITHOUT_TIME: Final = 10
DOWN: Final = ("down/receipt", "down/trust", "down/command")
GONE: Final = "up/gone"
"""The broker says it for us when the connection breaks; not retained: it is news, not a state."""
RELAY_REQUEST: Final = "relay/req/"
RELAY_REPLY: Final = "relay/rep/"
_is_correlation: Final = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch


class Attached(Protocol):
    """What a line needs of a device that runs. `changed` is set when there are events to send, `urgent` when they can't wait
    for a fuller batch.
    """

    changed: asyncio.Event
    urgent: asyncio.Event

    @property
    def device(self) -> Device: ...

    def ask(self) -> Ask:
        """What it would like to be brought."""

    def answer(self, data: bytes, transport: str) -> Frame:
        """The frame that answers the bytes of one that the server relays."""

    def take(self, data: bytes) -> Frame:
        """What the server sends down."""


class Line:
    """The connection of one device. `start` and `stop` belong to the event loop; paho's thread only hands things over to it."""

    def __init__(self, unit: Attached, broker: Broker, *, relayed: bool = True) -> None:
        """`relayed`: whether holders reach this device through the server."""
        self._unit = unit
        self._device = unit.device
        self._broker = broker
        self._heard = (*DOWN, RELAY_REQUEST + "+") if relayed else DOWN
        self._prefix = f"beffroi/1/{unit.device.holdings.trust.authority}/{unit.device.identity.device}/"
        self._loop = asyncio.get_running_loop()
        self._connected = asyncio.Event()
        self._ask_now = asyncio.Event()
        self._outbox = Outbox(unit.device.journal, unit.device.identity.key)
        self._tasks: list[asyncio.Task[None]] = []
        unit.device.delivery.resend = self._resend
        unit.device.delivery.report = self._ask_now.set
        self._silent = False
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device.identity.device,
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=True,
        )
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        over_tls = tls.context(self._broker, self._device.identity.key)
        if over_tls is not None:
            client.tls_set_context(over_tls)
        client.will_set(self._prefix + GONE, b"", QOS, retain=False)
        client.max_queued_messages_set(QUEUED)
        client.reconnect_delay_set(*RECONNECT_SECONDS)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        self._client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_SECONDS)
        self._client.loop_start()
        self._tasks = [asyncio.create_task(self._send_events()), asyncio.create_task(self._ask())]

    def fall_silent(self) -> None:
        """From now on nothing that comes reaches the device, and nothing of it goes out."""
        self._silent = True
        for task in self._tasks:
            task.cancel()
        self._client.disconnect()

    async def stop(self) -> None:
        """End the connection. Waits for paho's thread without holding up the others."""
        self.fall_silent()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._client.loop_stop)

    # paho's thread

    def _hand_over(self, act: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: the program is stopping
            if not self._silent:
                self._loop.call_soon_threadsafe(act, *arguments)

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            logger.warning("%s: the broker refuses the connection: %s", self._device.identity.device, code)
            return
        client.subscribe([(self._prefix + name, QOS) for name in self._heard])
        self._hand_over(self._has_connected)

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._hand_over(self._has_disconnected, str(code))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if not message.retain or message.topic.startswith(self._prefix + "down/"):
            self._hand_over(self._receive, message.topic.removeprefix(self._prefix), bytes(message.payload))

    # The event loop

    def _has_connected(self) -> None:
        logger.info("%s: connected to %s:%d", self._device.identity.device, self._broker.host, self._broker.port)
        self._outbox.rewind()
        self._connected.set()
        self._ask_now.set()
        self._unit.changed.set()
        self._unit.urgent.set()

    def _has_disconnected(self, why: str) -> None:
        logger.info("%s: disconnected: %s", self._device.identity.device, why)
        self._connected.clear()

    def _receive(self, name: str, payload: bytes) -> None:
        if self._silent:
            return
        if name.startswith(RELAY_REQUEST):
            correlation = name.removeprefix(RELAY_REQUEST)
            if _is_correlation(correlation):
                self._publish(RELAY_REPLY + correlation, encode_frame(self._unit.answer(payload, RELAY)))
            return
        frame = self._unit.take(payload)
        if isinstance(frame, RefusedFrame):
            logger.warning("%s: %s refused: %s", self._device.identity.device, name, frame.reason)
        if isinstance(frame, Carried):
            for what, outcome in frame.outcomes:
                if outcome != TAKEN:
                    logger.info("%s: %s not taken: %s", self._device.identity.device, what, outcome)
                elif what == "receipt":
                    self._outbox.receipted()
                    self._unit.urgent.set()
        self._unit.changed.set()

    def _resend(self, wanted: tuple[int, int]) -> None:
        self._outbox.want(wanted)
        self._unit.urgent.set()
        self._unit.changed.set()

    def beat(self, token: str) -> None:
        """Say what lives, if there is a line now: a beat that came late would say nothing."""
        if self._connected.is_set():
            self._publish("up/beat", encode_frame(BeatFrame(token)), AT_MOST_ONCE)

    def _publish(self, name: str, payload: bytes, qos: int = QOS) -> None:
        self._client.publish(self._prefix + name, payload, qos)

    async def _send_events(self) -> None:
        """Send what is new: at once when it is urgent, else within a second, so that a batch can fill.

        Not `wait_for`: up to Python 3.11 it loses a stop that comes together with what it waits for.
        """
        unit = self._unit
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._outbox.patience):
                    await unit.changed.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await unit.urgent.wait()
            await self._connected.wait()
            unit.changed.clear()
            unit.urgent.clear()
            self._offer()

    def _offer(self) -> None:
        for batch in self._outbox.due(self._loop.time()):
            self._publish("up/events", encode_frame(Events(batch)))

    def flush(self) -> None:
        """Before a stop: what is on record goes now, if there is a line; what doesn't get through goes at the next start."""
        if self._connected.is_set():
            self._offer()

    async def _ask(self) -> None:
        """Ask for time, a newer key set and a newer list: on connection, on demand, and now and then."""
        while True:
            # Known or not is looked at when the answer to the last one has had its time, not before it can have come.
            if not await self._asked_within(ASK_SECONDS_WITHOUT_TIME) and self._device.holdings.now() is not None:
                await self._asked_within(ASK_SECONDS - ASK_SECONDS_WITHOUT_TIME)
            await self._connected.wait()
            self._ask_now.clear()
            self._publish("up/ask", encode_frame(self._unit.ask()))

    async def _asked_within(self, seconds: float) -> bool:
        """Whether there was a reason to ask before so many seconds had passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._ask_now.wait()
        return False
