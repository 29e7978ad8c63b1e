"""Clips on the disk: one is drawn and encoded once, then read, by whoever asks for the same pictures again.

A file is named by its recipe and by the code that draws and encodes it, so that a change of either makes another. It is JSON on
one line, then the NAL units, then the SHA-256 of all that; a file that doesn't match is made again.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from beffroi.simulator.cameras.recipe import Clip, Recipe, Unit

FORM: Final = 1
_DIGEST: Final = hashlib.sha256().digest_size
_CODE: Final = ("recipe.py", "scene.py", "strip.py", "nals.py", "encode.py", "library.py")


class Library:
    """A folder of clips."""

    def __init__(self, folder: Path, make: Callable[[Recipe], Clip]) -> None:
        self._folder = folder
        self._make = make
        self._held: dict[Recipe, Clip] = {}

    def get(self, recipe: Recipe) -> Clip:
        """The clip: from memory, from the folder, else made now. Raises what making raises."""
        if recipe not in self._held:
            self._held[recipe] = self._kept(recipe) or self._made(recipe)
        return self._held[recipe]

    def path(self, recipe: Recipe) -> Path:
        """Where the clip is, or will be."""
        told = json.dumps([FORM, recipe.described()], sort_keys=True).encode()
        name = hashlib.sha256(told + _code()).hexdigest()[:32]
        return self._folder / f"{name}.clip"

    def _kept(self, recipe: Recipe) -> Clip | None:
        try:
            return _read(recipe, self.path(recipe).read_bytes())
        except FileNotFoundError:
            return None

    def _made(self, recipe: Recipe) -> Clip:
        """Written beside and moved, so that two processes that make the same clip don't meet."""
        clip = self._make(recipe)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            file.write(_written(clip))
        Path(file.name).replace(self.path(recipe))
        return clip


def _code() -> bytes:
    here = Path(__file__).parent
    return b"".join(hashlib.sha256((here / name).read_bytes()).digest() for name in _CODE)


def _written(clip: Clip) -> bytes:
    head = {
        "sets": [[len(each) for each in sets] for sets in clip.sets],
        "units": [[[len(each) for each in unit.nals], unit.key, unit.position, unit.sets] for unit in clip.units],
    }
    pieces = [nal for sets in clip.sets for nal in sets] + [nal for unit in clip.units for nal in unit.nals]
    content = json.dumps(head).encode() + b"\n" + b"".join(pieces)
    return content + hashlib.sha256(content).digest()


def _read(recipe: Recipe, content: bytes) -> Clip | None:
    content, digest = content[:-_DIGEST], content[-_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None
    line, _, pieces = content.partition(b"\n")
    head = json.loads(line)

    def cut() -> Iterator[bytes]:
        """Whatever the lengths ask for, from the front to the back."""
        at = 0
        lengths = [each for sets in head["sets"] for each in sets] + [
            each for unit in head["units"] for each in unit[0]
        ]
        for length in lengths:
            yield pieces[at : at + length]
            at += length

    following = cut()
    sets = tuple(tuple(next(following) for _ in each) for each in head["sets"])
    units = tuple(
        Unit(tuple(next(following) for _ in lengths), key, position, which)
        for lengths, key, position, which in head["units"]
    )
    return Clip(recipe, sets, units)
