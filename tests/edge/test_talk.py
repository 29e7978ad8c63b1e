"""The GATT profile without a stack: however the phone's bytes are cut, the answers are the same, and nothing grows."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beffroi.edge.lock.conversation import Bounds, Conversation
from beffroi.edge.lock.gatt import IN, OUT, PART_BYTES, SERVICE, Talk
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.frames import (
    CARRIAGE_LIMIT,
    LENGTH_BYTES,
    ChallengeFrame,
    Frame,
    RefusedFrame,
    ResultFrame,
    enclose,
    encode_frame,
)

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "gate.md").read_text()
LONGEST = CARRIAGE_LIMIT + LENGTH_BYTES
REFUSED = enclose(encode_frame(RefusedFrame(Reason.FRAME_SIZE)))


class Gate:
    """Answers each frame with its own bytes, three times over, and notes what it was told."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.asked: list[bytes] = []
        self.refused: list[Reason] = []
        self.talk = Talk(Conversation(answer=self.answer, refuse=self.refused.append, bounds=bounds or Bounds()))

    def answer(self, data: bytes) -> Frame:
        self.asked.append(data)
        return RefusedFrame(Reason.JSON_SYNTAX) if data.startswith(b"bad") else ChallengeFrame(data.hex() * 3)


def reply(data: bytes) -> bytes:
    """What `Gate` answers to these bytes of a frame, on the stream."""
    return enclose(encode_frame(Gate().answer(data)))


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """The data in parts that a write can hold, cut at these places too."""
    ends = sorted({place % (len(data) + 1) for place in places} | set(range(0, len(data), PART_BYTES)) | {len(data)})
    yield from (data[start:end] for start, end in pairwise(ends))


def read_all(talk: Talk) -> bytes:
    """Parts until there is nothing left."""
    read = b""
    while part := talk.read():
        assert len(part) <= PART_BYTES
        read += part
    return read


def test_the_document_says_the_same() -> None:
    for said in (SERVICE, IN, OUT):
        assert f"`{said}`" in SPEC
    assert f"at most {PART_BYTES} bytes" in SPEC


@given(frame=st.binary(min_size=1, max_size=2_000), places=st.lists(st.integers(min_value=0, max_value=3_000)))
@settings(deadline=None)
def test_any_cut_gives_the_same_answer(frame: bytes, places: list[int]) -> None:
    gate = Gate()
    for part in cut(enclose(frame), places):
        assert gate.talk.read() == b""
        assert gate.talk.write(part)
    assert gate.asked == [frame]
    assert read_all(gate.talk) == reply(frame)


@given(
    frames=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5), places=st.lists(st.integers(0, 999))
)
@settings(deadline=None)
def test_of_several_the_last_answer_is_read(frames: list[bytes], places: list[int]) -> None:
    gate = Gate()
    for part in cut(b"".join(map(enclose, frames)), places):
        gate.talk.write(part)
    assert gate.asked == frames
    assert read_all(gate.talk) == reply(frames[-1])


def test_a_read_further_on_gives_the_rest_of_the_same_part() -> None:
    """As a phone does whose packets are shorter than a part (Read Blob)."""
    gate = Gate()
    gate.talk.write(enclose(b"x" * 200))
    whole = reply(b"x" * 200)
    first = gate.talk.read()
    assert first == whole[:PART_BYTES]
    assert [gate.talk.read(offset) for offset in (22, 500, 22, PART_BYTES)] == [
        first[22:],
        first[500:],
        first[22:],
        b"",
    ]
    assert gate.talk.read(PART_BYTES + 1) is None
    assert gate.talk.read() == whole[PART_BYTES : 2 * PART_BYTES]


def test_asking_again_drops_what_was_left() -> None:
    gate = Gate()
    gate.talk.write(enclose(b"x" * 400))
    gate.talk.read()
    second = enclose(b"y")
    gate.talk.write(second[:2])
    assert (gate.talk.read(), gate.talk.read(1)) == (b"", None)
    gate.talk.write(second[2:])
    assert read_all(gate.talk) == reply(b"y")


def test_a_write_longer_than_a_part_is_not_heard() -> None:
    gate = Gate()
    assert not gate.talk.write(enclose(b"x" * PART_BYTES))
    assert gate.talk.held == 0
    assert gate.talk.write(enclose(b"x"))
    assert gate.asked == [b"x"]


