"""The published files: the C2SP layout, whatever the steps in which a log grew."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.errors import BadTile
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.tiles import ENTRIES, Tile, pack_entries, parse_path, unpack_entries
from tests.protocol.register_world import Log


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 17), "tile/1/999.p/17"),
        (Tile(2, 1000, 1), "tile/2/x001/000.p/1"),
        (Tile(ENTRIES, 5, 255), "tile/entries/005.p/255"),
    ],
)
def test_names_of_tiles(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/07", "tile/0/../000", "tile/entries/../../checkpoint", "tile/data/000", "tile/0/000/", "/tile/0/000",
        "tile/0/٠٠٠", "tile/0/000.p/1\n", "checkpoint", "",
    ],
)  # fmt: skip
def test_every_other_spelling_is_refused(path: str) -> None:
    with pytest.raises(BadTile):
        parse_path(path)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_holds_what_was_put_into_it(entries: list[bytes]) -> None:
    assert unpack_entries(pack_entries(entries), len(entries)) == entries


@given(st.binary(max_size=60), st.integers(0, 10))
def test_a_garbled_bundle_is_refused_or_exact(data: bytes, width: int) -> None:
    try:
        entries = unpack_entries(data, width)
    except BadTile:
        return
    assert pack_entries(entries) == data


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([1, 2, 254, 255, 256, 257, 700]), min_size=1, max_size=6))
def test_a_log_is_the_same_however_it_grew(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    bodies = [f"entry {number}".encode() for number in range(sum(steps))]
    grown = Archive(tmp_path_factory.mktemp("grown"))
    tree, size = Frontier(), 0
    for step in steps:
        grown.extend(size, bodies[size : size + step])
        tree.extend(map(leaf_hash, bodies[size : size + step]))
        size += step
        assert grown.audit(size) == grown.frontier(size).root() == tree.root()
    assert list(grown.entries(0, size, size)) == bodies
    at_once = Archive(tmp_path_factory.mktemp("at-once"))
    at_once.extend(0, bodies)
    for path in at_once.folder.rglob("*"):
        if path.is_file():
            assert (grown.folder / path.relative_to(at_once.folder)).read_bytes() == path.read_bytes()


def test_an_older_size_is_still_read_when_its_partial_tiles_are_gone(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    bodies = Log.of(300).bodies
    archive.extend(0, bodies[:10])
    archive.extend(10, bodies[10:])
    assert not (tmp_path / "tile/0/000.p").exists()
    assert list(archive.entries(0, 10, 10)) == bodies[:10]
    tree = Frontier()
    tree.extend(map(leaf_hash, bodies[:10]))
    assert archive.frontier(10).root() == tree.root()
