"""The simulator's cameras as the relay's tests use them: small pictures, drawn once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from beffroi.edge.relay.source import Source
from beffroi.simulator.cameras.encode import encode
from beffroi.simulator.cameras.library import Library
from beffroi.simulator.cameras.recipe import Recipe
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.edge.relay.watching import until
from tests.shape.tree import ROOT

CLIPS = Library(ROOT / "build" / "clips", encode)
SMALL = Recipe(width=320, height=240, seconds=2, bit_rate=400_000)


@asynccontextmanager
async def cameras(plan: Plan | None = None) -> AsyncIterator[Server]:
    """They run inside; when it ends nobody is connected to them any more."""
    async with running(plan or Plan(recipe=SMALL), CLIPS.get) as server:
        yield server
        await until(lambda: not server.camera(1).viewers)


def source(server: Server, number: int = 1) -> Source:
    """One of them, as the relay knows it."""
    return Source(server.url(number), server.account.user, server.account.password)
