"""Clips of the simulated cameras: drawn the same each time, encoded once, made again when the file or the recipe is another."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.simulator.cameras import nals, scene
from beffroi.simulator.cameras.encode import EncoderMissingError, encode
from beffroi.simulator.cameras.library import Library
from beffroi.simulator.cameras.recipe import Change, Clip, Codec, Place, Recipe

TINY = Recipe(width=160, height=120, rate=10, seconds=1, group=5, bit_rate=100_000)


class Encoder:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.made: list[Recipe] = []

    def __call__(self, recipe: Recipe) -> Clip:
        self.made.append(recipe)
        return encode(recipe)


@pytest.mark.parametrize("recipe", [TINY, replace(TINY, codec=Codec.H265, change=Change.SIZE)], ids=["h264", "h265"])
def test_a_clip_is_encoded_once_and_read_back_the_same(recipe: Recipe, tmp_path: Path) -> None:
    encoder = Encoder()
    library = Library(tmp_path / "clips", encoder)
    clip = library.get(recipe)
    assert library.get(recipe) is clip
    assert Library(tmp_path / "clips", encoder).get(recipe) == clip
    assert encoder.made == [recipe]
    assert [path.name for path in (tmp_path / "clips").iterdir()] == [library.path(recipe).name]


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda data: data[:0], lambda data: data[:100] + b"x" + data[101:]]
)
def test_a_harmed_file_is_made_again(harm: Callable[[bytes], bytes], tmp_path: Path) -> None:
    encoder = Encoder()
    library = Library(tmp_path, encoder)
    clip = library.get(TINY)
    library.path(TINY).write_bytes(harm(library.path(TINY).read_bytes()))
    assert Library(tmp_path, encoder).get(TINY) == clip
    assert encoder.made == [TINY, TINY]


def test_each_recipe_has_its_file(tmp_path: Path) -> None:
    library = Library(tmp_path, encode)
    others = [
        replace(TINY, number=2),
        replace(TINY, seed=1),
        replace(TINY, place=Place.STREET),
        replace(TINY, slices=2),
    ]
    assert len({library.path(each) for each in (TINY, *others)}) == 5


def test_pictures_are_drawn_by_number_and_seed() -> None:
    """Another number or seed is another clip; no two pictures of one are the same."""

    def drawn(recipe: Recipe) -> list[bytes]:
        return [picture.tobytes() for picture in scene.pictures(recipe)]

    for place in Place:
        recipe = replace(TINY, place=place)
        first = drawn(recipe)
        assert drawn(recipe) == first
        assert len(set(first)) == recipe.pictures
        for other in (replace(recipe, number=2), replace(recipe, seed=1)):
            assert not set(drawn(other)) & set(first)


@pytest.mark.parametrize("codec", list(Codec))
def test_a_clip_begins_with_a_key_frame_and_has_them_where_its_group_says(codec: Codec, tmp_path: Path) -> None:
    clip = Library(tmp_path, encode).get(replace(TINY, codec=codec, b_frames=2))
    assert [index for index, unit in enumerate(clip.units) if unit.key] == [0, 5]
    assert sorted(unit.position for unit in clip.units) == list(range(10))
    assert [unit.position for unit in clip.units] != list(range(10))  # B-frames come after what they need
    assert all(nals.is_slice(codec, nal) for unit in clip.units for nal in unit.nals)
    assert len(clip.sets[0]) == (2 if codec is Codec.H264 else 3)


def test_without_an_encoder_one_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And what was encoded before still serves."""
    Library(tmp_path, encode).get(TINY)
    monkeypatch.setitem(sys.modules, "av", None)
    assert Library(tmp_path, encode).get(TINY).units
    with pytest.raises(EncoderMissingError, match="PyAV"):
        Library(tmp_path, encode).get(replace(TINY, seed=1))
