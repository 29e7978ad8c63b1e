"""The server's connection to the broker: subscriptions with our own acknowledgement, publishing, asking a device something.

One client a process, safe from any thread; it connects again by itself, waiting longer each time, up to half a minute.
MQTT 3.1.1, so that every broker will do.
"""

import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit
from uuid import UUID

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.adapters.mqtt import readahead, topics
from beffroi.adapters.mqtt.errors import BrokerUnreachableError, NoReplyError, NotATopicError
from beffroi.adapters.mqtt.notes import port_of
from beffroi.adapters.mqtt.topics import Topic

AT_MOST_ONCE, AT_LEAST_ONCE = 0, 1
KEEPALIVE = 30
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 30
IN_FLIGHT = 1_000
POSTED_MOST = 10_000
CORRELATION_BYTES = 16


@dataclass(frozen=True, slots=True)
class Message:
    """What a device said. The broker sends it again until `acknowledge()` is called: call it after the commit."""

    topic: Topic
    payload: bytes
    acknowledge: Callable[[], None]


Handler = Callable[[Message], None]


class BrokerClient:
    """`url` is a BEFFROI_BROKER_URL. With `keep_session` the broker keeps what it could not deliver to this `client_id`.

    A handler runs in the client's own thread and holds the others up while it lasts: the broker sends no more than 1,000
    messages that aren't acknowledged, which is the bound of our memory.
    """

    def __init__(self, url: str, *, client_id: str, keep_session: bool = False) -> None:
        self._address = urlsplit(url)
        self._handlers: dict[str, tuple[str, Handler]] = {}
        self._waiting: dict[tuple[UUID, str], queue.SimpleQueue[bytes]] = {}
        self._left: set[str] = set()
        self.connections = 0
        """How often the broker has taken us with every subscription: another number means a break between."""
        self._ready = threading.Event()
        self._subscribing: set[int] = set()
        self._refusal: str | None = None
        self._own_thread: int | None = None
        self._paho = readahead.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not keep_session,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        if self._address.username:
            self._paho.username_pw_set(unquote(self._address.username), unquote(self._address.password or ""))
        if self._address.scheme == "mqtts":
            self._paho.tls_set()
        self._paho.reconnect_delay_set(SHORTEST_PAUSE, LONGEST_PAUSE)
        self._paho.max_inflight_messages_set(IN_FLIGHT)
        self._paho.max_queued_messages_set(POSTED_MOST)
        self._paho.on_connect = self._connected
        self._paho.on_disconnect = self._disconnected
        self._paho.on_subscribe = self._subscribed
        self._paho.on_message = self._received

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Hands every message of this pattern to the handler; before `start`. `$share/<group>/…` shares it with others."""
        plain = pattern.split("/", 2)[2] if pattern.startswith("$share/") else pattern
        self._handlers[pattern] = (plain, handler)

    def leave(self, pattern: str) -> None:
        """Ends a subscription that a session kept from before may have; before `start`."""
        self._left.add(pattern)

    def start(self) -> None:
        """Begins connecting; returns at once."""
        self._paho.connect_async(self._address.hostname or "127.0.0.1", port_of(self._address), KEEPALIVE)
        self._paho.loop_start()

    def stop(self) -> None:
        """Disconnects; what was not acknowledged comes again to the next."""
        self._paho.disconnect()
        self._paho.loop_stop()
        self._ready.clear()

    def await_connection(self, seconds: float) -> None:
        """Returns once connected with every subscription granted. Raises BrokerUnreachableError."""
        if not self._ready.wait(seconds):
            raise BrokerUnreachableError(self._refusal or "the broker can't be reached")

    @property
    def connected(self) -> bool:
        """Whether messages pass now."""
        return self._ready.is_set()

    def publish(self, topic: Topic, payload: bytes, *, seconds: float = 10.0) -> None:
        """Returns when the broker has taken the message, which says nothing of the device. Raises BrokerUnreachableError.

        Not from a handler: it would wait for itself.
        """
        if threading.get_ident() == self._own_thread:
            raise RuntimeError("publish was called from a handler, which holds up the connection it waits for")
        self.await_connection(seconds)
        sent = self._paho.publish(str(topic), payload, qos=AT_LEAST_ONCE)
        try:
            sent.wait_for_publish(seconds)
        except (RuntimeError, ValueError) as error:
            raise BrokerUnreachableError(f"the broker did not take a message: {error}") from error
        if not sent.is_published():
            raise BrokerUnreachableError("the broker did not take a message in time")

    def post(self, topic: Topic, payload: bytes) -> None:
        """Hands the message over and waits for nothing: it may be lost with this process or with the connection.

        For what is said again when the device asks or sends again. At QoS 0: an acknowledgement of each receipt would say nothing that
        the device's own silence doesn't, and paho looks through all that are on their way for each one that arrives.
        Raises BrokerUnreachableError when there is no connection.
        """
        self.await_connection(0)
        sent = self._paho.publish(str(topic), payload, qos=AT_MOST_ONCE)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BrokerUnreachableError(f"the broker takes no more messages: {paho.error_string(sent.rc)}")

    def request(self, authority: UUID, device: UUID, payload: bytes, *, seconds: float) -> bytes:
        """Sends a frame to a gate and waits for its answer. Raises NoReplyError, BrokerUnreachableError."""
        until = time.monotonic() + seconds
        correlation = secrets.token_urlsafe(CORRELATION_BYTES)
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._waiting[device, correlation] = answers
        try:
            self.publish(Topic(authority, device, topics.RELAY_REQUEST, correlation), payload, seconds=seconds)
            return answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise NoReplyError(f"the device did not answer within {seconds:g} s") from None
        finally:
            del self._waiting[device, correlation]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _connected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._own_thread = threading.get_ident()
        if reason.is_failure:
            self._refusal = f"the broker refused us: {reason}"
            return
        for pattern in self._left:
            self._paho.unsubscribe(pattern)
        for pattern in {*self._handlers, topics.EVERY_REPLY}:
            error, number = self._paho.subscribe(pattern, AT_LEAST_ONCE)
            if error == MQTTErrorCode.MQTT_ERR_SUCCESS and number is not None:
                self._subscribing.add(number)

    def _subscribed(
        self,
        _client: paho.Client,
        _userdata: object,
        number: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = "the broker refused a subscription"
            return
        self._subscribing.discard(number)
        if not self._subscribing:
            self.connections += 1
            self._ready.set()

    def _disconnected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._ready.clear()
        self._subscribing.clear()

    def _received(self, _client: paho.Client, _userdata: object, received: paho.MQTTMessage) -> None:
        def acknowledge() -> None:
            self._paho.ack(received.mid, received.qos)

        try:
            topic = topics.parse(received.topic)
        except NotATopicError:
            acknowledge()
            return
        if topic.channel == topics.RELAY_REPLY and topic.correlation is not None:
            waiting = self._waiting.get((topic.device, topic.correlation))
            if waiting is not None:
                waiting.put(bytes(received.payload))
            acknowledge()
            return
        for pattern, handler in self._handlers.values():
            if topics.matches(received.topic, pattern):
                handler(Message(topic, bytes(received.payload), acknowledge))
                return
        acknowledge()


def cut_off(url: str, devices: Iterable[UUID], *, seconds: float = 10.0) -> None:
    """End the connections that these devices have now: whoever comes with a client's identifier takes its place, and leaves.

    Raises BrokerUnreachableError.
    """
    for device in devices:
        with BrokerClient(url, client_id=str(device)) as client:
            client.await_connection(seconds)


def answers(url: str, *, seconds: float = 3.0) -> bool:
    """Whether the broker takes us, now: a connection of its own."""
    at = urlsplit(url)
    try:  # a door that is shut is known at once; the client below would knock again and again
        socket.create_connection((at.hostname or "127.0.0.1", port_of(at)), timeout=seconds).close()
    except OSError:
        return False
    with BrokerClient(url, client_id=f"server-probe-{secrets.token_hex(4)}") as probe:
        try:
            probe.await_connection(seconds)
        except BrokerUnreachableError:
            return False
        return True
