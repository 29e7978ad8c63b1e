"""RTP and RTCP inside an RTSP connection (RFC 3550, RFC 6184 for H.264, RFC 7798 for H.265, RFC 2326 §10.12).

A picture is cut into packets once (`Wire`); each time it is sent only the numbers in its headers are written again, in one copy,
which goes to all who watch.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from beffroi.simulator.cameras import nals
from beffroi.simulator.cameras.nals import Stamp
from beffroi.simulator.cameras.recipe import Clip, Codec, Unit

VIDEO: Final = 96
"""Payload type of the pictures."""
SOUND: Final = 0
"""Payload type of G.711 µ-law (RFC 3551)."""
FRAMED: Final = 4
HEADER: Final = 12
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_HEAD: Final = struct.Struct(">cBHBBHII")
_NUMBERS: Final = struct.Struct(">HII")
_NUMBERS_AT: Final = 6
H264_STAP_A: Final = 24
H264_FU_A: Final = 28
H265_AP: Final = 48
H265_FU: Final = 49
LARGEST: Final = 65_535 - HEADER
USUAL: Final = 1_400
"""Bytes of payload that fit in a packet of an ordinary network."""
_EPOCH: Final = 2_208_988_800  # from 1900, where NTP begins, to 1970


class Numbers(NamedTuple):
    """What changes in each packet."""

    sequence: int = 0
    timestamp: int = 0
    source: int = 0


ZERO: Final = Numbers()


@dataclass(frozen=True, slots=True)
class Wire:
    """A picture ready to be sent: all of its packets, and where in them what changes stands."""

    sent: bytes
    packets: tuple[int, ...]
    """Where each begins."""
    stamp: int
    key: bool
    ahead: int
    """By how many pictures it is shown after (or before) its turn."""


def cut(clip: Clip, index: int, *, largest: int, sets: bool) -> Wire:
    """A picture's packets, none with more than `largest` bytes of payload; `sets`: key frames carry the parameter sets."""
    unit = clip.units[index]
    codec = clip.recipe.codec
    small = (*(clip.sets[unit.sets] if sets and unit.key else ()), nals.message(codec, Stamp(0, 0)))
    payloads = list(_payloads(codec, unit, small, largest))
    sent = bytearray()
    packets = []
    for number, payload in enumerate(payloads, start=1):
        packets.append(len(sent))
        sent += framed(0, payload, kind=VIDEO, marker=number == len(payloads))
    return Wire(bytes(sent), tuple(packets), sent.index(nals.MARK) + len(nals.MARK), unit.key, unit.position - index)


def framed(channel: int, payload: bytes, *, kind: int, marker: bool = False, numbers: Numbers = ZERO) -> bytes:
    """One RTP packet as it goes inside the RTSP connection."""
    second = kind | (_MARKER if marker else 0)
    return _HEAD.pack(b"$", channel, HEADER + len(payload), _VERSION, second, *numbers) + payload


def numbered(wire: Wire, numbers: Numbers, stamp: Stamp) -> bytearray:
    """A copy with its numbers written in; the sequence number is its first packet's."""
    sent = bytearray(wire.sent)
    sent[wire.stamp : wire.stamp + nals.STAMP] = nals.figures(stamp)
    for count, at in enumerate(wire.packets):
        _NUMBERS.pack_into(sent, at + _NUMBERS_AT, numbers.sequence + count & 0xFFFF, numbers.timestamp, numbers.source)
    return sent


def on_channel(sent: bytearray, packets: Sequence[int], channel: int) -> bytearray:
    """A copy for somebody who chose another channel than 0."""
    other = bytearray(sent)
    for at in packets:
        other[at + 1] = channel
    return other


def sender_report(channel: int, *, source: int, timestamp: int, left: int, packets: int, octets: int) -> bytes:
    """RTCP: which moment (`left`, ms since 1970) a timestamp is, and how much was sent; with the name that RFC 3550 §6.1 wants."""
    seconds, rest = divmod(left, 1_000)
    report = struct.pack(
        ">BBHIIIIII",
        _VERSION,
        200,
        6,
        source,
        seconds + _EPOCH & 0xFFFFFFFF,
        rest * (1 << 32) // 1_000,
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )
    name = b"camera"
    items = bytes((1, len(name))) + name
    items += bytes(4 - len(items) % 4)
    described = struct.pack(">BBHI", _VERSION | 1, 202, 1 + len(items) // 4, source) + items
    return b"$" + struct.pack(">BH", channel, len(report) + len(described)) + report + described


def _payloads(codec: Codec, unit: Unit, small: Sequence[bytes], largest: int) -> Iterator[bytes]:
    """Parameter sets and message together in one packet when there are several, each slice alone, or in fragments."""
    together = _together(codec, small)
    if len(small) > 1 and len(together) <= largest:
        yield together
    else:
        for nal in small:
            yield from _alone(codec, nal, largest)
    for nal in unit.nals:
        yield from _alone(codec, nal, largest)


def _together(codec: Codec, small: Sequence[bytes]) -> bytes:
    importance = max(nal[0] & 0x60 for nal in small)
    header = bytes((importance | H264_STAP_A,) if codec is Codec.H264 else (H265_AP << 1, 1))
    return header + b"".join(struct.pack(">H", len(nal)) + nal for nal in small)


def _alone(codec: Codec, nal: bytes, largest: int) -> Iterator[bytes]:
    if len(nal) <= largest:
        yield nal
        return
    if codec is Codec.H264:
        header, kind, body = bytes((nal[0] & 0xE0 | H264_FU_A,)), nal[0] & 0x1F, nal[1:]
    else:
        header, kind, body = bytes((nal[0] & 0x81 | H265_FU << 1, nal[1])), nal[0] >> 1 & 0x3F, nal[2:]
    room = largest - len(header) - 1
    for at in range(0, len(body), room):
        first, last = at == 0, at + room >= len(body)
        yield header + bytes((first << 7 | last << 6 | kind,)) + body[at : at + room]
