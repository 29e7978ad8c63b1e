"""H.264 out of RTP (RFC 6184, non-interleaved mode): payloads in, whole pictures out, nothing that depends on what was lost."""

from collections.abc import Callable
from typing import Final, NamedTuple

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.parameters import PPS, SPS

SLICE, KEY_SLICE, SUPPLEMENT = 1, 5, 6
AGGREGATE, FRAGMENT = 24, 28
SINGLE: Final = 23
# A picture of 4 MB is 800 Mbit/s at 25 a second; 16,384 pieces of it bound what keeping them costs.
PICTURE_LIMIT: Final = 4 * 1024 * 1024
PIECES_LIMIT: Final = 16_384
SETS_LIMIT: Final = 32
LENGTH_BYTES: Final = 4
# Before what a fragment carries (indicator, header), before a NAL unit in a packet of several, and its own first byte.
FRAGMENT_HEAD, SIZE_BYTES, NAL_HEAD = 2, 2, 1
FIRST: Final = 0x80
# Exp-Golomb codes of slice_type 1 and 6, behind the first bit.
B_ALONE, B_ALL = 0b0010_0000, 0b0001_1100


class Unit(NamedTuple):
    """One picture: `pieces` together are its NAL units, each behind its length, `size` bytes in all. `sets` are the parameter
    sets that came with it. `reordered`: it has slices that are shown before one that came earlier.
    """

    timestamp: int
    key: bool
    reordered: bool
    pieces: list[bytes]
    size: int
    sets: tuple[bytes, ...]


def _is_first(head: int) -> bool:
    """Whether a slice whose second byte this is begins a picture: first_mb_in_slice is 0, which is one bit."""
    return head >= FIRST


def _is_reordered(head: int) -> bool:
    """Whether a first slice is of type B (7.4.3: 1 or 6): what follows the first bit is 010 or 00111."""
    return head & 0b0111_0000 == B_ALONE or head & 0b0111_1100 == B_ALL


class Depacketiser:
    """Begins with a key picture. When something was lost it waits for the next: no picture is shown that lacks what it is made of."""

    def __init__(self, unit: Callable[[Unit], None]) -> None:
        self._unit = unit
        self._expected = -1
        self._timestamp = -1
        self._broken = True
        # Some cameras mark every slice as the last: then a picture ends when the next begins.
        self._markers = True
        self._sets: list[bytes] = []
        self._begin()

    def _begin(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._key = self._reordered = self._sliced = self._headless = False
        # A NAL unit that comes in fragments: where its length will stand, and its size so far.
        self._open = -1
        self._length = 0

    def payload(self, body: bytes, sequence: int, timestamp: int, *, marker: bool) -> None:
        """The payload of one packet, never empty. Raises CameraFault(limits)."""
        if sequence != self._expected and self._expected >= 0:
            self._lose()
        self._expected = (sequence + 1) & 0xFFFF
        if timestamp != self._timestamp:
            if self._sliced:
                self._end()
            self._timestamp = timestamp
        kind = body[0] & 0x1F
        if kind == FRAGMENT:
            self._fragment(body)
        elif 0 < kind <= SINGLE:
            self._whole(body)
        elif kind == AGGREGATE:
            self._aggregate(body)
        if marker and self._sliced and self._markers:
            self._end()

    def _lose(self) -> None:
        """Something is missing: what is begun is left, what follows waits for a key picture."""
        self._begin()
        self._broken = True

    def _fragment(self, body: bytes) -> None:
        """FU-A (5.8)."""
        if len(body) <= FRAGMENT_HEAD:
            self._lose()
            return
        head = body[1]
        if head & 0x80:
            if self._open >= 0:
                self._lose()
            first = body[0] & 0xE0 | head & 0x1F
            self._slice(head & 0x1F, body[2])
            self._open = len(self._pieces)
            self._length = 1
            self._pieces += (b"", bytes((first,)))
            self._size += LENGTH_BYTES + 1
        elif self._open < 0:
            self._lose()
            return
        piece = body[2:]
        self._pieces.append(piece)
        self._length += len(piece)
        self._size += len(piece)
        if self._size > PICTURE_LIMIT or len(self._pieces) > PIECES_LIMIT:
            raise CameraFault(Cause.LIMITS, "a picture is too large")
        if head & 0x40:
            self._pieces[self._open] = self._length.to_bytes(LENGTH_BYTES, "big")
            self._open = -1

    def _whole(self, nal: bytes) -> None:
        """A NAL unit of its own. What only fills, or only ends, is left out; so are parameter sets, which stand elsewhere."""
        if self._open >= 0:
            self._lose()
        kind = nal[0] & 0x1F
        if kind in (SPS, PPS):
            if nal not in self._sets:
                self._sets.append(nal)
            if len(self._sets) > SETS_LIMIT:
                raise CameraFault(Cause.LIMITS, "too many parameter sets")
            return
        if not SLICE <= kind <= SUPPLEMENT or len(nal) == NAL_HEAD:
            return
        if kind != SUPPLEMENT:
            self._slice(kind, nal[1])
        self._pieces += (len(nal).to_bytes(LENGTH_BYTES, "big"), nal)
        self._size += LENGTH_BYTES + len(nal)
        if self._size > PICTURE_LIMIT or len(self._pieces) > PIECES_LIMIT:
            raise CameraFault(Cause.LIMITS, "a picture is too large")

    def _aggregate(self, body: bytes) -> None:
        """STAP-A (5.7.1)."""
        at, end = 1, len(body)
        while end - at > SIZE_BYTES:
            size = body[at] << 8 | body[at + 1]
            at += 2
            if not 0 < size <= end - at:
                self._lose()
                return
            self._whole(body[at : at + size])
            at += size

    def _slice(self, kind: int, head: int) -> None:
        """A slice begins; `head` is the first byte of its header."""
        if not SLICE <= kind <= KEY_SLICE:
            return
        if not self._sliced:
            self._sliced = True
            self._headless = not _is_first(head)
            if self._headless and not self._broken:
                # Nothing was lost: the picture before was cut in two by a marker that isn't its end.
                self._markers = False
            self._reordered = not self._headless and _is_reordered(head)
        self._key = self._key or kind == KEY_SLICE

    def _end(self) -> None:
        """A picture is whole."""
        unit = Unit(self._timestamp, self._key, self._reordered, self._pieces, self._size, tuple(self._sets))
        cut = self._headless or self._open >= 0
        self._begin()
        if cut:
            self._broken = True
        elif unit.key or not self._broken:
            self._broken = False
            self._sets = []
            self._unit(unit)
