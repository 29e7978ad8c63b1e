"""What leaves the relay is what the camera filmed: the number that each picture carries is read again after ours and PyAV's hands."""

import io
from dataclasses import replace
from itertools import pairwise

import av
import pytest

from beffroi.simulator.cameras.camera import Packaging
from beffroi.simulator.cameras.control import Control
from beffroi.simulator.cameras.recipe import Change, Recipe
from beffroi.simulator.cameras.server import Plan
from tests.edge.relay.cameras import SMALL, cameras, source
from tests.edge.relay.watching import Eyes, Watching, played
from tests.simulator.eye import number

QUICK = replace(SMALL, rate=50, seconds=1)
B_FRAMES = replace(QUICK, b_frames=2)
REORDERED = 3
"""Pictures at the end of a film that wait for others to be shown before them."""


def numbers(eyes: Eyes) -> list[list[int | None]]:
    """What the strips say, film by film."""
    found = []
    for each in eyes.films:
        with av.open(io.BytesIO(each), "r") as film:
            found.append([number(frame) for frame in film.decode(video=0)])
    return found


def follow(before: int | None, after: int | None, pictures: int) -> bool:
    return before is not None and after is not None and (after - before) % pictures == 1


@pytest.mark.parametrize(
    "recipe",
    [
        QUICK,
        B_FRAMES,
        replace(QUICK, slices=4),
        replace(QUICK, change=Change.SIZE),
        replace(B_FRAMES, change=Change.PROFILE),
    ],
    ids=["plain", "b-frames", "slices", "size", "b-frames-profile"],
)
@pytest.mark.parametrize("packaging", [Packaging(), Packaging(largest=120, sets=False)], ids=["usual", "small-packets"])
def test_every_picture_in_its_order_once(recipe: Recipe, packaging: Packaging) -> None:
    """Also while the clip begins again, and when parameter sets change half-way; those that are in the description only can't change."""
    if recipe.change is not Change.NONE and not packaging.sets:
        packaging = replace(packaging, sets=True)

    async def look() -> None:
        async with cameras(Plan(recipe=recipe, packaging=packaging)) as server, Watching(source(server)) as watching:
            await watching.frames(recipe.pictures + 20)
            films = numbers(watching.eyes)
            whole = films[-1][: len(films[-1]) - (REORDERED if recipe.b_frames else 0)]
            for film in (*films[:-1], whole):
                assert all(follow(*pair, recipe.pictures) for pair in pairwise(film))
            for before, after in pairwise([*films[:-1], whole]):
                assert follow(before[-1], after[0], recipe.pictures)

    played(look())


@pytest.mark.parametrize("recipe", [QUICK, B_FRAMES], ids=["plain", "b-frames"])
@pytest.mark.parametrize("lost", [25, 40])
def test_lost_packets_cost_pictures_and_spoil_none(recipe: Recipe, lost: int) -> None:
    async def look() -> None:
        async with cameras(Plan(recipe=recipe)) as server, Watching(source(server)) as watching:
            await watching.frames(5)
            await Control(server).do({"camera": 1, "fault": "lost", "value": lost})
            await watching.frames(40)
            await Control(server).do({"camera": 1, "fault": "none"})
            await watching.frames(70)
            (film,) = numbers(watching.eyes)
            assert None not in film
            shown = film[: len(film) - REORDERED]
            holes = [pair for pair in pairwise(shown) if not follow(*pair, recipe.pictures)]
            assert holes
            for before, after in holes:
                assert before is not None
                assert after is not None
                waited = recipe.b_frames and (after - before) % recipe.pictures <= REORDERED
                assert after % recipe.group == 0 or waited, "what follows a loss needs what was lost"

    played(look())
