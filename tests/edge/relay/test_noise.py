"""Bytes of any kind, cut anywhere: what a camera says is understood the same, or is a fault, and nothing else."""

from functools import partial
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from beffroi.edge.relay.faults import Cause
from beffroi.edge.relay.h264 import Depacketiser, Unit
from beffroi.edge.relay.rtp import Interleaved, Packets
from beffroi.edge.relay.rtsp import Message
from beffroi.edge.relay.sdp import read_offer
from tests.edge.relay.hostility import cause_of
from tests.edge.relay.scripted import SDP, packet, reply
from tests.edge.relay.test_hostile import film

FAULTS = {None, Cause.GARBAGE, Cause.LIMITS}
LINES = st.lists(
    st.one_of(
        st.sampled_from([*SDP.splitlines(), "m=video", "m=", "a=rtpmap:96", "a=rtpmap:96 H264/90000/1", "a=fmtp:96"]),
        st.text(max_size=40),
    ),
    max_size=30,
)
SAID = film(12) + reply(3, 200, "X: y", body="words") + b"\r\n" + packet(b"x", 9, 9, channel=1) + film(12, first=30)
WORDS = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"RTSP/1.0 200 OK\r\n", b"\r\n\r\n", b"CSeq: 1\r\n", b"Content-Length: 7\r\n", b"$\x00\x00\x04", b"OPTIONS"]),
    ),
    max_size=20,
)  # fmt: skip


class Ears:
    """What is understood of a connection."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.units: list[Unit] = []
        self.link = Interleaved(self.messages.append)
        self.link.channel = 0
        self.link.packets = Packets(96, Depacketiser(self.units.append).payload)


@given(st.lists(st.integers(0, len(SAID)), max_size=30))
def test_however_it_is_cut_it_says_the_same(cuts: list[int]) -> None:
    ears, once = Ears(), Ears()
    once.link.feed(SAID)
    places = sorted({0, *cuts, len(SAID)})
    for begin, end in pairwise(places):
        ears.link.feed(SAID[begin:end])
    assert ears.units == once.units
    assert len(once.units) == 24
    assert ears.messages == once.messages
    assert [message.body for message in once.messages] == [b"words"]


@given(WORDS)
def test_noise_on_a_connection_is_a_fault_or_nothing(pieces: list[bytes]) -> None:
    ears = Ears()
    for piece in pieces:
        cause = cause_of(partial(ears.link.feed, piece))
        assert cause in FAULTS
        if cause is not None:
            return


@given(st.data())
def test_a_film_with_bytes_changed(data: st.DataObject) -> None:
    """Every picture that comes of it is whole all the same: its lengths agree with its bytes."""
    spoiled = bytearray(SAID)
    for at in data.draw(st.lists(st.integers(0, len(SAID) - 1), max_size=10)):
        spoiled[at] = data.draw(st.integers(0, 255))
    ears = Ears()
    assert cause_of(lambda: ears.link.feed(bytes(spoiled))) in FAULTS
    for unit in ears.units:
        film_ = b"".join(unit.pieces)
        assert len(film_) == unit.size
        while film_:
            size = int.from_bytes(film_[:4], "big")
            assert 0 < size <= len(film_) - 4
            film_ = film_[4 + size :]


@given(LINES)
def test_any_description_offers_h264_or_has_a_cause(lines: list[str]) -> None:
    assert cause_of(lambda: read_offer("\n".join(lines).encode())) in FAULTS | {Cause.CODEC}


@given(st.binary(max_size=400))
def test_noise_offers_nothing(noise: bytes) -> None:
    assert cause_of(lambda: read_offer(noise)) in {Cause.CODEC, Cause.LIMITS}


def test_what_the_description_says_of_the_picture() -> None:
    offer = read_offer(
        SDP.replace("packetization-mode=1", "packetization-mode=1; sprop-parameter-sets=Z0LgHtoCgPaA,aM4G4g==").encode()
    )
    assert (offer.aggregate, offer.control, offer.payload_type) == ("*", "picture", 96)
    assert [nal[0] & 0x1F for nal in offer.parameter_sets] == [7, 8]
    # Of several pictures, the first that is H.264.
    other = SDP + "m=video 0 RTP/AVP 97\na=rtpmap:97 H265/90000\na=control:other\n"
    assert read_offer(other.encode()).control == "picture"
    swapped = other.replace("H264", "JPEG").replace("H265", "h264")
    assert (read_offer(swapped.encode()).control, read_offer(swapped.encode()).payload_type) == ("other", 97)
