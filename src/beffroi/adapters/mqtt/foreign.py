"""Listening on a broker that isn't ours: one connection, outwards, with a user that may only read.

It connects again by itself, waiting longer each time, up to half a minute. MQTT 3.1.1, so that every broker will do.
"""

import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from beffroi.adapters.mqtt.notes import port_of

AT_LEAST_ONCE: Final = 1
KEEPALIVE: Final = 30
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 30
# What the broker sends before we have acknowledged the first of it: the bound of our memory.
IN_FLIGHT: Final = 200
# Reason codes by which a broker says that it doesn't know us (MQTT 3.1.1: 4 and 5; 5: 134 and 135).
UNKNOWN_USER: Final = (4, 5, 134, 135)


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `stored`: the broker had kept it from before. The broker sends it again until `acknowledge()` is called."""

    topic: str
    payload: bytes
    stored: bool
    acknowledge: Callable[[], None]


Handler = Callable[[Said], None]


class _Client(paho.Client):
    """paho leaves the socket of a handshake that failed to the collector: a broker whose certificate expired costs one each try."""

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        if self._ssl_context is None:
            raise RuntimeError("tls_set comes before a connection")
        wrapped = self._ssl_context.wrap_socket(tcp_sock, server_hostname=self._host, do_handshake_on_connect=False)
        try:
            wrapped.settimeout(self._keepalive)
            wrapped.do_handshake()
        except OSError:
            wrapped.close()
            raise
        return wrapped


class ForeignBroker:
    """`ca`: a file with the authority that signed the broker's certificate; those of this machine when empty.

    A handler runs in the client's own thread; while it lasts the broker waits. With `keep_session` what the broker keeps for `client_id`
    comes when we are back.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        topics: Sequence[str],
        handler: Handler,
        user: str = "",
        password: str = "",
        ca: str = "",
        keep_session: bool = True,
    ) -> None:
        self._address = urlsplit(url)
        self._topics = tuple(dict.fromkeys(topics))
        self._handler = handler
        self._granted: set[int] = set()
        self.ready = False
        """Whether the broker has taken us with every subscription."""
        self.fault = "unreachable"
        """Why it has not: "unreachable", "certificate", "refused", "subscription"."""
        self._paho = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not keep_session,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        if user:
            self._paho.username_pw_set(user, password)
        if self._address.scheme == "mqtts":
            self._paho.tls_set(ca_certs=ca or None, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self._paho.reconnect_delay_set(SHORTEST_PAUSE, LONGEST_PAUSE)
        self._paho.max_inflight_messages_set(IN_FLIGHT)
        self._paho.on_connect = self._connected
        self._paho.on_connect_fail = self._failed
        self._paho.on_disconnect = self._disconnected
        self._paho.on_subscribe = self._subscribed
        self._paho.on_message = self._received
        self._paho.suppress_exceptions = False

    def __enter__(self) -> Self:
        self._paho.connect_async(self._address.hostname or "", port_of(self._address), KEEPALIVE)
        self._paho.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()
        self.ready = False

    def _connected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.fault = "refused" if reason.value in UNKNOWN_USER else "unreachable"
            return
        self._granted.clear()
        for topic in self._topics:
            error, number = self._paho.subscribe(topic, AT_LEAST_ONCE)
            if error == MQTTErrorCode.MQTT_ERR_SUCCESS and number is not None:
                self._granted.add(number)

    def _failed(self, _client: paho.Client, _userdata: object) -> None:
        """The connection didn't come about; we are called where that was caught."""
        why = sys.exc_info()[1]
        self.ready, self.fault = (
            False,
            "certificate" if isinstance(why, ssl.SSLCertVerificationError) else "unreachable",
        )

    def _subscribed(
        self,
        _client: paho.Client,
        _userdata: object,
        number: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self.ready, self.fault = False, "subscription"
            return
        self._granted.discard(number)
        self.ready = not self._granted

    def _disconnected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.ready = False
        if reason.is_failure and self.fault != "refused":
            self.fault = "unreachable"

    def _received(self, _client: paho.Client, _userdata: object, received: paho.MQTTMessage) -> None:
        def acknowledge() -> None:
            self._paho.ack(received.mid, received.qos)

        try:
            topic = received.topic
        except UnicodeDecodeError:
            acknowledge()
            return
        self._handler(Said(topic, bytes(received.payload), bool(received.retain), acknowledge))
