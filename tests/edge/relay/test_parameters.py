"""Parameter sets of a real encoder (x264, by PyAV), and of nobody."""

from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.edge.relay.faults import Cause
from beffroi.edge.relay.parameters import PPS, SETS_OF_A_KIND, SPS, ParameterSets, Picture, read_sps
from tests.edge.relay.hostility import cause_of


def encoded(
    width: int, height: int, *, rate: int = 25, options: dict[str, str] | None = None, form: str = "yuv420p"
) -> list[bytes]:
    """The parameter sets of a stream."""
    codec = av.VideoCodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, form
    codec.time_base, codec.framerate = Fraction(1, rate), Fraction(rate)
    codec.options = {"preset": "ultrafast", **(options or {})}
    frame = av.VideoFrame(width, height, form)
    stream = b"".join(bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None)))
    pieces = stream.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [piece for piece in pieces if piece and piece[0] & 0x1F in (SPS, PPS)]


MEDIUM = encoded(320, 240, options={"preset": "medium"})[0]


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
@pytest.mark.parametrize(("width", "height"), [(320, 240), (640, 360), (1920, 1080), (178, 102), (2592, 1944)])
def test_the_size_of_a_picture(profile: str, width: int, height: int) -> None:
    sps = encoded(width, height, options={"profile": profile})[0]
    picture = read_sps(sps)
    assert (picture.width, picture.height) == (width, height)
    assert picture.tick == 3_600


def test_fields_have_half_the_lines() -> None:
    sps = encoded(720, 576, options={"x264-params": "interlaced=1"})[0]
    assert (read_sps(sps).width, read_sps(sps).height) == (720, 576)


@pytest.mark.parametrize(("b_frames", "reorder"), [(0, 0), (1, 1), (3, 2)])
def test_how_far_pictures_are_out_of_order(b_frames: int, reorder: int) -> None:
    options = {"preset": "medium", "x264-params": f"bframes={b_frames}:b-pyramid=normal:scenecut=0"}
    assert read_sps(encoded(320, 240, options=options)[0]).reorder == reorder


def test_colours_that_only_the_highest_profiles_have() -> None:
    sps = encoded(320, 240, form="yuv422p", options={"profile": "high422"})[0]
    assert read_sps(sps) == Picture(320, 240, chroma=2, reorder=0, tick=3_600)


def test_own_scaling_and_rates_are_read_over() -> None:
    params = "cqm=jvt:nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900:sar=4/3:colorprim=bt709:overscan=show:chromaloc=1"
    picture = read_sps(
        encoded(352, 288, rate=30, options={"preset": "medium", "x264-params": params + ":bframes=0"})[0]
    )
    assert (picture.width, picture.height, picture.tick, picture.reorder) == (352, 288, 3_000, 0)


def test_what_is_said_again_is_nothing_new() -> None:
    sets = ParameterSets()
    first = encoded(320, 240)
    assert [sets.take(nal) for nal in first] == [True, True]
    assert sets.whole
    assert [sets.take(nal) for nal in first] == [False, False]
    assert sets.take(encoded(640, 480)[0])
    assert sets.picture is not None
    assert sets.picture.width == 640


@given(st.sampled_from([b"\x67", b"\x67\x64\x00\x28", b"\x67\x42\xc0\x1e", b"\x68", b""]), st.binary(max_size=64))
def test_nothing_but_a_fault_comes_of_noise(head: bytes, noise: bytes) -> None:
    sets = ParameterSets()
    cause = cause_of(lambda: sets.take(head + noise))
    assert cause in (None, Cause.GARBAGE, Cause.LIMITS)
    assert cause is not None or not sets.sequence or sets.picture is not None


@given(st.data())
def test_a_set_with_a_flipped_bit(data: st.DataObject) -> None:
    sps = bytearray(MEDIUM)
    at = data.draw(st.integers(8, len(sps) * 8 - 1))
    sps[at // 8] ^= 0x80 >> at % 8
    sets = ParameterSets()
    assert cause_of(lambda: sets.take(bytes(sps))) in (None, Cause.GARBAGE)
    if sets.picture is not None:
        assert 0 < sets.picture.width <= 8_192
        assert 0 < sets.picture.height <= 8_192


def test_too_many_or_too_long() -> None:
    assert cause_of(lambda: ParameterSets().take(encoded(320, 240)[0] + bytes(1_024))) is Cause.LIMITS
    sets = ParameterSets()
    # ue(v) of the number, then a bit to stop.
    numbered = [f"{number + 1:0{2 * (number + 1).bit_length() - 1}b}1".ljust(32, "0") for number in range(64)]
    causes = [cause_of(lambda: sets.take(b"\x68" + int(bits, 2).to_bytes(4, "big"))) for bits in numbered]  # noqa: B023 - called at once
    assert causes == [None] * SETS_OF_A_KIND + [Cause.LIMITS] * (64 - SETS_OF_A_KIND)
