"""paho's client, reading what has come at once.

paho takes a packet by three system calls and looks for the next by a fourth; each hands the interpreter to whatever else runs. Beside
a thread that verifies signatures, a thousand messages a second were out of reach for that alone.
"""

import socket
import ssl

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode

READ_AT_ONCE = 65_536
# Between so many packets and the next, what waits to be sent goes out: as long as more comes, nothing would otherwise, and whoever
# waits for an answer of ours would wait for the end of a whole window of messages.
PACKETS_AT_ONCE = 32


class ReadAhead:
    """A connected socket that keeps what it has read and nobody has asked for yet."""

    def __init__(self, connected: socket.socket | ssl.SSLSocket) -> None:
        self._socket = connected
        self._read = b""
        self._position = 0

    def recv(self, size: int) -> bytes:
        """At most so many bytes, from what is there; as the socket's own when nothing is."""
        if self._position == len(self._read):
            self._read, self._position = self._socket.recv(max(size, READ_AT_ONCE)), 0
        start, self._position = self._position, min(self._position + size, len(self._read))
        return self._read[start : self._position]

    @property
    def ahead(self) -> int:
        """How many bytes were read and not asked for."""
        return len(self._read) - self._position

    def pending(self) -> int:
        """Bytes that `select` does not see: those read ahead, and those that TLS holds."""
        return self.ahead + (self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0)

    def __getattr__(self, name: str) -> object:
        """Everything else is the socket's."""
        return getattr(self._socket, name)


class Client(paho.Client):
    """Nothing else is different."""

    _reading: ReadAhead | None = None

    def _create_socket(self) -> ReadAhead:  # type: ignore[override]  # paho asks for what a socket does, which this does
        self._reading = ReadAhead(super()._create_socket())  # type: ignore[arg-type]  # we never speak over a WebSocket
        return self._reading

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """What was read at once, some packets of it: `pending` says that there is more."""
        result = super().loop_read(max_packets)
        for _packet in range(PACKETS_AT_ONCE - 1):
            if result != MQTTErrorCode.MQTT_ERR_SUCCESS or self._reading is None or not self._reading.ahead:
                break
            result = super().loop_read(max_packets)
        return result
