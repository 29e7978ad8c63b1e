"""Packets in, pictures out: in the ways in which cameras cut them, lose them and mislabel them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.edge.relay.faults import Cause
from beffroi.edge.relay.h264 import PICTURE_LIMIT, PIECES_LIMIT, Depacketiser, Unit
from tests.edge.relay.hostility import cause_of

FRAME = 3_600
SPS, PPS = b"\x67" + b"s" * 20, b"\x68pps"
KEY, P, B = b"\x65\x88", b"\x41\x9a", b"\x01\xa8"  # first slices: of type I (1 0001000), P (1 00110 10), B (1 010 1000)


class Wire:
    """Sends NAL units as packets, with numbers and marks."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.sequence = 65_500
        self.depacketiser = Depacketiser(self.units.append)

    def send(self, body: bytes, at: int, *, marker: bool = False, lost: bool = False) -> None:
        if not lost:
            self.depacketiser.payload(body, self.sequence, at * FRAME, marker=marker)
        self.sequence = (self.sequence + 1) & 0xFFFF

    def fragments(self, nal: bytes, at: int, *, room: int = 10, marker: bool = True, lost: int = -1) -> None:
        """FU-A; the `lost`th doesn't arrive."""
        pieces = [nal[1:][begin : begin + room] for begin in range(0, len(nal) - 1, room)]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            head = bytes((nal[0] & 0xE0 | 28, (index == 0) << 7 | last << 6 | nal[0] & 0x1F))
            self.send(head + piece, at, marker=marker and last, lost=index == lost)

    @property
    def nals(self) -> list[list[bytes]]:
        """Of each picture."""
        found = []
        for unit in self.units:
            data, nals = b"".join(unit.pieces), []
            assert len(data) == unit.size
            while data:
                size = int.from_bytes(data[:4], "big")
                nals.append(data[4 : 4 + size])
                data = data[4 + size :]
            found.append(nals)
        return found


def aggregate(*nals: bytes) -> bytes:
    return b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def test_alone_together_and_in_fragments() -> None:
    wire = Wire()
    key, small, large = KEY + b"k" * 100, P + b"small", P + bytes(range(256)) * 4
    wire.send(aggregate(SPS, PPS), 0)
    wire.fragments(key, 0)
    wire.send(small, 1, marker=True)
    wire.fragments(large, 2, room=100)
    wire.send(aggregate(b"\x06\x05stamp", small), 3, marker=True)
    assert wire.nals == [[key], [small], [large], [b"\x06\x05stamp", small]]
    assert [unit.key for unit in wire.units] == [True, False, False, False]
    assert [unit.timestamp for unit in wire.units] == [0, FRAME, 2 * FRAME, 3 * FRAME]
    assert [unit.sets for unit in wire.units] == [(SPS, PPS), (), (), ()]


def test_what_only_delimits_fills_or_ends_is_left_out() -> None:
    wire = Wire()
    for nal in (b"\x09\x10", KEY + b"k", b"\x0c\xff\x80", b"\x0a", b"\x0b"):
        wire.send(nal, 0)
    wire.send(b"\x0c\xff\x80", 0, marker=True)
    assert wire.nals == [[KEY + b"k"]]


def test_sets_that_are_marked_as_a_picture_go_with_the_next() -> None:
    wire = Wire()
    wire.send(SPS, 0, marker=True)
    wire.send(PPS, 0, marker=True)
    wire.send(KEY + b"k", 1, marker=True)
    assert wire.units == [Unit(FRAME, True, False, [b"\x00\x00\x00\x03", KEY + b"k"], 7, (SPS, PPS))]


def test_without_marks_a_picture_ends_when_the_next_begins() -> None:
    wire = Wire()
    for at, nal in enumerate((KEY + b"k", P + b"1", P + b"2")):
        wire.send(nal, at)
    assert wire.nals == [[KEY + b"k"], [P + b"1"]]


def test_marks_on_every_slice_are_not_believed_twice() -> None:
    """The second slice of a picture doesn't begin at its first macroblock: the first picture is lost, the next key is whole."""
    wire = Wire()
    following = b"\x65\x08"
    for at in (0, 1, 2):
        wire.send(KEY + b"1", at, marker=True)
        wire.send(following + b"2", at, marker=True)
    assert wire.nals[1:] == [[KEY + b"1", following + b"2"]]


def test_slices_of_type_b_are_seen() -> None:
    wire = Wire()
    for at, head in enumerate((KEY, P, B, b"\x01\x9e", b"\x41\xe0")):  # B as type 1, B as type 6, P as type 0
        wire.send(head + b"x", at, marker=True)
    assert [unit.reordered for unit in wire.units] == [False, False, True, True, False]


@pytest.mark.parametrize("lost", [0, 3, 10])
def test_what_depends_on_something_lost_isnt_shown(lost: int) -> None:
    wire = Wire()
    wire.send(KEY + b"k", 0, marker=True)
    wire.fragments(P + b"x" * 108, 1, lost=lost)
    wire.send(P + b"2", 2, marker=True)
    wire.send(KEY + b"3", 3, marker=True)
    wire.send(P + b"4", 4, marker=True)
    assert [unit.timestamp // FRAME for unit in wire.units] == [0, 3, 4]


def test_half_a_key_picture_is_none() -> None:
    wire = Wire()
    wire.send(KEY + b"1", 0, lost=True)
    wire.send(b"\x65\x082", 0, marker=True)
    wire.send(P + b"x", 1, marker=True)
    assert wire.units == []


def test_nothing_is_shown_before_a_key_picture() -> None:
    wire = Wire()
    for at in range(100):
        wire.send(P + b"x", at, marker=True)
    assert wire.units == []
    wire.send(KEY + b"k", 100, marker=True)
    assert len(wire.units) == 1


def test_a_picture_has_an_end() -> None:
    wire = Wire()
    whole = PICTURE_LIMIT // 60_000
    causes = [cause_of(lambda: wire.send(KEY + bytes(60_000), 0)) for _ in range(whole + 1)]
    assert causes == [None] * whole + [Cause.LIMITS]


@pytest.mark.parametrize("body", [b"\x06\x05", b"\x7c\x05x", b"\x67"], ids=["messages", "crumbs", "sets"])
def test_a_picture_of_crumbs_has_an_end_too(body: bytes) -> None:
    wire = Wire()
    wire.send(b"\x7c\x85\x88", 0)
    bodies = (body + b"%d" % count if body == b"\x67" else body for count in range(PIECES_LIMIT))
    assert Cause.LIMITS in (cause_of(lambda: wire.send(each, 0)) for each in bodies)  # noqa: B023 - called at once


PACKETS = st.tuples(st.binary(min_size=1, max_size=40), st.integers(-1, 2), st.integers(0, 3), st.booleans())


@given(st.lists(PACKETS, max_size=80))
def test_whatever_comes_pictures_are_whole(packets: list[tuple[bytes, int, int, bool]]) -> None:
    """Lengths agree with bytes, and the first after any loss is a key picture."""
    wire, sequence, gap = Wire(), 0, False
    for body, step, at, marker in packets:
        before = len(wire.units)
        gap = gap or (step != 1 and sequence > 0)
        wire.depacketiser.payload(body, sequence & 0xFFFF, at * FRAME, marker=marker)
        sequence += step
        if len(wire.units) > before:
            gap = False
    assert all(nal for nals in wire.nals for nal in nals)
    if wire.units:
        assert wire.units[0].key
