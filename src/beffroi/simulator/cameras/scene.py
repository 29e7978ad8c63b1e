"""Places drawn from nothing: a street, a residence's hall, a car park; people walk by, a car passes. No face, no plate.

Everything moves a whole number of times through its path while the clip lasts, so that its end meets its beginning.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, sin, tau
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from beffroi.simulator.cameras import strip
from beffroi.simulator.cameras.recipe import Place, Recipe

Colour = tuple[int, int, int]

COATS: Final[tuple[Colour, ...]] = (
    (52, 73, 94),
    (139, 58, 58),
    (67, 97, 66),
    (176, 137, 74),
    (92, 72, 112),
    (60, 60, 66),
    (190, 190, 184),
)
SKINS: Final[tuple[Colour, ...]] = ((232, 196, 168), (196, 150, 114), (141, 96, 66), (92, 62, 46))
GRAIN: Final = 12
"""How far the sensor's noise goes, of 255. Without it a drawing weighs a tenth of what a street does."""
GRAINS: Final = 7
WHOLE: Final = 100.0
"""Places are drawn in hundredths of the picture's width and height."""
DOORS: Final = 50.0
LIT: Final = 0.3
TAKEN: Final = 0.6


@dataclass(frozen=True)
class Path:
    """From where to where somebody goes, in hundredths of the width and height, and how tall they are there."""

    start: tuple[float, float]
    end: tuple[float, float]
    tall: tuple[float, float]


@dataclass(frozen=True)
class Passer:
    """Somebody, or something, on a path."""

    path: Path
    times: int
    """How often the path is walked while the clip lasts."""
    phase: float
    coat: Colour
    skin: Colour
    drives: bool = False


PATHS: Final[dict[Place, tuple[Path, ...]]] = {
    Place.STREET: (
        Path((-6, 74), (106, 70), (24, 22)),
        Path((106, 93), (-6, 96), (34, 36)),
        Path((-6, 90), (106, 88), (33, 32)),
    ),
    Place.HALL: (
        Path((50, 58), (30, 104), (18, 62)),
        Path((72, 104), (52, 58), (62, 18)),
        Path((-8, 86), (46, 58), (46, 18)),
    ),
    Place.PARKING: (
        Path((-5, 80), (105, 76), (26, 24)),
        Path((60, 56), (24, 106), (14, 50)),
        Path((105, 92), (-5, 94), (36, 38)),
    ),
}
ROADS: Final[dict[Place, Path | None]] = {
    Place.STREET: Path((-20, 82), (120, 82), (17, 17)),
    Place.HALL: None,
    Place.PARKING: Path((120, 70), (-20, 72), (16, 18)),
}


def pictures(recipe: Recipe) -> Iterator[Image.Image]:
    """Every picture of the clip, each with its number."""
    chance = random.Random(f"{recipe.place} {recipe.number} {recipe.seed}")  # noqa: S311 - who walks by is no secret
    size = recipe.width, recipe.height
    ground = background(recipe, chance)
    passers = crowd(recipe.place, chance)
    grains = [
        Image.frombytes("L", size, chance.randbytes(size[0] * size[1])).point(lambda light: light * GRAIN // 255)
        for _ in range(GRAINS)
    ]
    for number in range(recipe.pictures):
        picture = ground.copy()
        pen = ImageDraw.Draw(picture)
        moment = number / recipe.pictures
        for passer in sorted(passers, key=lambda each: _where(each, moment)[1]):
            _draw(pen, size, passer, moment)
        grain = ImageChops.offset(grains[number % GRAINS], 31 * number, 17 * number)
        picture = ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), 1, -GRAIN // 2)
        pen = ImageDraw.Draw(picture)
        _label(pen, recipe)
        strip.draw(pen, size, number)
        yield picture


def crowd(place: Place, chance: random.Random) -> list[Passer]:
    """Who passes: two to four people, and a car where there is a road."""
    found = [
        Passer(chance.choice(PATHS[place]), 1, chance.random(), chance.choice(COATS), chance.choice(SKINS))
        for _ in range(chance.randint(2, 4))
    ]
    road = ROADS[place]
    if road is not None:
        found.append(Passer(road, 1, chance.random(), chance.choice(COATS), SKINS[0], drives=True))
    return found