@pytest.mark.parametrize("length", [CARRIAGE_LIMIT + 1, 2 ** (8 * LENGTH_BYTES) - 1])
def test_a_length_that_no_frame_has_ends_it_on_record(length: int) -> None:
    gate = Gate()
    gate.talk.write(enclose(b"x") + length.to_bytes(LENGTH_BYTES, "big") + b"{")
    assert (gate.asked, gate.refused, gate.talk.over) == ([b"x"], [Reason.FRAME_SIZE], True)
    gate.talk.write(enclose(b"y"))
    assert gate.asked == [b"x"]
    assert read_all(gate.talk) == REFUSED


def test_challenges_that_nobody_answers_count_as_refusals() -> None:
    answers: dict[bytes, Frame] = {b"challenge": ChallengeFrame("c"), b"response": ResultFrame("r")}
    patient, hoarding = (
        Talk(Conversation(answer=answers.__getitem__, refuse=lambda _: None, bounds=Bounds(refusals=3)))
        for _ in range(2)
    )
    for _ in range(9):
        patient.write(enclose(b"challenge") + enclose(b"response"))
    assert not patient.over
    hoarding.write(enclose(b"challenge") * 3)
    assert not hoarding.over
    hoarding.write(enclose(b"challenge"))
    assert hoarding.over


def test_whoever_is_refused_too_often_is_heard_no_more() -> None:
    gate = Gate(Bounds(refusals=3))
    gate.talk.write(enclose(b"bad") * 2 + enclose(b"good") + enclose(b"bad") + enclose(b"good"))
    assert gate.asked == [b"bad", b"bad", b"good", b"bad"]
    assert gate.talk.over
    assert read_all(gate.talk) == reply(b"bad")


def frames_of(stream: bytes) -> list[bytes]:
    """The frames that are whole in a stream, as a reader would see them who has all of it; up to a length that none has."""
    found = []
    while len(stream) >= LENGTH_BYTES:
        length = int.from_bytes(stream[:LENGTH_BYTES], "big")
        if length > CARRIAGE_LIMIT or len(stream) < LENGTH_BYTES + length:
            break
        found.append(stream[LENGTH_BYTES : LENGTH_BYTES + length])
        stream = stream[LENGTH_BYTES + length :]
    return found


class Neighbours(RuleBasedStateMachine):
    """Phones that say anything in any order, read as they like, go and come back: each is answered for what it said itself since
    it came, none is held beyond a bound.
    """

    place = st.integers(0, 2)

    @initialize()
    def begin(self) -> None:
        self.gates = [Gate(Bounds(refusals=1_000_000)) for _ in range(3)]
        self.said = [b"", b"", b""]

    def write(self, place: int, data: bytes) -> None:
        over = self.gates[place].talk.over
        assert self.gates[place].talk.write(data) == (len(data) <= PART_BYTES)
        if len(data) <= PART_BYTES and not over:
            self.said[place] += data

    @rule(place=place, junk=st.binary(max_size=PART_BYTES + 8))
    def say_anything(self, place: int, junk: bytes) -> None:
        self.write(place, junk)

    @rule(place=place, frame=st.binary(max_size=40), end=st.integers(1, 44))
    def say_some_of_a_frame(self, place: int, frame: bytes, end: int) -> None:
        self.write(place, enclose(frame)[:end])

    @rule(place=place, length=st.integers(0, 2 * CARRIAGE_LIMIT), parts=st.sampled_from((1, 20, 200)))
    def say_much(self, place: int, length: int, parts: int) -> None:
        self.write(place, length.to_bytes(LENGTH_BYTES, "big"))
        for _ in range(parts):
            self.write(place, bytes(PART_BYTES))

    @rule(place=place, offset=st.integers(0, PART_BYTES * 2))
    def read(self, place: int, offset: int) -> None:
        part = self.gates[place].talk.read(offset)
        assert part is None or len(part) <= PART_BYTES

    @rule(place=place)
    def come_back(self, place: int) -> None:
        self.gates[place] = Gate(Bounds(refusals=1_000_000))
        self.said[place] = b""

    @invariant()
    def each_is_answered_for_what_it_said(self) -> None:
        for gate, said in zip(getattr(self, "gates", ()), getattr(self, "said", ()), strict=True):
            assert gate.asked == frames_of(said)

    @invariant()
    def nothing_grows(self) -> None:
        for gate in getattr(self, "gates", ()):
            # An answer of `Gate` is six times its question.
            assert gate.talk.held <= 7 * LONGEST


Neighbours.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestNeighbours = Neighbours.TestCase
