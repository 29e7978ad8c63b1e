"""Photos of the demonstration's reports: streets that never were, drawn, then sent as any photo is, and some of them checked."""

import io
import time
from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from beffroi.lib.clock import Clock
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.actions.photos import claim_photos, decide_photo
from beffroi.systems.reports.encoder import make_again
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.pages.intake import take_in
from beffroi.systems.reports.rules import PhotoState

WIDE, HIGH = 1024, 768
GROUND: Final = 430  # where walls end
KERB: Final = 560
WITHIN: Final = 20.0  # seconds that the worker may take
LOOK_EVERY: Final = 0.1
CHECKED: Final = 5
Point = tuple[float, float]


def taken(*, authority: UUID, kind: str, number: int) -> list[Taken]:
    """A photo of that kind of fault, kept sealed as one that was sent; none for kinds that nobody drew."""
    draw = SUBJECTS.get(kind)
    if draw is None:
        return []
    file = SimpleUploadedFile("photo.jpg", drawn(draw, f"{kind} {number}"), "image/jpeg")
    return take_in(authority=authority, files=[file])


def check_some(*, authority: UUID, by: UUID | None, clock: Clock) -> None:
    """Have them made again, by this process or the worker, then show the first few to everybody."""
    ours = Photo.objects.filter(authority_id=authority)
    until = time.monotonic() + WITHIN
    while ours.filter(state=PhotoState.QUEUED.value).exists() and time.monotonic() < until:
        claimed = claim_photos(now=clock(), most=8)
        for key, attempt in claimed:
            make_again(key, attempt, clock)
        if not claimed:
            time.sleep(LOOK_EVERY)
    for photo in ours.filter(state=PhotoState.WAITING.value).order_by("report__number")[:CHECKED]:
        decide_photo(photo=photo, shown=True, areas=[], made=None, by=by, now=clock())


def drawn(subject: "Callable[[ImageDraw.ImageDraw, Random], None]", seed: str) -> bytes:
    """A street with the fault in it; the same seed is the same picture."""
    chance = Random(seed)  # noqa: S311 - a drawing
    picture = Image.new("RGB", (WIDE, HIGH))
    draw = ImageDraw.Draw(picture)
    _street(draw, chance)
    subject(draw, chance)
    small = (WIDE // 2, HIGH // 2)
    grain = Image.frombytes("L", small, chance.randbytes(small[0] * small[1])).resize((WIDE, HIGH)).convert("RGB")
    photo = Image.blend(picture.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.05)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=82)
    return out.getvalue()


