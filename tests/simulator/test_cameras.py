"""Simulated cameras as a program that knows nothing of us sees them: it opens their address, decodes, and counts the pictures."""

import asyncio

import pytest

from beffroi.simulator.cameras.access import Scheme
from beffroi.simulator.cameras.recipe import Recipe
from beffroi.simulator.cameras.server import Plan, running
from tests.simulator.eye import LIBRARY, Picture, pictures

SHORT = Recipe(width=320, height=200, rate=25, seconds=2, group=5, bit_rate=300_000)


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
