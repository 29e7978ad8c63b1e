"""A camera that films round and round: its pictures leave at their pace, the same ones for all who watch, and only while somebody does."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final

from beffroi.simulator.cameras import packets
from beffroi.simulator.cameras.faults import Faults, Mischief
from beffroi.simulator.cameras.nals import Stamp
from beffroi.simulator.cameras.recipe import TICKS, Clip
from beffroi.simulator.cameras.sdp import SOUND_RATE

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

    largest: int = packets.USUAL
    """Payload of a packet, in bytes."""
    sets: bool = True
    """Parameter sets stand before each key frame too, not in the description only."""


@dataclass(slots=True, eq=False)
class Viewer:
    """Somebody who plays, and by which channels."""

    transport: asyncio.WriteTransport
    video: int
    reports: int
    sound: int | None = None
    headless_until: float = 0.0
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
            found = self._held[key] = packets.cut(clip, index, largest=packaging.largest, sets=packaging.sets)
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
    faults: Faults = field(default_factory=Faults)
    viewers: set[Viewer] = field(default_factory=set)
    resting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nobody plays."""
    _ordinal: int = 0
    _shift: int = 0
    _began: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._mischief = Mischief(self.source)
        self.resting.set()

    def join(self, viewer: Viewer) -> Start | None:
        """Begin to send. Whoever comes first gets a key frame at once, the others the next one that there is (None: not known here)."""
        loop = asyncio.get_running_loop()
        self.viewers.add(viewer)
        self.resting.clear()
        self._mischief.endless_since = None
        if self.faults.headless:
            viewer.headless_until = loop.time() + self.faults.headless
        if self._timer is not None:
            return None
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
            self.resting.set()

    def film(self, clip: Clip) -> None:
        """Film something else from the next picture on, from its beginning."""
        self.clip = clip
        self._shift = -self._ordinal % len(clip.units)

    def jump(self, seconds: float) -> None:
        """Send the timestamps forward, or back."""
        self.base = self.base + round(seconds * TICKS) & 0xFFFFFFFF

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
        if self.faults.freeze or self.faults.hang:
            for viewer in self.viewers:
                viewer.behind = True
        else:
            self._show(loop.time())
        self._ordinal += 1
        self._plan(loop)

    def _show(self, now: float) -> None:
        wire = self._wire()
        stamp = Stamp(self.now_ms(), self._ordinal)
        timestamp = self._timestamp(wire)
        sent, starts = self._sent(wire, stamp, timestamp)
        for viewer in tuple(self.viewers):
            if not self._left_out(viewer, wire, now):
                self._report(viewer, timestamp, stamp.left, now)
                self._send(viewer, starts, sent)

    def _sent(self, wire: packets.Wire, stamp: Stamp, timestamp: int) -> tuple[bytearray, Sequence[int]]:
        """The bytes of a picture, and where its packets begin."""
        numbers = packets.Numbers(self.sequence, timestamp, self.source)
        starts: Sequence[int] = wire.packets
        if self.faults.endless:
            sent, starts = self._mischief.endless(self.clip.recipe.codec, self.faults.endless, numbers)
        else:
            self._mischief.endless_since = None
            sent = packets.numbered(wire, numbers, stamp)
        self.sequence = self.sequence + len(starts) & 0xFFFF
        return sent, starts

    def _left_out(self, viewer: Viewer, wire: packets.Wire, now: float) -> bool:
        """Whether this picture isn't for this viewer: it reads too slowly, or waits for a key frame."""
        if viewer.transport.is_closing():
            return True
        if now < viewer.headless_until:
            return wire.key
        too_much = viewer.transport.get_write_buffer_size() > BEHIND
        viewer.behind = too_much or (viewer.behind and not wire.key and not self.faults.endless)
        return viewer.behind

    def _report(self, viewer: Viewer, timestamp: int, left: int, now: float) -> None:
        if now < viewer.report_due:
            return
        viewer.report_due = now + REPORT_EVERY
        viewer.transport.write(
            packets.sender_report(
                viewer.reports,
                source=self.source,
                timestamp=timestamp,
                left=left,
                packets=viewer.sent,
                octets=viewer.octets,
            )
        )

    def _send(self, viewer: Viewer, starts: Sequence[int], sent: bytearray) -> None:
        viewer.sent += len(starts)
        viewer.octets += len(sent) - len(starts) * (packets.FRAMED + packets.HEADER)
        own = packets.on_channel(sent, starts, viewer.video) if viewer.video else sent
        if self.faults.lost or self.faults.garbage:
            own = self._mischief.spoiled(own, starts, self.faults)
        viewer.transport.write(own)
        if viewer.sound is not None:
            viewer.transport.write(self._silence(viewer.sound))

    def _silence(self, channel: int) -> bytes:
        """As much sound as a picture lasts."""
        samples = SOUND_RATE // self.clip.recipe.rate
        numbers = packets.Numbers(self._ordinal & 0xFFFF, self._ordinal * samples & 0xFFFFFFFF, self.source ^ 1)
        return packets.framed(channel, SOUND_FILL * samples, kind=packets.SOUND, numbers=numbers)

    def _wire(self) -> packets.Wire:
        index = (self._ordinal + self._shift) % len(self.clip.units)
        packaging = replace(self.packaging, largest=packets.LARGEST) if self.faults.huge else self.packaging
        return self.wires.get(self.clip, packaging, index)

    def _timestamp(self, wire: packets.Wire) -> int:
        return self.base + (self._ordinal + wire.ahead) * (TICKS // self.clip.recipe.rate) & 0xFFFFFFFF
