"""What a camera says of a picture is read as another library wrote it, and whatever else comes says nothing."""

import math
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.exif import Exif, read_exif
from beffroi.lib.positions import Position
from beffroi.lib.tests.cameras import exif

NOON = datetime(2026, 11, 20, 12, 30, 5, tzinfo=UTC)
PARIS = ((48.0, 57.0, 36.0), (2.0, 52.0, 48.0))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_way_up_is_read(orientation: int) -> None:
    assert read_exif(exif(orientation=orientation)).orientation == orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_way_up_that_is_none_turns_nothing(orientation: int) -> None:
    assert read_exif(exif(orientation=orientation)).orientation == 1


def test_a_time_is_local_unless_its_offset_is_said() -> None:
    local = read_exif(exif(taken="2026:11:20 12:30:05")).taken_at
    assert local is not None
    assert local.tzinfo is None
    assert local == NOON.replace(tzinfo=None)
    east = read_exif(exif(taken="2026:11:20 13:30:05", offset="+01:00")).taken_at
    assert east == NOON
    west = read_exif(exif(taken="2026:11:20 08:00:05", offset="-04:30")).taken_at
    assert west == NOON
    assert west is not None
    assert west.utcoffset() == timedelta(hours=-4, minutes=-30)


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "2026:13:01 00:00:00", "yesterday", "2026:11:20", "    :  :     :  :  "]
)
def test_a_clock_that_was_never_set_says_nothing(taken: str) -> None:
    assert read_exif(exif(taken=taken, offset="+01:00")).taken_at is None


@pytest.mark.parametrize("offset", ["Z", "+99:00", "+24:00", "01:00", "+1:00"])
def test_an_offset_that_is_none_leaves_the_local_time(offset: str) -> None:
    assert read_exif(exif(taken="2026:11:20 12:30:05", offset=offset)).taken_at == NOON.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("sides", "north", "east"), [(("N", "E"), 1, 1), (("S", "E"), -1, 1), (("N", "W"), 1, -1), (("S", "W"), -1, -1)]
)
def test_a_place_is_degrees(sides: tuple[str, str], north: int, east: int) -> None:
    position = read_exif(exif(latitude=PARIS[0], longitude=PARIS[1], sides=sides)).position
    assert position is not None
    assert position.latitude == pytest.approx(north * 48.96)
    assert position.longitude == pytest.approx(east * 2.88)


@pytest.mark.parametrize(
    ("latitude", "longitude", "sides"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), ("N", "E")),
        ((91.0, 0.0, 0.0), (2.0, 0.0, 0.0), ("N", "E")),
        ((48.0, 0.0, 0.0), (181.0, 0.0, 0.0), ("N", "E")),
        ((48.0, 0.0, 0.0), (2.0, 0.0, 0.0), ("X", "E")),
        ((math.nan, 0.0, 0.0), (2.0, 0.0, 0.0), ("N", "E")),  # written as a fraction of nought
    ],
)
def test_a_place_that_is_none_says_nothing(
    latitude: tuple[float, float, float], longitude: tuple[float, float, float], sides: tuple[str, str]
) -> None:
    assert read_exif(exif(latitude=latitude, longitude=longitude, sides=sides)).position is None


def test_both_orders_of_bytes_are_read() -> None:
    entry = struct.pack(">HHLHH", 0x0112, 3, 1, 6, 0)
    big = b"MM\x00*" + struct.pack(">L", 8) + struct.pack(">H", 1) + entry + bytes(4)
    assert read_exif(big) == read_exif(b"Exif\x00\x00" + big) == Exif(orientation=6)


def test_directories_that_lead_back_to_themselves_end() -> None:
    loop = struct.pack("<HHLL", 0x8769, 4, 1, 8) + struct.pack("<HHLL", 0x8825, 4, 1, 8)
    assert read_exif(b"II*\x00" + struct.pack("<LH", 8, 2) + loop) == Exif()
    assert read_exif(b"II*\x00" + struct.pack("<LH", 8, 65535) + loop) == Exif()


WHOLE = exif(orientation=6, taken="2026:11:20 12:30:05", offset="+01:00", latitude=PARIS[0], longitude=PARIS[1])


@given(st.data())
def test_any_bytes_say_something_or_nothing(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE)))
    damage = data.draw(st.binary(max_size=40))
    said = read_exif(data.draw(st.sampled_from([WHOLE[:at] + damage + WHOLE[at + len(damage) :], WHOLE[:at], damage])))
    assert 1 <= said.orientation <= 8
    if said.position is not None:
        assert abs(said.position.latitude) <= 90
        assert abs(said.position.longitude) <= 180


def test_what_is_whole_is_all_read() -> None:
    said = read_exif(WHOLE)
    assert said.orientation == 6
    assert said.taken_at == datetime(2026, 11, 20, 12, 30, 5, tzinfo=timezone(timedelta(hours=1)))
    assert isinstance(said.position, Position)
