"""What can be wrong with a camera, switched on and off while it runs, and what it does to the bytes that leave."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from beffroi.simulator.cameras import packets
from beffroi.simulator.cameras.recipe import Codec

JUMP: Final = "jump"
"""Not a state but an event: the timestamps go that many seconds forward, or back."""
NONE: Final = "none"
"""Nothing is wrong any more."""
MOST: Final = 1_000_000.0
_FIRST: Final = 0x80


class UnknownFaultError(ValueError):
    """No such fault, or none of that strength."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong now. False or 0: nothing. docs/developers/cameras.md has a line on each."""

    die: bool = False
    """Connections are closed, and every request from then on."""
    reset: bool = False
    """The same, by a reset instead of an end."""
    hang: bool = False
    """Connections are taken, requests never answered; the pictures stop too."""
    freeze: bool = False
    """The pictures stop, requests are answered."""
    password: bool = False
    """It was changed: nobody knows it."""
    slow: float = 0.0
    """Seconds before each answer."""
    headless: float = 0.0
    """Seconds without a key frame for whoever comes: pictures that need one which never came."""
    sets: bool = False
    """Films with other parameter sets: a smaller picture."""
    h265: bool = False
    """Films in H.265 only."""
    sound: bool = False
    """Has a sound track, described before the pictures."""
    huge: bool = False
    """Packets as large as a connection carries them."""
    lost: int = 0
    """One packet in so many never leaves."""
    garbage: int = 0
    """Bytes that mean nothing, so many in the middle of each picture."""
    endless: int = 0
    """Bytes in place of each picture, fragments of one that never ends."""


KINDS: Final[Mapping[str, type]] = {field.name: type(getattr(Faults(), field.name)) for field in fields(Faults)}


def with_fault(now: Faults, name: str, value: object = True) -> Faults:
    """What is wrong once this fault is switched on, off (false or 0), or set to a strength. Raises UnknownFaultError."""
    if name == NONE:
        return Faults()
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownFaultError(f"{name!r} is none of {', '.join(KINDS)}")
    if not (isinstance(value, bool) if kind is bool else _is_strength(kind, value)):
        raise UnknownFaultError(f"{name}: {kind.__name__} expected, not {value!r}")
    return Faults(**{**asdict(now), name: value})


def _is_strength(kind: type, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= MOST and (kind is float or isinstance(value, int))


def present(faults: Faults) -> dict[str, bool | float]:
    """Those that are on."""
    return {name: value for name, value in asdict(faults).items() if value}


class Mischief:
    """Spoils what a camera sends. What it does is by chance, and the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - which byte is wrong is no secret
        self._count = 0
        self.endless_since: int | None = None
        """The timestamp of the picture that doesn't end, None when the next one to be sent begins it."""

    def spoiled(self, sent: bytearray, starts: Sequence[int], faults: Faults) -> bytearray:
        """A picture without the packets that are lost, and with the garbage."""
        pieces = [sent[start:end] for start, end in zip(starts, (*starts[1:], len(sent)), strict=True)]
        if faults.lost:
            pieces = [piece for piece in pieces if not self._falls(faults.lost)]
        if faults.garbage:
            pieces.insert(len(pieces) // 2, bytearray(self._chance.randbytes(faults.garbage)))
        return bytearray().join(pieces)

    def endless(self, codec: Codec, size: int, numbers: packets.Numbers) -> tuple[bytearray, list[int]]:
        """Packets of a picture that begins and never ends, all at one moment, and where each begins."""
        if self.endless_since is None:
            self.endless_since, first = numbers.timestamp, _FIRST
        else:
            first = 0
        head = bytes((packets.H264_FU_A | 0x60,) if codec is Codec.H264 else (packets.H265_FU << 1, 1))
        sent, starts = bytearray(), list[int]()
        while len(sent) < size:
            payload = head + bytes((first | 1,)) + self._chance.randbytes(packets.USUAL)
            sequence = numbers.sequence + len(starts) & 0xFFFF
            starts.append(len(sent))
            own = packets.Numbers(sequence, self.endless_since, numbers.source)
            sent += packets.framed(0, payload, kind=packets.VIDEO, numbers=own)
            first = 0
        return sent, starts

    def _falls(self, one_in: int) -> bool:
        self._count += 1
        return self._count % one_in == 0
