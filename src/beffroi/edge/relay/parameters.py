"""Parameter sets of H.264 (ITU-T H.264, 7.3.2.1): how large the picture is, and whether pictures come out of order."""

from dataclasses import dataclass, field
from typing import Final

from beffroi.edge.relay.faults import CameraFault, Cause

SPS, PPS = 7, 8
SET_LIMIT: Final = 1_024
SETS_OF_A_KIND: Final = 16
GREATEST_SIDE: Final = 8_192
LONGEST_CODE: Final = 32
# Profiles whose sets say how colours are sampled (7.3.2.1.1).
WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
BASELINE: Final = 66
MACROBLOCK: Final = 16
WHOLE_COLOUR: Final = 3  # 4:4:4
DEEPEST: Final = 14
SMALL_LISTS: Final = 6
AS_DECODED: Final = 2  # 8.2.1.3: the order of output is the order of decoding
RATES_LIMIT: Final = 32
WIDTHS_OF_CHROMA: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
OWN_SHAPE: Final = 255


class _Bits:
    """Reads bits from the left. Raises CameraFault past the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise CameraFault(Cause.GARBAGE, "a parameter set is cut short")
        return self._value >> self._left & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        self.take(count)

    def code(self) -> int:
        """ue(v): an unsigned Exp-Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > LONGEST_CODE:
                raise CameraFault(Cause.GARBAGE, "a parameter set holds a number without end")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """se(v)."""
        code = self.code()
        return (code + 1) // 2 if code % 2 else -(code // 2)


@dataclass(frozen=True)
class Picture:
    """`reorder`: how many pictures may come before one that is shown earlier; None when the set doesn't say.

    `tick`: the length of a picture in 90 kHz, 0 when the set doesn't say.
    """

    width: int
    height: int
    chroma: int = 1
    luma_depth: int = 8
    chroma_depth: int = 8
    reorder: int | None = None
    tick: int = 0


def read_sps(nal: bytes) -> Picture:
    """A sequence parameter set with its first byte. Raises CameraFault(garbage)."""
    bits = _Bits(nal[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile = bits.take(8)
    bits.skip(16)
    bits.code()
    chroma, luma_depth, chroma_depth = _colours(bits) if profile in WITH_CHROMA else (1, 8, 8)
    bits.code()  # log2_max_frame_num_minus4
    order = _order(bits)
    bits.code()  # max_num_ref_frames
    bits.skip(1)
    across, down = bits.code() + 1, bits.code() + 1
    whole = bits.take(1)
    fields = 1 if whole else 2
    if not whole:
        bits.skip(1)
    bits.skip(1)
    width, height = across * MACROBLOCK, down * MACROBLOCK * fields
    if bits.take(1):
        wide, high = WIDTHS_OF_CHROMA[chroma]
        width -= wide * (bits.code() + bits.code())
        height -= high * fields * (bits.code() + bits.code())
    if not (0 < width <= GREATEST_SIDE and 0 < height <= GREATEST_SIDE):
        raise CameraFault(Cause.GARBAGE, "a picture of an impossible size")
    tick, reorder = _usability(bits) if bits.take(1) else (0, None)
    if order == AS_DECODED or profile == BASELINE:
        reorder = 0
    return Picture(width, height, chroma, luma_depth, chroma_depth, reorder, tick)


def _colours(bits: _Bits) -> tuple[int, int, int]:
    chroma = bits.code()
    if chroma not in WIDTHS_OF_CHROMA:
        raise CameraFault(Cause.GARBAGE, "colours that H.264 hasn't")
    if chroma == WHOLE_COLOUR:
        bits.skip(1)
    luma, colour = bits.code() + 8, bits.code() + 8
    if max(luma, colour) > DEEPEST:
        raise CameraFault(Cause.GARBAGE, "colours deeper than H.264 has")
    bits.skip(1)
    if bits.take(1):
        for index in range(12 if chroma == WHOLE_COLOUR else 8):
            if bits.take(1):
                _skip_scaling(bits, 16 if index < SMALL_LISTS else 64)
    return chroma, luma, colour


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _order(bits: _Bits) -> int:
    """pic_order_cnt_type, and what stands beside it."""
    order = bits.code()
    if order == 0:
        bits.code()
    elif order == 1:
        bits.skip(1)
        bits.code()
        bits.code()
        for _ in range(min(bits.code(), 255)):
            bits.code()
    elif order > AS_DECODED:
        raise CameraFault(Cause.GARBAGE, "an order of pictures that H.264 hasn't")
    return order


def _usability(bits: _Bits) -> tuple[int, int | None]:
    """Video usability information (E.1.1): the length of a picture, and how far pictures are out of order."""
    _skip_looks(bits)
    tick = 0
    if bits.take(1):
        unit, scale = bits.take(32), bits.take(32)
        bits.skip(1)
        tick = 90_000 * 2 * unit // scale if scale else 0
    natural = bits.take(1)
    if natural:
        _skip_rates(bits)
    supplied = bits.take(1)
    if supplied:
        _skip_rates(bits)
    if natural or supplied:
        bits.skip(1)
    bits.skip(1)
    if not bits.take(1):
        return tick, None
    bits.skip(1)
    for _ in range(4):
        bits.code()
    return tick, min(bits.code(), 16)


def _skip_looks(bits: _Bits) -> None:
    """The shape of a pixel, how far the edges are meant to be seen, colours and where they are sampled."""
    if bits.take(1) and bits.take(8) == OWN_SHAPE:
        bits.skip(32)
    if bits.take(1):
        bits.skip(1)
    if bits.take(1):
        bits.skip(4)
        if bits.take(1):
            bits.skip(24)
    if bits.take(1):
        bits.code()
        bits.code()


def _skip_rates(bits: _Bits) -> None:
    """Parameters of a hypothetical decoder (E.1.2)."""
    count = bits.code() + 1
    if count > RATES_LIMIT:
        raise CameraFault(Cause.GARBAGE, "more rates than H.264 has")
    bits.skip(8)
    for _ in range(count):
        bits.code()
        bits.code()
        bits.skip(1)
    bits.skip(20)


@dataclass
class ParameterSets:
    """Those that a camera has said, by their number; `picture` is what the last sequence set describes."""

    picture: Picture | None = None
    _sequence: dict[int, bytes] = field(default_factory=dict)
    _pictures: dict[int, bytes] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether a decoder could begin with them."""
        return bool(self._sequence and self._pictures)

    @property
    def sequence(self) -> list[bytes]:
        return [self._sequence[number] for number in sorted(self._sequence)]

    @property
    def pictures(self) -> list[bytes]:
        return [self._pictures[number] for number in sorted(self._pictures)]

    def take(self, nal: bytes) -> bool:
        """Whether it says something new. Raises CameraFault."""
        if len(nal) > SET_LIMIT:
            raise CameraFault(Cause.LIMITS, "a parameter set is too long")
        sequence = nal[:1] != b"" and nal[0] & 0x1F == SPS
        held = self._sequence if sequence else self._pictures
        number = _Bits(nal[4 if sequence else 1 :].replace(b"\x00\x00\x03", b"\x00\x00")).code()
        if held.get(number) == nal:
            return False
        if number not in held and len(held) >= SETS_OF_A_KIND:
            raise CameraFault(Cause.LIMITS, "too many parameter sets")
        if sequence:
            self.picture = read_sps(nal)
        held[number] = nal
        return True
