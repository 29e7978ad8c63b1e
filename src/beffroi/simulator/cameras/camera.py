"""A camera that films round and round: its pictures leave at their pace, the same ones for all who watch, and only while somebody does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from beffroi.simulator.cameras import packets
from beffroi.simulator.cameras.nals import Stamp
from beffroi.simulator.cameras.recipe import TICKS, Clip

REPORT_EVERY: Final = 5.0
"""Seconds between two sender reports (RFC 3550 §6.2)."""
BEHIND: Final = 1_000_000
"""Bytes that wait for a client before pictures are left out for it, as a camera with little memory does."""
LATE: Final = 0.5
"""Seconds by which the process may be late before the camera gives up catching up."""
SOUND_FILL: Final = b"\xff"
"""Silence, in G.711 µ-law."""


@dataclass(frozen=True, slots=True)
class Packaging:
    """How a camera cuts its stream."""

    largest: int = 1_400
    """Payload of a packet, in bytes."""
    sets: bool = True
    """Parameter sets stand before each key frame too, not in the description only."""


@dataclass(slots=True, eq=False)
class Viewer:
    """Somebody who plays, and by which channels."""

    transport: asyncio.WriteTransport
    video: int
    behind: bool = True
    """Waits for a key frame: just come, or left out."""
    report_due: float = 0.0
    sent: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """The first packet that somebody will get."""

    sequence: int
    timestamp: int


class Wires:
    """Pictures cut into packets, once for all cameras that film the same."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, Packaging, int], packets.Wire] = {}
        self._clips: dict[int, Clip] = {}

    def get(self, clip: Clip, packaging: Packaging, index: int) -> packets.Wire:
        """One picture's packets."""
        key = id(clip), packaging, index
        found = self._held.get(key)
        if found is None:
            self._clips[id(clip)] = clip  # as long as it is held its identity is its own
            found = self._held[key] = packets.wire(clip, index, largest=packaging.largest, sets=packaging.sets)
        return found


@dataclass(eq=False)
class Camera:
    """One of them. `now_ms` is its clock: milliseconds since 1970."""

    number: int
    clip: Clip
    packaging: Packaging
    wires: Wires
    now_ms: Callable[[], int]
    source: int
    sequence: int
    """Of its next packet."""
    base: int
    """The timestamp of its picture number 0."""
    viewers: set[Viewer] = field(default_factory=set)
    _ordinal: int = 0
    _shift: int = 0
    _began: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def join(self, viewer: Viewer) -> Start | None:
        """Begin to send. Whoever comes first gets a key frame at once, the others the next one that there is (None: not known here)."""
        self.viewers.add(viewer)
        if self._timer is not None:
            return None
        loop = asyncio.get_running_loop()
        if not self._began:
            self._began = loop.time()
        self._ordinal = max(self._ordinal, ceil((loop.time() - self._began) * self.clip.recipe.rate))
        self._shift = -self._ordinal % len(self.clip.units) + self._nearest_key()
        self._plan(loop)
        return Start(self.sequence, self._timestamp(self._wire()))

    def leave(self, viewer: Viewer) -> None:
        """Send no more; with the last, the camera rests."""
        self.viewers.discard(viewer)
        if not self.viewers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _nearest_key(self) -> int:
        """The key frame nearest to where the clip would be."""
        group = self.clip.recipe.group
        return self._ordinal % len(self.clip.units) // group * group

    def _plan(self, loop: asyncio.AbstractEventLoop) -> None:
        due = self._began + self._ordinal / self.clip.recipe.rate
        if loop.time() - due > LATE:
            self._began += loop.time() - due
            due = loop.time()
        self._timer = loop.call_at(due, self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """One picture to everybody, then the next one's time is set."""
        wire = self._wire()
        stamp = Stamp(self.now_ms(), self._ordinal)
        timestamp = self._timestamp(wire)
        sent = packets.numbered(wire, sequence=self.sequence, timestamp=timestamp, source=self.source, stamp=stamp)
        self.sequence = self.sequence + len(wire.packets) & 0xFFFF
        for viewer in tuple(self.viewers):
            if not self._left_out(viewer, wire):
                self._report(viewer, timestamp, stamp.left, loop.time())
                self._send(viewer, wire, sent)
        self._ordinal += 1
        self._plan(loop)

    def _left_out(self, viewer: Viewer, wire: packets.Wire) -> bool:
        """Whether this picture isn't for this viewer: it reads too slowly, or waits for a key frame."""
        if viewer.transport.is_closing():
            return True
        too_much = viewer.transport.get_write_buffer_size() > BEHIND
        viewer.behind = too_much or (viewer.behind and not wire.key)
        return viewer.behind

    def _report(self, viewer: Viewer, timestamp: int, left: int, now: float) -> None:
        if now < viewer.report_due:
            return
        viewer.report_due = now + REPORT_EVERY
        viewer.transport.write(
            packets.sender_report(
                viewer.video + 1,
                source=self.source,
                timestamp=timestamp,
                left=left,
                packets=viewer.sent,
                octets=viewer.octets,
            )
        )

    def _send(self, viewer: Viewer, wire: packets.Wire, sent: bytearray) -> None:
        viewer.transport.write(packets.on_channel(sent, wire.packets, viewer.video) if viewer.video else sent)
        viewer.sent += len(wire.packets)
        viewer.octets += len(sent) - len(wire.packets) * (packets.FRAMED + packets.HEADER)

    def _wire(self) -> packets.Wire:
        index = (self._ordinal + self._shift) % len(self.clip.units)
        return self.wires.get(self.clip, self.packaging, index)

    def _timestamp(self, wire: packets.Wire) -> int:
        return self.base + (self._ordinal + wire.ahead) * (TICKS // self.clip.recipe.rate) & 0xFFFFFFFF