def background(recipe: Recipe, chance: random.Random) -> Image.Image:
    """The place with nobody in it, drawn large and made smaller so that edges are soft."""
    width, height = recipe.width * 2, recipe.height * 2
    picture = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(picture)

    def box(left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        pen.rectangle((left * width / 100, top * height / 100, right * width / 100, bottom * height / 100), fill=colour)

    def shape(points: tuple[tuple[float, float], ...], colour: Colour) -> None:
        pen.polygon([(x * width / 100, y * height / 100) for x, y in points], fill=colour)

    {Place.STREET: _street, Place.HALL: _hall, Place.PARKING: _parking}[recipe.place](box, shape, chance)
    return picture.resize((recipe.width, recipe.height), Image.Resampling.BOX)


Box = Callable[[float, float, float, float, Colour], None]
Shape = Callable[[tuple[tuple[float, float], ...], Colour], None]


def _street(box: Box, _shape: Shape, chance: random.Random) -> None:
    for line in range(30):
        box(0, line, 100, line + 1, (150 + line, 178 + line, 205 + line))
    left = 0.0
    while left < WHOLE:  # houses, shoulder to shoulder
        wide, top, wall = chance.uniform(14, 24), chance.uniform(8, 24), chance.randint(150, 205)
        box(left, top, left + wide, 66, (wall, wall - 12, wall - 34))
        box(left, top - 2, left + wide, top, (96, 62, 54))
        for row in range(3):
            for column in range(3):
                x, y = left + wide * (0.12 + 0.3 * column), top + 5 + row * 13
                if y < DOORS:
                    box(x, y, x + wide * 0.16, y + 8, (70, 84, 98) if chance.random() > LIT else (232, 214, 150))
        box(left + wide * 0.4, 53, left + wide * 0.6, 66, (84, 60, 48))
        left += wide
    box(0, 66, 100, 75, (148, 146, 142))
    box(0, 75, 100, 76, (176, 174, 168))
    box(0, 76, 100, 88, (74, 76, 80))
    for dash in range(0, 100, 14):
        box(dash, 81.6, dash + 7, 82.4, (214, 214, 208))
    box(0, 88, 100, 100, (156, 154, 150))


def _hall(box: Box, shape: Shape, chance: random.Random) -> None:
    wall = chance.randint(184, 210)
    box(0, 0, 100, 100, (wall, wall - 4, wall - 16))
    shape(((0, 0), (100, 0), (68, 14), (32, 14)), (226, 224, 218))
    shape(((32, 56), (68, 56), (112, 100), (-12, 100)), (150, 138, 124))
    for line in range(1, 6):  # tiles of the floor
        y = 56 + 44 * (line / 6) ** 2
        half = 18 + (y - 56)
        box(50 - half, y, 50 + half, y + 0.4, (128, 116, 104))
    box(32, 14, 68, 56, (wall - 22, wall - 26, wall - 38))
    box(45, 26, 56, 56, (120, 126, 132))  # the lift
    box(50.3, 26, 50.7, 56, (66, 70, 74))
    box(57.5, 39, 58.7, 43, (214, 176, 62))
    for row in range(4):  # letter boxes
        for column in range(5):
            top = 34 + row * 6 + column * 1.4
            box(72 + column * 4.6, top, 76 + column * 4.6, top + 4.6, (92, 104, 116))
    shape(((4, 22), (20, 26), (20, 70), (4, 84)), (104, 82, 64))  # a door
    shape(((6, 28), (18, 31), (18, 50), (6, 54)), (186, 206, 216))


def _parking(box: Box, shape: Shape, chance: random.Random) -> None:
    box(0, 0, 100, 52, (112, 114, 112))
    for lamp in range(8, 100, 22):
        box(lamp, 8, lamp + 10, 10, (240, 240, 222))
    box(0, 52, 100, 100, (92, 94, 96))
    for bay in range(-20, 121, 20):
        shape(
            ((50 + (bay - 50) * 0.6, 54), (50 + (bay - 50) * 0.6 + 0.6, 54), (bay + 1, 68), (bay, 68)), (220, 218, 200)
        )
        if chance.random() < TAKEN:
            left, paint = 50 + (bay - 48) * 0.66, chance.choice(COATS)
            box(left + 2, 50, left + 9, 55, paint)
            box(left + 0.5, 54, left + 10.5, 61, paint)
            box(left + 3, 51, left + 8, 54, (58, 66, 74))
            box(left + 1.4, 60, left + 3, 63, (24, 24, 26))
            box(left + 8, 60, left + 9.6, 63, (24, 24, 26))
    for pillar in (12, 44, 78):
        box(pillar, 6, pillar + 4, 72, (168, 166, 158))
        box(pillar, 54, pillar + 4, 60, (206, 172, 58))


def _where(passer: Passer, moment: float) -> tuple[float, float, float, float]:
    """Across, down (where the feet are), how tall, and how far on the path: hundredths, hundredths, hundredths, 0 to 1."""
    on = (moment * passer.times + passer.phase) % 1
    path = passer.path
    x, y, tall = (
        a + (b - a) * on
        for a, b in ((path.start[0], path.end[0]), (path.start[1], path.end[1]), (path.tall[0], path.tall[1]))
    )
    return x, y, tall, on


def _draw(pen: ImageDraw.ImageDraw, size: tuple[int, int], passer: Passer, moment: float) -> None:
    across, down, tall, on = _where(passer, moment)
    x, y, high = across * size[0] / 100, down * size[1] / 100, tall * size[1] / 100
    (_car if passer.drives else _walker)(pen, (x, y, high), passer, on)


def _walker(pen: ImageDraw.ImageDraw, at: tuple[float, float, float], passer: Passer, on: float) -> None:
    x, y, high = at
    stride = sin(on * tau * 12)
    lift = abs(cos(on * tau * 12)) * high * 0.015
    hip, neck, thick = y - high * 0.46, y - high * 0.84 - lift, max(2, round(high * 0.07))
    pen.ellipse((x - high * 0.16, y - high * 0.03, x + high * 0.16, y + high * 0.03), fill=(70, 70, 70))
    for side in (1, -1):
        foot = x + side * stride * high * 0.15
        pen.line((x, hip, foot, y), fill=(44, 46, 54), width=thick)
        hand = x - side * stride * high * 0.13
        pen.line((x, neck + high * 0.06, hand, hip + high * 0.02), fill=passer.coat, width=thick)
    pen.rounded_rectangle((x - high * 0.1, neck, x + high * 0.1, hip + high * 0.06), high * 0.06, fill=passer.coat)
    pen.ellipse((x - high * 0.07, neck - high * 0.15, x + high * 0.07, neck), fill=passer.skin)


def _car(pen: ImageDraw.ImageDraw, at: tuple[float, float, float], passer: Passer, _on: float) -> None:
    x, y, high = at
    pen.ellipse((x - high * 1.4, y - high * 0.1, x + high * 1.4, y + high * 0.12), fill=(52, 52, 54))
    pen.rounded_rectangle((x - high * 0.7, y - high, x + high * 0.6, y - high * 0.4), high * 0.2, fill=passer.coat)
    pen.rectangle((x - high * 0.56, y - high * 0.9, x + high * 0.46, y - high * 0.58), fill=(176, 198, 210))
    pen.rounded_rectangle(
        (x - high * 1.3, y - high * 0.6, x + high * 1.3, y - high * 0.14), high * 0.14, fill=passer.coat
    )
    for wheel in (-0.8, 0.8):
        pen.ellipse(
            (x + high * (wheel - 0.22), y - high * 0.34, x + high * (wheel + 0.22), y + high * 0.1), fill=(24, 24, 26)
        )


def _label(pen: ImageDraw.ImageDraw, recipe: Recipe) -> None:
    """The camera's number, as cameras write it."""
    high = recipe.height / 18
    pen.text(
        (recipe.width / 50, recipe.height * 0.92),
        f"CAM {recipe.number:02d}",
        font=ImageFont.load_default(high),
        fill=(250, 250, 250),
        stroke_width=max(1, round(high / 12)),
        stroke_fill=(10, 10, 10),
    )
