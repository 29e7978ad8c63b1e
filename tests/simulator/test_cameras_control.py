"""Orders to the simulated cameras: from their own process, from another, and those that mean nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields

import pytest

from beffroi.simulator.cameras import nals
from beffroi.simulator.cameras.control import Control, Remote, UnknownOrderError, listening
from beffroi.simulator.cameras.faults import JUMP, KINDS, NONE, Faults
from beffroi.simulator.cameras.server import Plan, running
from tests.shape.tree import ROOT
from tests.simulator.eye import LIBRARY, SHORT
from tests.simulator.telephone import Line, called


def spoken(talk: Callable[[Control, Line], Awaitable[None]]) -> None:
    """A conversation with the first of two cameras, whose faults are at hand."""

    async def hold() -> None:
        async with (
            running(Plan(count=2, recipe=SHORT, schemes=()), LIBRARY.get) as server,
            called(server.url(1)) as line,
        ):
            await talk(Control(server), line)

    asyncio.run(hold())


@pytest.mark.parametrize(
    "order",
    [
        {"camera": 3},
        {"camera": True},
        {"camera": [1, 3]},
        {"camera": []},
        {"camera": 1, "fault": "unheard-of"},
        {"camera": 1, "fault": "die", "value": 1},
        {"camera": 1, "fault": "slow", "value": -1},
        {"camera": 1, "fault": "slow", "value": float("nan")},
        {"camera": 1, "fault": "lost", "value": 1.5},
        {"camera": 1, "fault": "jump", "value": "far"},
        {"camera": 1, "fault": "die", "else": 1},
        {"server": "sideways"},
        [],
        "x",
    ],
    ids=str,
)
def test_an_order_that_means_nothing_is_refused_and_changes_nothing(order: dict[str, object]) -> None:
    async def talk(control: Control, line: Line) -> None:
        async with listening(control) as port:
            with pytest.raises(UnknownOrderError):
                await asyncio.to_thread(Remote(port).do, order)
            standing = await asyncio.to_thread(Remote(port).do, {})
            assert [(each.camera, each.faults) for each in standing] == [(1, {}), (2, {})]

    spoken(talk)


def test_an_order_may_speak_of_several_cameras_and_says_how_they_are() -> None:
    async def talk(control: Control, line: Line) -> None:
        await line.begin()
        one, two = await control.do({"camera": [1, 2], "fault": "slow", "value": 1})
        assert (one.connections, one.viewers, one.faults) == (1, 1, {"slow": 1})
        assert (two.connections, two.viewers, two.faults) == (0, 0, {"slow": 1})
        assert (await control.do({"camera": 2, "fault": "sound"}))[0].faults == {"slow": 1, "sound": True}
        assert [each.faults for each in await control.do({"fault": NONE})] == [{}, {}]

    spoken(talk)


def test_each_fault_has_its_line_in_the_guide() -> None:
    guide = (ROOT / "docs" / "developers" / "cameras.md").read_text(encoding="utf-8")
    assert [name for name in (*KINDS, JUMP, NONE) if f"| `{name}` |" not in guide] == []
    assert set(KINDS) == {field.name for field in fields(Faults)}
    assert nals.MARK.hex() in guide
