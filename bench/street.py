"""A street of devices in one process: signed beforehand, sent by the clock, and what the server signed back, with the time of each.

FILE (its argument) holds a pickled ``Plan``; the ``Outcome`` is written beside it. It speaks just enough MQTT
3.1.1 by itself, so that what it costs is little beside what is measured.
"""

import pickle
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ = 0x10, 0x30, 0x40, 0x82, 0xC0
ACCEPTED = b"\x20\x02\x00\x00"
LAST_ID = 65_535
MORE = 0x80
QOS_BITS, QOS_SHIFT = 0x06, 1
PING_EVERY = 20.0
LONGEST_PAUSE = 0.002
RECEIVED_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Sent:
    """One batch: when it goes (seconds after the start), and the log it belongs to."""

    at: float
    topic: str
    payload: bytes


@dataclass(frozen=True)
class Plan:
    """Where to connect, what to hear, what to send, and how long to wait for the last answers."""

    host: str
    port: int
    user: str
    password: str
    hear: str
    batches: list[Sent]
    begin_at: float  # time.monotonic() of this machine
    patience: float


@dataclass
class Outcome:
    """``sent`` in the plan's order, then what was heard; ``late`` is how far behind its own plan the street ever was."""

    sent: list[float] = field(default_factory=list)
    heard: list[tuple[float, str, bytes]] = field(default_factory=list)
    cpu: float = 0.0
    late: float = 0.0


def _length(size: int) -> bytes:
    found = bytearray()
    while True:
        size, digit = divmod(size, MORE)
        found.append(digit | (MORE if size else 0))
        if not size:
            return bytes(found)


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + _length(len(body)) + body


def publish(topic: str, payload: bytes, number: int) -> bytes:
    """At least once."""
    return _packet(PUBLISH | 1 << QOS_SHIFT, _text(topic) + struct.pack("!H", number % LAST_ID + 1) + payload)


class Line:
    """One connection to the broker."""

    def __init__(self, plan: Plan) -> None:
        self._socket = socket.create_connection((plan.host, plan.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags = b"\x04\xc2" + struct.pack("!H", 60)
        name = _text("bench-street") + _text(plan.user) + _text(plan.password)
        self._socket.sendall(_packet(CONNECT, _text("MQTT") + flags + name))
        if self._socket.recv(len(ACCEPTED)) != ACCEPTED:
            raise SystemExit("the broker refused the street")
        self._socket.sendall(_packet(SUBSCRIBE, struct.pack("!H", 1) + _text(plan.hear) + b"\x00"))
        self._unread = bytearray()
        self._unsent = bytearray()
        self._socket.setblocking(False)

    def say(self, packet: bytes) -> None:
        self._unsent += packet

    def turn(self, seconds: float, outcome: Outcome) -> None:
        """Write and read what can be, waiting so long for it."""
        writing = [self._socket] if self._unsent else []
        readable, writable, _ = select.select([self._socket], writing, [], seconds)
        if writable:
            del self._unsent[: self._socket.send(self._unsent)]
        if readable:
            received = self._socket.recv(RECEIVED_AT_ONCE)
            if not received:
                raise SystemExit("the broker cut the street off")
            self._unread += received
            self._take(time.monotonic(), outcome)

    def _take(self, now: float, outcome: Outcome) -> None:
        position = 0
        while (found := self._end(position)) is not None:
            start, size, end = found
            if self._unread[position] & 0xF0 == PUBLISH:
                body = bytes(self._unread[start : start + size])
                (length,) = struct.unpack_from("!H", body)
                outcome.heard.append((now, body[2 : 2 + length].decode(), body[2 + length :]))
            position = end
        del self._unread[:position]

    def _end(self, position: int) -> tuple[int, int, int] | None:
        """Where a packet's body starts, its size, where the packet ends; None when it is not all there."""
        size, start = 0, position + 1
        for shift in range(0, 28, 7):
            if start >= len(self._unread):
                return None
            digit = self._unread[start]
            size |= (digit & ~MORE) << shift
            start += 1
            if not digit & MORE:
                break
        return (start, size, start + size) if start + size <= len(self._unread) else None


def walk(plan: Plan) -> Outcome:
    """Send by the clock, and hear until nothing has come for as long as the plan is patient."""
    line, outcome = Line(plan), Outcome()
    packets = [publish(batch.topic, batch.payload, number) for number, batch in enumerate(plan.batches)]
    before = time.process_time()
    while time.monotonic() < plan.begin_at:
        line.turn(min(0.1, max(0.0, plan.begin_at - time.monotonic())), outcome)
    outcome.heard.clear()
    _send(plan, packets, line, outcome)
    until, known = time.monotonic() + plan.patience, -1
    while time.monotonic() < until:
        line.turn(0.1, outcome)
        if len(outcome.heard) != known:
            until, known = time.monotonic() + plan.patience, len(outcome.heard)
    outcome.cpu = time.process_time() - before
    return outcome


def _send(plan: Plan, packets: list[bytes], line: Line, outcome: Outcome) -> None:
    following, ping_at = 0, plan.begin_at + PING_EVERY
    while following < len(packets):
        now = time.monotonic()
        while following < len(packets) and plan.begin_at + plan.batches[following].at <= now:
            outcome.late = max(outcome.late, now - plan.begin_at - plan.batches[following].at)
            outcome.sent.append(now)
            line.say(packets[following])
            following += 1
        if now >= ping_at:
            line.say(bytes((PINGREQ, 0)))
            ping_at += PING_EVERY
        line.turn(LONGEST_PAUSE, outcome)


def main() -> None:
    path = Path(sys.argv[1])
    plan: Plan = pickle.loads(path.read_bytes())  # noqa: S301 - our own parent wrote it
    outcome = walk(plan)
    path.with_suffix(".outcome").write_bytes(pickle.dumps(outcome))
