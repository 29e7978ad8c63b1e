"""The number on each picture: black and white cells along its top edge, legible after any codec and in any browser.

Twenty cells, each a twentieth of the width and of the height: white, black, sixteen bits (the highest first; white is 1), their
parity (white when an odd number of them is 1), black. A reader looks at the middle of each cell: it needs twenty pixels.
"""

from collections.abc import Callable
from typing import Final

from PIL import ImageDraw

CELLS: Final = 20
BITS: Final = 16
CONTRAST: Final = 80
"""How much lighter than black white must be, of 255."""


def cells(number: int) -> tuple[bool, ...]:
    """Which cells are white."""
    if not 0 <= number < 1 << BITS:
        raise ValueError(f"{number}: a strip holds {BITS} bits")
    bits = tuple(bool(number >> shift & 1) for shift in reversed(range(BITS)))
    return (True, False, *bits, sum(bits) % 2 == 1, False)


def draw(pen: ImageDraw.ImageDraw, size: tuple[int, int], number: int) -> None:
    """Write a number along the top edge of a picture of that size."""
    width, height = size[0] // CELLS, size[1] // CELLS
    for index, white in enumerate(cells(number)):
        pen.rectangle((index * width, 0, (index + 1) * width - 1, height - 1), fill=(235,) * 3 if white else (16,) * 3)


def read(light: Callable[[int, int], int], size: tuple[int, int]) -> int | None:
    """The number on a picture, or None. `light` gives how light a pixel is, 0 to 255, from its x and y."""
    width, height = size[0] // CELLS, size[1] // CELLS
    seen = [light(index * width + width // 2, height // 2) for index in range(CELLS)]
    white, black = seen[0], seen[1]
    if white - black < CONTRAST:
        return None
    found = [each > (white + black) // 2 for each in seen]
    number = int("".join("01"[bit] for bit in found[2 : 2 + BITS]), 2)
    return number if tuple(found) == cells(number) else None
