"""Cameras behind one port: `async with running(Plan(count=3), Library(folder, encode).get) as server: server.url(1)`."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

from beffroi.lib.clock import Clock, utc_now
from beffroi.simulator.cameras.access import Account, Guard, Scheme
from beffroi.simulator.cameras.camera import Camera, Packaging, Wires
from beffroi.simulator.cameras.conversation import Conversation, Stand
from beffroi.simulator.cameras.faults import Faults
from beffroi.simulator.cameras.recipe import SIDE, Clip, Codec, Place, Recipe
from beffroi.simulator.cameras.requests import LARGEST_HEAD

MOST: Final = 200
REALM: Final = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which cameras. Camera n films what `recipe` says, at a place of its own, with people of its own."""

    count: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    """0: any that is free."""
    recipe: Recipe = field(default_factory=Recipe)
    places: tuple[Place, ...] = tuple(Place)
    """In turn, camera after camera."""
    clips: int = 12
    """How many different ones are drawn: camera 13 films as camera 1."""
    schemes: tuple[Scheme, ...] = (Scheme.MD5,)
    account: Account = field(default_factory=lambda: Account("viewer", "a password"))
    patience: float = 60.0
    """Seconds without a request after which a session is over."""
    nonce_life: float = 300.0
    packaging: Packaging = field(default_factory=Packaging)

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST:
            raise ValueError(f"1 to {MOST} cameras")

    def recipe_of(self, number: int) -> Recipe:
        """What a camera films."""
        drawn = 1 + (number - 1) % self.clips
        return replace(self.recipe, number=drawn, place=self.places[(drawn - 1) % len(self.places)])


class Server:
    """Cameras that run."""

    def __init__(self, plan: Plan, clips: Callable[[Recipe], Clip], clock: Clock) -> None:
        self._plan = plan
        chance = random.Random(plan.recipe.seed)  # noqa: S311 - where counters begin is no secret
        wires = Wires()
        self._stands = {
            number: Stand(
                Camera(
                    number,
                    clips(plan.recipe_of(number)),
                    plan.packaging,
                    wires,
                    now_ms=lambda: round(clock().timestamp() * 1_000),
                    source=chance.getrandbits(32),
                    sequence=chance.getrandbits(16),
                    base=chance.getrandbits(32),
                ),
                Guard(plan.account, plan.schemes, realm=REALM, life=plan.nonce_life),
            )
            for number in range(1, plan.count + 1)
        }
        self._talks: dict[asyncio.Task[None], Conversation] = {}
        self._clips = clips
        self._listener: asyncio.Server | None = None
        self._port = plan.port

    @property
    def account(self) -> Account:
        """Who may look."""
        return self._plan.account

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._plan.host, self._port

    def url(self, number: int, *, with_account: bool = False) -> str:
        """A camera's address; with the account in it for programs that take it from there."""
        account = self.account
        who = f"{quote(account.user, safe='')}:{quote(account.password, safe='')}@" if with_account else ""
        return f"rtsp://{who}{self._plan.host}:{self._port}/camera/{number}"

    def camera(self, number: int) -> Camera:
        """One of them: what it sends, and to whom."""
        return self._stands[number].camera

    @property
    def numbers(self) -> range:
        """Which cameras there are."""
        return range(1, self._plan.count + 1)

    def connections(self, number: int) -> int:
        """How many have last spoken of this camera: a client that has really gone leaves none."""
        return sum(talk.number == number for talk in self._talks.values())

    async def fault(self, number: int, faults: Faults) -> None:
        """Make these, and no others, what is wrong with a camera. A clip that nobody has drawn yet is drawn first."""
        stand = self._stands[number]
        clip = await asyncio.to_thread(self._clips, self._recipe(number, faults))
        other_codec = clip.recipe.codec is not stand.camera.clip.recipe.codec
        if clip is not stand.camera.clip:
            stand.camera.film(clip)
        stand.camera.faults = faults
        stand.guard.changed = faults.password
        if faults.die or faults.reset or other_codec:
            for talk in self._talks.values():
                if talk.number == number:
                    talk.end(reset=faults.reset)

    def _recipe(self, number: int, faults: Faults) -> Recipe:
        recipe = self._plan.recipe_of(number)
        if faults.h265:
            recipe = replace(recipe, codec=Codec.H265)
        if faults.sets:
            recipe = replace(recipe, width=_smaller(recipe.width), height=_smaller(recipe.height))
        return recipe

    async def listen(self) -> None:
        """Take connections."""
        self._listener = await asyncio.start_server(
            self._serve, self._plan.host, self._port, limit=LARGEST_HEAD, backlog=2 * MOST
        )
        self._port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take none, and end those that there are."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        while self._talks:
            for talk in self._talks.values():
                talk.end(reset=False)
            await asyncio.wait(list(self._talks))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of a server runs in a task
        talk = Conversation(self._stands, (reader, writer), patience=self._plan.patience)
        self._talks[task] = talk
        try:
            await talk.hold()
            with suppress(ConnectionError):
                await writer.wait_closed()
        finally:
            del self._talks[task]


def _smaller(side: int) -> int:
    """About half, and still a side that a recipe may have."""
    return max(SIDE, side // 2 // SIDE * SIDE)


@asynccontextmanager
async def running(plan: Plan, clips: Callable[[Recipe], Clip], *, clock: Clock = utc_now) -> AsyncIterator[Server]:
    """Serve them. Clips are made first, in a thread: the loop is free meanwhile."""
    server = await asyncio.to_thread(Server, plan, clips, clock)
    await server.listen()
    try:
        yield server
    finally:
        await server.close()
