"""What a camera films and how it encodes it (`Recipe`), and what comes out (`Clip`): plain values, without a codec."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

TICKS: Final = 90_000
"""RTP's clock of video, in a second."""
SIDE: Final = 40
"""What a picture's sides are multiples of."""


class Codec(StrEnum):
    """How pictures are compressed."""

    H264 = "h264"
    H265 = "h265"


class Place(StrEnum):
    """What is in front of the camera."""

    STREET = "street"
    HALL = "hall"
    PARKING = "parking"


class Change(StrEnum):
    """What the second half of a clip changes in its parameter sets."""

    NONE = "none"
    PROFILE = "profile"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A clip to draw and encode. The same recipe gives the same pictures, always."""

    number: int = 1
    """The camera's number: it is written on the picture, and chooses who walks by."""
    seed: int = 0
    place: Place = Place.HALL
    codec: Codec = Codec.H264
    width: int = 640
    height: int = 360
    rate: int = 25
    """Pictures a second; divides 90,000."""
    seconds: int = 8
    group: int = 25
    """Pictures from one key frame to the next."""
    b_frames: int = 0
    slices: int = 1
    bit_rate: int = 1_000_000
    change: Change = Change.NONE

    def __post_init__(self) -> None:
        if self.width % SIDE or self.height % SIDE:
            raise ValueError(f"width and height are multiples of {SIDE}, so that the strip and a smaller picture fit")
        if TICKS % self.rate:
            raise ValueError("the rate divides 90,000: RTP counts in these")
        if self.seconds * self.rate % (2 * self.group):
            raise ValueError("a clip is an even number of whole groups, so that it can turn round and change half-way")

    @property
    def pictures(self) -> int:
        """How many the clip has."""
        return self.seconds * self.rate

    def described(self) -> dict[str, str | int]:
        """Every member, as JSON has them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Unit:
    """One picture, in the order in which it is sent."""

    nals: tuple[bytes, ...]
    """Its slices, without start codes, parameter sets or messages."""
    key: bool
    position: int
    """When it is shown: its number in the clip, which is also what its strip says."""
    sets: int
    """Which of the clip's parameter sets decode it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """An encoded clip. It begins with a key frame, no picture needs one of another group, and it can be sent round and round."""

    recipe: Recipe
    sets: tuple[tuple[bytes, ...], ...]
    """Parameter sets: SPS and PPS, or VPS, SPS and PPS; several when they change half-way."""
    units: tuple[Unit, ...]
