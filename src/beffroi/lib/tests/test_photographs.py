"""Whatever somebody sends becomes two clean pictures or a reason."""

import io
import struct
from datetime import datetime

import pytest
from PIL import Image, ImageCms

from beffroi.lib.photographs import FULL, MOST_BYTES, THUMB, Kind, Photograph, Unfit, examine
from beffroi.lib.tests.cameras import CORNERS, SECRET, exif, gossiping, laid, segment, street, written


def taken(data: bytes) -> Photograph:
    """The photograph, which is one."""
    found = examine(data)
    assert isinstance(found, Photograph), found
    return found


def points(data: bytes) -> Image.Image:
    """The picture of a JPEG file, and that it is one."""
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "JPEG"
    return opened.convert("RGB")


def corners(picture: Image.Image) -> list[tuple[int, ...]]:
    """The colours of its quarters."""
    across, down = picture.width // 4, picture.height // 4
    wanted = [(across, down), (3 * across, down), (across, 3 * down), (3 * across, 3 * down)]
    found = [picture.getpixel(at) for at in wanted]
    return [colour for colour in found if isinstance(colour, tuple)]


def near(found: list[tuple[int, ...]], wanted: tuple[tuple[int, ...], ...]) -> bool:
    return all(
        abs(ours - theirs) <= 24
        for one, other in zip(found, wanted, strict=True)
        for ours, theirs in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_each_kind_is_read_upright(kind: Kind, orientation: int) -> None:
    block = exif(orientation=orientation, taken="2026:11:20 12:30:05", latitude=(48, 57, 36), longitude=(2, 52, 48))
    found = taken(written(laid(street(), orientation), kind, block=block))
    assert found.kind is kind
    assert (found.width, found.height) == points(found.full).size == points(found.thumb).size == (96, 64)
    assert near(corners(points(found.full)), CORNERS)
    assert near(corners(points(found.thumb)), CORNERS)
    assert found.taken_at == datetime.fromisoformat("2026-11-20T12:30:05")
    assert found.position is not None
    assert found.position.latitude == pytest.approx(48.96)


@pytest.mark.parametrize(
    ("kind", "size", "full", "thumb"),
    [
        (Kind.JPEG, (4000, 3000), (2000, 1500), (480, 360)),  # halved by its decoder: near enough
        (Kind.JPEG, (3000, 4000), (1500, 2000), (360, 480)),
        (Kind.JPEG, (4624, 3468), (2048, 1536), (480, 360)),
        (Kind.JPEG, (3264, 2448), (2048, 1536), (480, 360)),
        (Kind.JPEG, (9000, 3), (2048, 1), (480, 1)),
        (Kind.JPEG, (2048, 16), (2048, 16), (480, 4)),
        (Kind.PNG, (4000, 3000), (2048, 1536), (480, 360)),
        (Kind.PNG, (1, 1), (1, 1), (1, 1)),
    ],
)
def test_two_sizes_are_made_and_nothing_is_blown_up(
    kind: Kind, size: tuple[int, int], full: tuple[int, int], thumb: tuple[int, int]
) -> None:
    found = taken(written(street(size), kind))
    assert points(found.full).size == (found.width, found.height) == full
    assert points(found.thumb).size == thumb
    assert max(full) <= FULL
    assert max(thumb) <= THUMB


def test_nothing_of_what_the_camera_wrote_is_left() -> None:
    data = gossiping(exif(taken="2026:11:20 12:30:05", latitude=(48, 57, 36), longitude=(2, 52, 48)))
    assert data.count(SECRET) > 6
    found = taken(data)
    assert found.taken_at is not None
    for made in (found.full, found.thumb):
        assert SECRET not in made
        assert b"Exif" not in made
        opened = Image.open(io.BytesIO(made))
        assert not opened.getexif()
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert made.endswith(b"\xff\xd9")
        assert made.count(b"\xff\xd8\xff") == 1
    assert Image.open(io.BytesIO(found.full)).info["progressive"]


@pytest.mark.parametrize("kind", [Kind.PNG, Kind.WEBP, Kind.AVIF, Kind.HEIC])
def test_nothing_is_left_of_the_other_kinds_either(kind: Kind) -> None:
    data = written(street(), kind, block=exif())
    assert SECRET in data
    found = taken(data)
    assert SECRET not in found.full + found.thumb


def test_colours_come_out_as_their_profile_means_them() -> None:
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, green = (usual.index(tag) for tag in (b"rXYZ", b"gXYZ"))  # in its list of tags, which come first
    odd = bytearray(usual.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be")).replace(b"sRGB", b"odd!"))
    odd[red : red + 4], odd[green : green + 4] = b"gXYZ", b"rXYZ"
    picture = Image.new("RGB", (64, 64), (250, 0, 0))
    for profile, red_stays in ((usual, True), (bytes(odd), False), (b"no profile at all", True)):
        colour = points(taken(written(picture, Kind.JPEG, icc_profile=profile)).full).getpixel((32, 32))
        assert isinstance(colour, tuple)
        assert (colour[0] > colour[1]) is red_stays


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_screenshots_of_any_make_keep_their_light_and_their_shade(mode: str) -> None:
    grey = Image.linear_gradient("L")  # dark above, light below
    picture = (
        grey.convert("I").point(lambda level: level * 256).convert("I;16") if mode == "I;16" else grey.convert(mode)
    )
    made = points(taken(written(picture, Kind.PNG)).full).convert("L").resize((1, 4), Image.Resampling.BOX).tobytes()
    assert made[0] < 50
    assert made[3] > 200


def test_what_is_transparent_lies_on_white() -> None:
    found = taken(written(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), Kind.PNG))
    assert points(found.full).getpixel((32, 32)) == (255, 255, 255)


def test_ink_becomes_light() -> None:
    found = taken(written(street().convert("CMYK"), Kind.JPEG))
    assert near(corners(points(found.full)), CORNERS)


def test_only_the_first_picture_of_an_animation_is_kept() -> None:
    out = io.BytesIO()
    street().save(out, "WEBP", save_all=True, append_images=[Image.new("RGB", (96, 64))], duration=50)
    assert near(corners(points(taken(out.getvalue()).full)), CORNERS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        b"MZ\x90\x00",
        b"II*\x00\x08\x00\x00\x00",
        b"BM" + bytes(60),
    ],
)
def test_what_is_no_photograph_is_refused_whatever_its_name(data: bytes) -> None:
    assert examine(data) is Unfit.FOREIGN
    out = io.BytesIO()
    street().save(out, "GIF")
    assert examine(out.getvalue()) is Unfit.FOREIGN


