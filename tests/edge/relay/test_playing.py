"""A camera's picture as it reaches those who watch: the same pictures, nothing between them, whatever the camera does to its stream."""

from dataclasses import replace
from itertools import pairwise

import pytest

from beffroi.edge.relay.source import Source
from beffroi.simulator.cameras import nals
from beffroi.simulator.cameras.access import Account, Scheme
from beffroi.simulator.cameras.camera import Packaging
from beffroi.simulator.cameras.recipe import Change
from beffroi.simulator.cameras.server import Plan, running
from tests.edge.relay.cameras import CLIPS, SMALL, cameras, sound, source
from tests.edge.relay.watching import Eyes, Steps, Watching, decoded, played, until, uptime

FRAME = 3_600


def whole(eyes: Eyes, *, every: int = FRAME) -> None:
    """All that was sent is decoded, end to end, in one film for each initialization segment."""
    fragments = eyes.fragments
    assert all(after.decode == before.decode + before.duration for before, after in pairwise(fragments))
    assert [fragment.number for fragment in fragments] == list(range(fragments[0].number, fragments[-1].number + 1))
    shown = [picture for film in eyes.films for picture in decoded(film)]
    assert len(shown) == len(fragments)
    assert all(before.pts < after.pts for before, after in pairwise(shown))
    # Whoever leaves may leave between a picture and those, sent after it, that are shown before it.
    assert all(after.pts - before.pts <= 2 * every for before, after in pairwise(shown[:-1]))
    assert fragments[0].key


def watched(plan: Plan, frames: int = 60) -> Eyes:
    """What one sees who watches for so many frames."""

    async def look() -> None:
        async with cameras(plan) as server, Watching(sound(server)) as watching:
            seen.append(watching.eyes)
            await watching.frames(frames)

    seen: list[Eyes] = []
    played(look())
    return seen[0]


def test_the_picture_is_the_cameras_own() -> None:
    """Slice by slice the bytes that the camera's encoder made: nothing was encoded again."""
    eyes = watched(Plan(recipe=SMALL))
    assert eyes.states == [("waiting", None), ("live", None), ("ended", "left")]
    whole(eyes)
    made = {slice_ for unit in CLIPS.get(Plan(recipe=SMALL).recipe_of(1)).units for slice_ in unit.nals}
    assert all(fragment.data[-len(nal) :] == nal for fragment in eyes.fragments for nal in made if nal in fragment.data)
    assert all(any(nal in fragment.data for nal in made) for fragment in eyes.fragments)
    # The camera's own message, with the moment of the picture, is there for whoever reads it.
    assert nals.stamp_in(eyes.fragments[0].data) is not None


