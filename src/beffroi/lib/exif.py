"""What a camera wrote beside a picture (EXIF 3.0), read for four things only: which way is up, when, in which offset, where.

A reader of our own: what comes is a stranger's, and nothing of it may raise, warn or be read twice.
"""

import math
import re
import struct
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from beffroi.lib.positions import Position

UPRIGHT: Final = 1
_ORIENTATIONS: Final = range(1, 9)
_SHORT, _LONG, _RATIONAL, _ASCII = 3, 4, 5, 2
_SIZES: Final = {_ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8}
_INLINE: Final = 4  # bytes that fit in an entry itself
_MOST_ENTRIES: Final = 500
_LONGEST: Final = 64

# Tags of the first directory, of the camera's, of the position's.
_ORIENTATION, _CAMERA, _PLACE = 0x0112, 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_TURN: Final = 90.0
_MOMENT: Final = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_ZONE: Final = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)

_Values = tuple[int, ...] | tuple[float, ...] | str


@dataclass(frozen=True, slots=True)
class Exif:
    """`orientation` is 1 to 8 as EXIF numbers them. `taken_at` is aware when the camera said its offset, else naive: local time there."""

    orientation: int = UPRIGHT
    taken_at: datetime | None = None
    position: Position | None = None


def read_exif(data: bytes) -> Exif:
    """What the bytes of an EXIF block say, with or without its `Exif` heading; what can't be read is left out."""
    block = _Block.found(data.removeprefix(b"Exif\x00\x00"))
    if block is None:
        return Exif()
    first = block.directory(block.number(4, _LONG))
    orientation = _whole(first.get(_ORIENTATION))
    camera = block.directory(_whole(first.get(_CAMERA)))
    return Exif(
        orientation=orientation if orientation in _ORIENTATIONS else UPRIGHT,
        taken_at=_moment(camera.get(_TAKEN), camera.get(_OFFSET)),
        position=_place(block.directory(_whole(first.get(_PLACE)))),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    data: bytes
    order: str

    @classmethod
    def found(cls, data: bytes) -> "_Block | None":
        order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4])
        return cls(data, order) if order else None

    def number(self, at: int, kind: int) -> int:
        """An unsigned number, 0 where the block has ended."""
        size = _SIZES[kind]
        raw = self.data[at : at + size]
        return int(struct.unpack(self.order + ("H" if kind == _SHORT else "L"), raw)[0]) if len(raw) == size else 0

    def directory(self, at: int) -> dict[int, _Values]:
        """The entries of a directory whose form we know; none of the block's heading, where a false pointer leads."""
        if at < len(b"II*\x00") + _SIZES[_LONG]:
            return {}
        found: dict[int, _Values] = {}
        for entry in range(min(self.number(at, _SHORT), _MOST_ENTRIES)):
            where = at + 2 + 12 * entry
            values = self._values(where)
            if values is not None:
                found.setdefault(self.number(where, _SHORT), values)
        return found

    def _values(self, where: int) -> _Values | None:
        kind, count = self.number(where + 2, _SHORT), self.number(where + 4, _LONG)
        if kind not in _SIZES or not 0 < count <= _LONGEST:
            return None
        size = _SIZES[kind] * count
        start = where + 8 if size <= _INLINE else self.number(where + 8, _LONG)
        raw = self.data[start : start + size]
        if len(raw) < size:
            return None
        if kind == _ASCII:
            return raw.split(b"\x00", 1)[0].decode("ascii", "replace").strip()
        if kind == _RATIONAL:
            pairs = struct.unpack(f"{self.order}{2 * count}L", raw)
            return tuple(
                above / below if below else math.nan for above, below in zip(pairs[::2], pairs[1::2], strict=True)
            )
        return struct.unpack(f"{self.order}{count}{'H' if kind == _SHORT else 'L'}", raw)


def _whole(values: _Values | None) -> int:
    return values[0] if isinstance(values, tuple) and isinstance(values[0], int) else 0


def _moment(taken: _Values | None, offset: _Values | None) -> datetime | None:
    said = _MOMENT.fullmatch(taken) if isinstance(taken, str) else None
    if said is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in said.groups())
    try:
        return datetime.combine(date(year, month, day), time(hour, minute, second), _zone(offset))
    except ValueError:  # a camera whose clock was never set writes zeros
        return None


def _zone(offset: _Values | None) -> timezone | None:
    said = _ZONE.fullmatch(offset) if isinstance(offset, str) else None
    if said is None:
        return None
    east = timedelta(hours=int(said[2]), minutes=int(said[3]))
    return timezone(east if said[1] == "+" else -east) if east < timedelta(days=1) else None


def _place(entries: dict[int, _Values]) -> Position | None:
    latitude = _degrees(entries.get(_LATITUDE), entries.get(_LATITUDE_REF), "NS")
    longitude = _degrees(entries.get(_LONGITUDE), entries.get(_LONGITUDE_REF), "EW")
    inside = abs(latitude) <= _TURN and abs(longitude) <= 2 * _TURN  # false of what is not a number
    if not inside or (latitude == 0 and longitude == 0):  # a camera that knew no place writes zeros
        return None
    return Position(latitude, longitude)


def _degrees(values: _Values | None, side: _Values | None, sides: str) -> float:
    """Degrees, minutes and seconds as one number; not a number when something is missing."""
    if not isinstance(values, tuple) or len(values) != len(("degrees", "minutes", "seconds")):
        return math.nan
    if not isinstance(side, str) or side[:1] not in sides or not side:
        return math.nan
    degrees, minutes, seconds = values
    found = degrees + minutes / 60 + seconds / 3600
    return -found if side[0] == sides[1] else found