def test_what_is_too_heavy_is_not_looked_at() -> None:
    assert examine(written(street(), Kind.JPEG).ljust(MOST_BYTES + 1, b"\x00")) is Unfit.HEAVY
    assert isinstance(examine(written(street(), Kind.JPEG).ljust(MOST_BYTES, b"\x00")), Photograph)


def resized(data: bytes, kind: Kind, size: tuple[int, int]) -> bytes:
    """The same file, saying another size."""
    width, height = size
    if kind is Kind.JPEG:
        return data.replace(struct.pack(">HH", 64, 96), struct.pack(">HH", height, width), 1)
    if kind is Kind.PNG:
        return data.replace(struct.pack(">LL", 96, 64), struct.pack(">LL", width, height), 1)
    if kind is Kind.WEBP:
        return data.replace(struct.pack("<HH", 96, 64), struct.pack("<HH", width, height), 1)
    return data.replace(b"ispe" + struct.pack(">LLL", 0, 96, 64), b"ispe" + struct.pack(">LLL", 0, width, height))


@pytest.mark.parametrize("kind", Kind)
def test_a_size_that_is_too_large_is_seen_before_a_point_is_decoded(kind: Kind) -> None:
    small = written(street(), kind)
    large = resized(small, kind, (16_000, 16_000))
    assert large != small
    assert examine(large) in {Unfit.LARGE, Unfit.UNREADABLE}
    if kind in {Kind.JPEG, Kind.WEBP}:
        assert examine(large) is Unfit.LARGE


def test_a_picture_that_is_painted_over_for_ever_is_not_begun() -> None:
    data = written(street((640, 480)), Kind.JPEG, progressive=True)
    last = data.rindex(b"\xff\xda")
    again = data[last:-2]
    assert isinstance(examine(data[:-2] + 20 * again + b"\xff\xd9"), Photograph)
    assert examine(data[:-2] + 200 * again + b"\xff\xd9") is Unfit.UNREADABLE
    # An end that stands inside another segment is none.
    assert examine(data[:last] + segment(0xFE, b"\xff\xd9") + 200 * again + b"\xff\xd9") is Unfit.UNREADABLE


@pytest.mark.parametrize("kind", Kind)
def test_a_file_that_was_cut_short_is_refused(kind: Kind) -> None:
    data = written(Image.effect_noise((96, 64), 90).convert("RGB"), kind)
    assert examine(data[: len(data) // 2]) is Unfit.UNREADABLE