@pytest.mark.parametrize(
    "plan",
    [
        Plan(recipe=replace(SMALL, b_frames=2)),
        Plan(recipe=replace(SMALL, slices=4)),
        Plan(recipe=replace(SMALL, rate=5, group=5, seconds=4)),
        Plan(recipe=SMALL, packaging=Packaging(largest=200)),
        Plan(recipe=SMALL, packaging=Packaging(largest=60_000)),
        Plan(recipe=SMALL, packaging=Packaging(sets=False)),
    ],
    ids=["b-frames", "slices", "five a second", "small packets", "large packets", "sets in the description only"],
)
def test_however_the_stream_is_made(plan: Plan) -> None:
    eyes = watched(plan, 20 if plan.recipe.rate == 5 else 60)
    whole(eyes, every=90_000 // plan.recipe.rate)
    assert len(eyes.initializations) == 1


def test_pictures_out_of_order_are_shown_after_they_are_decoded() -> None:
    eyes = watched(Plan(recipe=replace(SMALL, b_frames=2)))
    offsets = {fragment.offset for fragment in eyes.fragments}
    assert min(offsets) >= 0
    assert len(offsets) > 1


@pytest.mark.parametrize("change", [Change.SIZE, Change.PROFILE])
def test_parameters_that_change_are_told_before_the_first_picture_that_needs_them(change: Change) -> None:
    eyes = watched(Plan(recipe=replace(SMALL, change=change)), 80)
    assert len(eyes.initializations) >= 3
    assert len(set(eyes.initializations)) == 2
    whole(eyes)
    if change is Change.SIZE:
        assert {(shown.width, shown.height) for shown in decoded(eyes.films[1])} == {(240, 180)}


@pytest.mark.parametrize("scheme", list(Scheme))
def test_every_way_of_asking_who_we_are(scheme: Scheme) -> None:
    eyes = watched(Plan(recipe=SMALL, schemes=(scheme,), account=Account("relay", 'p à:ss"\\')), 5)
    assert eyes.frames >= 5


def test_a_session_is_kept_alive() -> None:
    """The camera forgets whoever says nothing for four seconds, and its nonce is too old by then."""
    eyes = watched(Plan(recipe=SMALL, patience=4.0, nonce_life=1.0), 6 * 25)
    assert eyes.states == [("waiting", None), ("live", None), ("ended", "left")]


def test_a_latecomer_begins_with_the_last_key_picture_at_once() -> None:
    async def look() -> None:
        async with cameras() as server:
            one = sound(server)
            async with Watching(one) as first:
                await first.frames(40)
                async with Watching(one) as second:
                    # Nothing more has to come: it is all there before the next frame does.
                    await until(lambda: second.eyes.frames > 0)
                    assert second.eyes.fragments[0].key
                    assert second.eyes.states == [("live", None)]
                    assert second.eyes.initializations == first.eyes.initializations
                    last = first.eyes.fragments[-1].number
                    assert [each.number for each in second.eyes.fragments][-1] == last
                    await second.frames(30)
                    whole(second.eyes)
                assert len(server.camera(1).viewers) == 1

    played(look())


def test_the_camera_is_connected_only_while_somebody_watches() -> None:
    async def look() -> None:
        async with cameras() as server:
            one = source(server)
            for _ in range(2):
                assert not server.camera(1).viewers
                async with Watching(one) as first, Watching(one) as second:
                    await first.frames(3)
                    await second.frames(3)
                    assert len(server.camera(1).viewers) == 1
                    assert one.viewers == 2
                assert one.viewers == 0
                await until(lambda: not server.camera(1).viewers, patience=1.0)

    played(look())


def test_a_camera_that_dies_and_comes_back() -> None:
    """Its viewers stay, are told, and see its picture again where it left off."""

    async def look() -> None:
        async with cameras() as server:
            one, port = source(server), int(server.url(1).rpartition(":")[2].partition("/")[0])
            async with Watching(one) as watching:
                await watching.frames(10)
                await server.close()
                await watching.told("lost", "unreachable")
                gone = watching.eyes.frames
                async with running(Plan(recipe=SMALL, port=port), CLIPS.get), Steps() as steps:
                    began = uptime()
                    await watching.told("live")
                    # Two seconds between two tries, and what a try takes.
                    assert steps.since(began) < 2_000 + 4_000
                    await watching.frames(gone + 30)
                    whole(watching.eyes)
                    async with Watching(one) as late:
                        await late.frames(1)
                        assert late.eyes.fragments[0].number > gone

    played(look())


def test_two_hundred_viewers_of_one_camera_get_the_same_bytes() -> None:
    async def look() -> None:
        async with cameras() as server:
            one = source(server)
            crowd = [Watching(one) for _ in range(200)]
            for each in crowd:
                await each.__aenter__()
            for each in crowd:
                await each.frames(20)
            assert len(server.camera(1).viewers) == 1
            for each in crowd:
                await each.__aexit__()
            films = {tuple(each.eyes.fragments[:20]) for each in crowd}
            assert len(films) == 1

    played(look())


def test_a_source_without_a_camera_says_why() -> None:
    async def look() -> None:
        async with Watching(Source("rtsp://127.0.0.1:1/")) as watching:
            await watching.told("waiting", "unreachable")
            # It is said again while it lasts, so that a player knows that somebody is there.
            await until(lambda: len(watching.eyes.notices) >= 4)
            assert int(watching.eyes.notices[-1]["since"]) >= 1_000

    played(look())
