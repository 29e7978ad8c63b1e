"""Simulated cameras as a program that knows nothing of us sees them: it opens their address, decodes, and counts the pictures."""

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

import av
import pytest

from beffroi.simulator.cameras.access import Scheme
from beffroi.simulator.cameras.camera import Packaging
from beffroi.simulator.cameras.control import Remote
from beffroi.simulator.cameras.recipe import Change, Codec, Place, Recipe
from beffroi.simulator.cameras.server import Plan, running
from tests.simulator.eye import LIBRARY, SHORT, Picture, opened, pictures
from tests.simulator.test_cameras_onvif import question

PATIENCE = 120.0  # seconds; a slow machine is not a failing one


def looked(plan: Plan, count: int, camera: int = 1) -> list[Picture]:
    """What one client sees."""

    async def look() -> list[Picture]:
        async with running(plan, LIBRARY.get) as server:
            return await asyncio.to_thread(pictures, server.url(camera, with_account=True), count)

    return asyncio.run(look())


def numbers(seen: list[Picture]) -> list[int | None]:
    return [each.number for each in seen]


@pytest.mark.parametrize("scheme", [Scheme.MD5, Scheme.OLD, Scheme.BASIC])
def test_a_stranger_with_the_password_sees_every_picture_in_its_order(scheme: Scheme) -> None:
    seen = looked(Plan(recipe=SHORT, schemes=(scheme,)), 20)
    assert numbers(seen) == list(range(20))
    assert {each.size for each in seen} == {(320, 200)}


@pytest.mark.parametrize(
    "recipe",
    [
        SHORT,
        replace(SHORT, b_frames=2, group=25),
        replace(SHORT, slices=4),
        replace(SHORT, codec=Codec.H265),
        replace(SHORT, codec=Codec.H265, b_frames=2, group=25),
        replace(SHORT, rate=10),
    ],
    ids=["plain", "b-frames", "slices", "h265", "h265-b-frames", "slow"],
)
@pytest.mark.parametrize("packaging", [Packaging(), Packaging(largest=300, sets=False)], ids=["usual", "small-packets"])
def test_any_coding_in_any_packets_is_decoded_and_goes_round(recipe: Recipe, packaging: Packaging) -> None:
    """More pictures than the clip has: the clip begins again, the time goes on."""
    count = recipe.pictures + 5
    seen = looked(Plan(recipe=recipe, packaging=packaging, schemes=()), count)
    assert numbers(seen) == [each % recipe.pictures for each in range(count)]
    times = [each.shown for each in seen if each.shown is not None]
    assert {after - before for before, after in pairwise(times[1:])} == {90_000 // recipe.rate}


def test_parameter_sets_that_change_midway_are_decoded() -> None:
    """FFmpeg follows both changes of size, from the smaller picture back to the larger too."""
    recipe = replace(SHORT, change=Change.SIZE)
    seen = looked(Plan(recipe=recipe, schemes=()), recipe.pictures + 5)
    assert numbers(seen) == [each % recipe.pictures for each in range(recipe.pictures + 5)]
    half = recipe.pictures // 2
    assert [each.size for each in seen] == [(320, 200)] * half + [(240, 150)] * half + [(320, 200)] * 5
    profiles = LIBRARY.get(replace(SHORT, change=Change.PROFILE)).sets
    assert [each[0][1] for each in profiles] == [100, 77]  # High, then Main


def test_cameras_film_different_places_always_the_same() -> None:
    plan = Plan(count=7, clips=5, recipe=SHORT)
    recipes = [plan.recipe_of(number) for number in range(1, 8)]
    assert [each.place for each in recipes[:4]] == [Place.STREET, Place.HALL, Place.PARKING, Place.STREET]
    assert len(set(recipes)) == plan.clips
    assert recipes[5:] == recipes[:2]


def test_the_last_of_two_hundred_films_too() -> None:
    assert numbers(looked(Plan(count=200, clips=3, recipe=SHORT), 3, camera=200)) == [0, 1, 2]
    with pytest.raises(ValueError, match="200"):
        Plan(count=201)


@pytest.mark.parametrize("url", ["camera/3", "camera/0", "camera/1/trackID=1/x", "elsewhere"])
def test_a_camera_that_is_not_there_is_not_found(url: str) -> None:
    async def look() -> None:
        async with running(Plan(count=2, recipe=SHORT, schemes=()), LIBRARY.get) as server:
            address = server.url(1).replace("camera/1", url)
            with pytest.raises(av.error.HTTPNotFoundError):
                await asyncio.to_thread(pictures, address, 1)

    asyncio.run(look())


@pytest.mark.parametrize("scheme", [Scheme.MD5, Scheme.OLD, Scheme.BASIC])
def test_a_wrong_password_is_refused(scheme: Scheme) -> None:
    async def look() -> None:
        async with running(Plan(recipe=SHORT, schemes=(scheme,)), LIBRARY.get) as server:
            wrong = server.url(1, with_account=True).replace("a%20password", "another")
            with pytest.raises(av.error.HTTPUnauthorizedError):
                await asyncio.to_thread(pictures, wrong, 1)

    asyncio.run(look())


def test_twenty_clients_of_three_cameras_see_the_same() -> None:
    async def look() -> list[list[Picture]]:
        async with running(Plan(count=3, recipe=SHORT), LIBRARY.get) as server:
            urls = [server.url(1 + each % 3, with_account=True) for each in range(20)]
            seen = await asyncio.gather(*(asyncio.to_thread(pictures, url, 30) for url in urls))
            async with asyncio.timeout(PATIENCE):  # cameras rest once their last client has gone
                for number in server.numbers:
                    await server.camera(number).resting.wait()
            return seen

    for seen in asyncio.run(look()):
        first = seen[0].number
        assert first is not None
        assert first % SHORT.group == 0  # a key frame is what comes first
        assert numbers(seen) == [(first + each) % SHORT.pictures for each in range(30)]


def test_the_command_runs_cameras_and_takes_orders(tmp_path: Path) -> None:
    """In another process, as the demonstration has them: where they are is said, a fault is switched, SIGTERM ends it."""
    asked = ["--folder", str(tmp_path), "--count", "2", "--size", "160x120", "--rate", "10", "--seconds", "2"]
    asked += ["--group", "10", "--open", "--place", "hall", "--onvif", "0"]
    with subprocess.Popen([sys.executable, "-m", "beffroi.simulator.cameras", *asked], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        assert numbers(pictures(told["cameras"][1], 5)) == [0, 1, 2, 3, 4]
        with urlopen(told["onvif"][1], data=question("GetSystemDateAndTime"), timeout=30) as answer:  # noqa: S310 - of ours
            assert b"GetSystemDateAndTimeResponse" in answer.read()
        assert told["discovery"] > 0
        orders = Remote(told["control"])
        assert orders.do({"camera": 2, "fault": "h265"})[0].faults == {"h265": True}
        with opened(told["cameras"][1]) as container:
            assert container.streams.video[0].codec_context.name == "hevc"
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".clip"}


@pytest.mark.parametrize("asked", [["--count", "201"], ["--size", "321x200"], ["--rate", "7"], ["--group", "13"]])
def test_the_command_says_what_it_can_not_do(asked: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "beffroi.simulator.cameras", "--folder", str(tmp_path), *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
