"""Each fault of the simulator's cameras, switched on and off while somebody watches: said plainly, and over when it is over."""

import pytest

from beffroi.simulator.cameras.control import Control
from tests.edge.relay.cameras import cameras, sound, source
from tests.edge.relay.watching import Steps, Watching, decoded, played, until, uptime

BACK = 2_000 + 4_000
"""Milliseconds: the longest between two tries, and what a start takes."""


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("die", "hung-up"), ("reset", "hung-up"), ("hang", "hung"), ("freeze", "hung"), ("endless", "limits"), ("garbage", "garbage")],
)  # fmt: skip
def test_a_picture_that_is_lost_and_comes_back(fault: str, cause: str) -> None:
    async def look() -> None:
        async with Steps() as steps, cameras() as server, Watching(source(server)) as watching:
            control = Control(server)
            await watching.frames(5)
            value = {"endless": 100_000, "garbage": 64}.get(fault, True)
            await control.do({"camera": 1, "fault": fault, "value": value})
            await until(lambda: ("lost", cause) in watching.eyes.states)
            await control.do({"camera": 1, "fault": "none"})
            began, frames = uptime(), watching.eyes.frames
            await watching.frames(frames + 5)
            # A request that hangs when the fault ends has its three seconds first.
            assert steps.since(began) < BACK + (3_000 if fault == "hang" else 0)
            assert watching.eyes.states[-1] == ("live", None)
            assert len(decoded(watching.eyes.films[0])) == watching.eyes.frames

    played(look())


def test_a_hung_camera_is_noticed_after_three_seconds() -> None:
    """By six at most."""

    async def look() -> None:
        async with Steps() as steps, cameras() as server, Watching(source(server)) as watching:
            await watching.frames(5)
            await Control(server).do({"camera": 1, "fault": "freeze"})
            began = uptime()
            await until(lambda: ("lost", "hung") in watching.eyes.states)
            assert steps.since(began) < 6_000
            assert uptime() - began > 2_500

    played(look())


@pytest.mark.parametrize(("fault", "cause"), [("password", "credentials"), ("h265", "codec"), ("die", "hung-up")])
def test_a_camera_that_gives_nothing_from_the_beginning(fault: str, cause: str) -> None:
    async def look() -> None:
        async with cameras() as server:
            await Control(server).do({"camera": 1, "fault": fault})
            async with Watching(source(server)) as watching:
                await watching.told("waiting", cause)
                assert watching.eyes.frames == 0

    played(look())


def test_without_a_key_picture_one_waits_and_is_told_so() -> None:
    async def look() -> None:
        async with cameras() as server:
            await Control(server).do({"camera": 1, "fault": "headless", "value": 2.0})
            async with Watching(source(server)) as watching:
                await watching.told("waiting", "key-frame")
                await watching.frames(5)
                assert watching.eyes.states == [("waiting", None), ("waiting", "key-frame"), ("live", None)]
                assert watching.eyes.fragments[0].key

    played(look())


@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0, 47_721.0])
def test_timestamps_that_jump(seconds: float) -> None:
    """By an hour, back by one, and half-way round the clock of 32 bits: the viewer sees nothing of it."""

    async def look() -> None:
        async with cameras() as server, Watching(sound(server)) as watching:
            await watching.frames(20)
            await Control(server).do({"camera": 1, "fault": "jump", "value": seconds})
            await watching.frames(60)
            assert watching.eyes.states == [("waiting", None), ("live", None)]
            fragments = watching.eyes.fragments
            assert {fragment.duration for fragment in fragments} == {3_600}
            assert [each.decode for each in fragments] == [
                fragments[0].decode + 3_600 * index for index in range(len(fragments))
            ]

    played(look())


def test_other_parameter_sets_while_it_plays() -> None:
    async def look() -> None:
        async with cameras() as server, Watching(sound(server)) as watching:
            await watching.frames(10)
            await Control(server).do({"camera": 1, "fault": "sets"})
            await until(lambda: len(watching.eyes.initializations) == 2)
            await watching.frames(watching.eyes.frames + 5)
            before, after = (decoded(film)[0] for film in watching.eyes.films)
            assert (before.width, before.height) == (320, 240)
            assert (after.width, after.height) != (320, 240)

    played(look())


@pytest.mark.parametrize(("fault", "value"), [("sound", True), ("huge", True), ("slow", 0.5)])
def test_what_is_unusual_is_no_fault(fault: str, value: object) -> None:
    async def look() -> None:
        async with cameras() as server:
            await Control(server).do({"camera": 1, "fault": fault, "value": value})
            async with Watching(sound(server)) as watching:
                await watching.frames(30)
                assert watching.eyes.states == [("waiting", None), ("live", None)]
                assert len(decoded(watching.eyes.films[0])) >= 30

    played(look())


def test_packets_that_are_lost_leave_no_false_picture() -> None:
    """Frames are left out until the next key picture: all that is shown is as the camera saw it."""

    async def look() -> None:
        async with cameras() as server, Watching(source(server)) as watching:
            await watching.frames(10)
            await Control(server).do({"camera": 1, "fault": "lost", "value": 40})
            await watching.frames(60)
            fragments = watching.eyes.fragments
            assert len(decoded(watching.eyes.films[0])) == len(fragments)
            assert all(each.duration <= 7_200 for each in fragments)

    played(look())
