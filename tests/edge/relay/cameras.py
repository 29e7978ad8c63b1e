"""The simulator's cameras as the relay's tests use them: small pictures, drawn once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from beffroi.edge.relay.camera import Patience
from beffroi.edge.relay.source import Pace, Source
from beffroi.simulator.cameras.encode import encode
from beffroi.simulator.cameras.library import Library
from beffroi.simulator.cameras.recipe import Recipe
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.edge.relay.watching import until
from tests.shape.tree import ROOT

CLIPS = Library(ROOT / "build" / "clips", encode)
SMALL = Recipe(width=320, height=240, seconds=2, bit_rate=400_000)
# Where no fault is looked at, a machine that does nothing for some seconds isn't one of the camera's.
PATIENT = Patience(answer=60.0, hung=60.0)
CALM = Pace(wait_key=60.0, lost_key=60.0)


@asynccontextmanager
async def cameras(plan: Plan | None = None) -> AsyncIterator[Server]:
    """They run inside; when it ends nobody is connected to them any more."""
    async with running(plan or Plan(recipe=SMALL), CLIPS.get) as server:
        yield server
        await until(lambda: not server.camera(1).viewers)


def source(server: Server, number: int = 1) -> Source:
    """One of them, as the relay knows it."""
    return Source(server.url(number), server.account.user, server.account.password)


def sound(server: Server) -> Source:
    """The first of them, of which no fault is expected, however long a picture takes."""
    return Source(server.url(1), server.account.user, server.account.password, pace=CALM, patience=PATIENT)