def _street(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    for line in range(GROUND):
        light = 150 + line // 5
        draw.line((0, line, WIDE, line), fill=(light, light + 8, min(255, light + 22)))
    left = -chance.randrange(40, 160)
    while left < WIDE:
        wide, top = chance.randrange(190, 300), chance.randrange(60, 170)
        wall = chance.choice(((196, 178, 150), (176, 160, 140), (205, 196, 180), (160, 140, 122)))
        draw.rectangle((left, top, left + wide, GROUND), fill=wall, outline=(118, 104, 92))
        for x in range(left + 28, left + wide - 50, 78):
            for y in range(top + 30, GROUND - 110, 96):
                draw.rectangle((x, y, x + 40, y + 62), fill=(82, 94, 108), outline=(228, 222, 212), width=4)
        left += wide
    draw.rectangle((0, GROUND, WIDE, KERB), fill=(168, 164, 158))
    for x in range(-200, WIDE, 96):
        draw.line((x, KERB, x + 120, GROUND), fill=(148, 144, 138), width=2)
    draw.rectangle((0, KERB, WIDE, KERB + 16), fill=(196, 193, 188))
    draw.rectangle((0, KERB + 16, WIDE, HIGH), fill=(92, 92, 95))
    for _stone in range(500):
        x, y = chance.randrange(WIDE), chance.randrange(KERB + 18, HIGH)
        grey = chance.randrange(74, 118)
        draw.point((x, y), fill=(grey, grey, grey))


def _blot(chance: Random, middle: Point, wide: float, high: float) -> list[Point]:
    """An uneven round."""
    turns: tuple[Point, ...] = (
        *((1, 0), (0.9, 0.5), (0.5, 0.88), (0, 1), (-0.5, 0.87), (-0.9, 0.5)),
        *((-1, 0), (-0.86, -0.5), (-0.45, -0.9), (0, -1), (0.5, -0.85), (0.88, -0.5)),
    )
    return [
        (middle[0] + east * wide * chance.uniform(0.75, 1.1), middle[1] + south * high * chance.uniform(0.75, 1.1))
        for east, south in turns
    ]


def _pothole(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    middle = (chance.randrange(380, 640), 672)
    draw.polygon(_blot(chance, middle, 190, 62), fill=(70, 68, 66))
    draw.polygon(_blot(chance, (middle[0] + 8, middle[1] + 8), 150, 44), fill=(46, 43, 41))
    draw.polygon(_blot(chance, (middle[0] - 20, middle[1] + 16), 80, 18), fill=(104, 116, 126))


def _pavement(draw: ImageDraw.ImageDraw, _chance: Random) -> None:
    draw.polygon([(430, KERB - 6), (600, KERB + 22), (596, KERB + 44), (424, KERB + 14)], fill=(184, 180, 174))
    draw.polygon([(400, KERB - 60), (560, KERB - 30), (600, KERB + 20), (420, KERB - 4)], fill=(84, 78, 72))


def _lamp(draw: ImageDraw.ImageDraw, _chance: Random) -> None:
    draw.rectangle((500, 70, 516, KERB - 20), fill=(54, 60, 62))
    draw.polygon([(500, 70), (516, 70), (600, 40), (596, 28)], fill=(54, 60, 62))
    draw.ellipse((572, 22, 664, 56), fill=(38, 42, 46))
    draw.ellipse((586, 40, 650, 58), fill=(96, 98, 92))


def _hedge(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    for _leaf in range(700):
        x, y = chance.gauss(420, 150), min(chance.gauss(430, 70), KERB - 10.0)
        green = chance.randrange(70, 130)
        draw.ellipse((x, y, x + 34, y + 26), fill=(green // 2, green, green // 3))


def _bags(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    draw.polygon([(300, 420), (420, 400), (470, 540), (350, 566)], fill=(214, 206, 190), outline=(150, 140, 126))
    for at in (430, 520, 600, 480):
        y = chance.randrange(500, 540)
        draw.polygon(_blot(chance, (at, y), 66, 52), fill=(34, 36, 42))
        draw.polygon(_blot(chance, (at - 14, y - 20), 16, 8), fill=(92, 98, 108))


def _tag(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    draw.rectangle((120, 180, 900, GROUND), fill=(188, 182, 172))
    for colour in ((176, 30, 60), (24, 60, 150), (30, 30, 34)):
        points = [(200 + 64 * step, chance.randrange(230, 400)) for step in range(10)]
        draw.line(points, fill=colour, width=chance.randrange(9, 18), joint="curve")


def _net(draw: ImageDraw.ImageDraw, _chance: Random) -> None:
    draw.rectangle((200, 180, 860, KERB - 10), fill=(120, 142, 96))
    for x in range(240, 840, 28):
        draw.line((x, 220, x, 540), fill=(232, 232, 232), width=2)
    for y in range(220, 541, 28):
        draw.line((240, y, 830, y), fill=(232, 232, 232), width=2)
    draw.polygon([(470, 340), (590, 320), (620, 450), (500, 480)], fill=(120, 142, 96))
    draw.rectangle((232, 212, 244, 560), fill=(240, 240, 240))
    draw.rectangle((828, 212, 840, 560), fill=(240, 240, 240))


def _box(draw: ImageDraw.ImageDraw, _chance: Random) -> None:
    draw.rectangle((360, 290, 640, 548), fill=(116, 126, 122), outline=(70, 78, 76), width=4)
    draw.rectangle((374, 304, 508, 534), fill=(58, 62, 64))
    draw.polygon([(508, 300), (700, 330), (700, 560), (508, 540)], fill=(132, 142, 138), outline=(70, 78, 76))
    for y in range(330, 520, 26):
        draw.line((384, y, 498, y), fill=(196, 170, 60), width=4)


def _post(draw: ImageDraw.ImageDraw, _chance: Random) -> None:
    draw.polygon([(470, 20), (510, 20), (530, KERB), (480, KERB)], fill=(112, 88, 62))
    draw.line([(500, 330), (492, 400), (512, 460), (500, KERB)], fill=(40, 28, 20), width=7)
    draw.line((0, 70, 490, 40), fill=(30, 30, 30), width=3)
    draw.line((500, 40, WIDE, 84), fill=(30, 30, 30), width=3)


def _drain(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    draw.polygon(_blot(chance, (520, 650), 240, 46), fill=(112, 122, 130))
    draw.rectangle((440, 600, 600, 652), fill=(44, 44, 46))
    for x in range(452, 600, 24):
        draw.rectangle((x, 604, x + 9, 648), fill=(96, 96, 98))
    for _leaf in range(60):
        left, top = chance.gauss(520, 70), chance.gauss(640, 16)
        draw.ellipse((left, top, left + 18, top + 9), fill=(150 + chance.randrange(50), 100, 40))


SUBJECTS: Final[dict[str, "Callable[[ImageDraw.ImageDraw, Random], None]"]] = {
    "pothole": _pothole,
    "pavement": _pavement,
    "lamp": _lamp,
    "green": _hedge,
    "dump": _bags,
    "graffiti": _tag,
    "furniture": _net,
    "cabinet": _box,
    "pole": _post,
    "drain": _drain,
}
