"""A mask laid on a picture of three planes (4:2:0): zones are filled, words and the time are written. No codec here."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from beffroi.protocol.v1.mask import WHOLE, Mask, Zone

# What a zone becomes: one dark grey, of no colour.
DARK, NO_COLOUR = 40, 128
PAPER, INK = 24, 225
# Pixels beyond a zone's edge that are covered too, since a codec's blocks and filters reach over it.
MARGIN: Final = 2
# Lines of a picture's row at which zones are looked at, at least: in a low picture more, so that none lies between two of them.
LINES: Final = 2
SHARE, SMALLEST, LARGEST = 32, 8, 40
UNKNOWN: Final = "--:--:-- UTC"
_RANGED = {
    "œ": "oe",
    "Œ": "OE",
    "æ": "ae",
    "Æ": "AE",
    "’": "'",
    "‘": "'",
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "·": "-",
}

Span = tuple[int, int]


class Plane(NamedTuple):
    """Bytes of one plane, `line` of them a row."""

    data: memoryview
    line: int


class Paint:
    """A mask on pictures of one size."""

    def __init__(self, mask: Mask, width: int, height: int) -> None:
        self._words = mask.words
        self._size = width, height
        rows = _rows(mask.zones, width, height)
        self._light = list(_fills(rows, DARK))
        self._colour = list(_fills(_halved(rows), NO_COLOUR))

    def cover(self, planes: Sequence[Plane], time: int) -> None:
        """Fill and write; `time` in seconds since 1970, 0 when nobody knows it."""
        for plane, fills in zip(planes, (self._light, self._colour, self._colour), strict=True):
            for row, at, fill in fills:
                begin = row * plane.line + at
                plane.data[begin : begin + len(fill)] = fill
        if self._words:
            self._write(planes, label(f"{self._words}  {spoken(time)}", *self._size))

    def _write(self, planes: Sequence[Plane], words: Image.Image) -> None:
        """In the corner at the bottom right, on paper of its own."""
        wide, high = words.size
        left, top = (self._size[0] - wide) & ~1, (self._size[1] - high) & ~1
        ink, light = words.tobytes(), planes[0]
        for row in range(min(high, self._size[1] - top)):
            begin = (top + row) * light.line + left
            light.data[begin : begin + wide] = ink[row * wide : (row + 1) * wide]
        none = bytes([NO_COLOUR]) * (wide // 2)
        for plane in planes[1:]:
            for row in range(top // 2, (top + high) // 2):
                begin = row * plane.line + left // 2
                plane.data[begin : begin + len(none)] = none


def spoken(time: int) -> str:
    """A moment as it is burned in: the same everywhere, whatever the hour of the town."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if time else UNKNOWN


# Zones


def _fills(rows: Sequence[Sequence[Span]], value: int) -> Iterator[tuple[int, int, bytes]]:
    """Row, column, and what is laid there."""
    for row, spans in enumerate(rows):
        for begin, end in spans:
            yield row, begin, bytes([value]) * (end - begin)


def _rows(zones: Sequence[Zone], width: int, height: int) -> list[list[Span]]:
    """What of each row is covered: every pixel that a zone touches, and a margin."""
    many = max(LINES, WHOLE // height + 1)
    lines = [_crossed(zones, number / many, width, height) for number in range(height * many + 1)]
    rows = []
    for row in range(height):
        near = lines[max(0, (row - MARGIN) * many) : (row + 1 + MARGIN) * many + 1]
        wider = (
            (max(0, int(left) - MARGIN), min(width, int(right) + 1 + MARGIN)) for each in near for left, right in each
        )
        rows.append(_joined(wider))
    return rows


def _crossed(zones: Sequence[Zone], y: float, width: int, height: int) -> list[tuple[float, float]]:
    """Where a line is inside a zone: wherever its border winds round, so that one that crosses itself hides all it encloses."""
    found = []
    for zone in zones:
        points = [(x * width / WHOLE, down * height / WHOLE) for x, down in zone]
        crossings = sorted(
            (ax + (y - ay) * (bx - ax) / (by - ay), 1 if ay < by else -1)
            for (ax, ay), (bx, by) in pairwise([*points, points[0]])
            if min(ay, by) <= y < max(ay, by)
        )
        winding = 0
        for (left, way), (right, _) in pairwise(crossings):
            winding += way
            if winding:
                found.append((left, right))
    return found


def _halved(rows: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """The same for planes of half the width and height."""
    pairs = (rows[at : at + 2] for at in range(0, len(rows), 2))
    return [_joined((begin // 2, (end + 1) // 2) for spans in pair for begin, end in spans) for pair in pairs]


def _joined(spans: Iterator[Span]) -> list[Span]:
    joined = list[Span]()
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif begin < end:
            joined.append((begin, end))
    return joined


# Words


@lru_cache(maxsize=4)
def label(text: str, width: int, height: int) -> Image.Image:
    """Words on paper, of even sides, never wider than the picture: letters grow smaller first, then what is too long is cut."""
    letters = _letters(text)
    size = max(SMALLEST, min(LARGEST, height // SHARE))
    while size > SMALLEST and _wide(letters, size) > width:
        size -= 1
    font = ImageFont.load_default(size)
    wide, high = min(_wide(letters, size), width) & ~1, min(2 * size, height) & ~1
    paper = Image.new("L", (wide, high), PAPER)
    pen, at = ImageDraw.Draw(paper), size / 2
    for letter, marks in letters:
        pen.text((at, high - size * 0.4), letter, fill=INK, font=font, anchor="ls")
        for mark in marks:
            _accent(
                pen,
                mark,
                (at + font.getlength(letter) / 2, high - size * (0.4 + (0.85 if letter.isupper() else 0.62))),
                size,
            )
        at += font.getlength(letter)
    return paper


def _wide(letters: Sequence[tuple[str, str]], size: int) -> int:
    font = ImageFont.load_default(size)
    return int(sum(font.getlength(letter) for letter, _ in letters)) + size + 1


def _letters(text: str) -> list[tuple[str, str]]:
    """Letters and their accents: the font that is always there knows only the first."""
    found = list[tuple[str, str]]()
    for character in unicodedata.normalize("NFD", "".join(_RANGED.get(each, each) for each in text)):
        if unicodedata.combining(character) and found:
            found[-1] = found[-1][0], found[-1][1] + character
        else:
            found.append((character if character.isascii() else "?" if not character.isspace() else " ", ""))
    return found


def _accent(pen: ImageDraw.ImageDraw, mark: str, at: tuple[float, float], size: int) -> None:
    """One accent, above (the cedilla: below) the middle of its letter."""
    x, y, step = at[0], at[1], size / 7
    thick = max(1, size // 12)
    match mark:
        case "\u0301":
            pen.line((x - step / 2, y, x + step, y - step), fill=INK, width=thick)
        case "\u0300":
            pen.line((x - step, y - step, x + step / 2, y), fill=INK, width=thick)
        case "\u0302":
            pen.line((x - step, y, x, y - step, x + step, y), fill=INK, width=thick)
        case "\u0308":
            for side in (x - step, x + step):
                pen.rectangle((side - thick / 2, y - thick, side + thick / 2, y), fill=INK)
        case "\u0327":
            foot = y + size * 0.72
            pen.line((x, foot, x - step / 2, foot + step), fill=INK, width=thick)
