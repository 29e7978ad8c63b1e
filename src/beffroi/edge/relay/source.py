"""A camera as those who watch it see it: connected only while somebody does, found again when it is lost, the same bytes for all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from beffroi.edge.relay.address import read_address
from beffroi.edge.relay.authorisation import Authorisation
from beffroi.edge.relay.camera import DEFAULT_PATIENCE, Camera, Patience
from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.masking.darkroom import Darkroom
from beffroi.edge.relay.parts import Part, State, notice
from beffroi.edge.relay.reel import Reel
from beffroi.edge.relay.viewer import CAMERA_GONE, INTERNAL, LEFT, Viewer

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """Seconds. `back_off`: between two tries, while somebody waits; `refused`: when the camera didn't want our password. `look`:
    how often what can't be seen from a frame is looked at. `repeat`: how often a viewer without a picture is told so. `wait_key`,
    `lost_key`: without a key picture before it is said to one who waits, and to one who had a picture. `no_picture`: packets that
    make no picture before the camera is asked anew. `gone`: without a picture before nobody waits any longer.
    """

    back_off: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    refused: float = 2.0
    look: float = 0.25
    repeat: float = 1.0
    wait_key: float = 1.0
    lost_key: float = 3.0
    no_picture: float = 30.0
    gone: float = 600.0


DEFAULT_PACE: Final = Pace()
# Of whom is told what to begin with, and of whom is given each picture.
MakeDarkroom = Callable[[Callable[[tuple[bytes, ...]], None], Callable[[Unit], None]], Darkroom]


class Source:
    """One camera. Nothing is connected until `watch`, and nothing after the last of those that watch. With a `darkroom` its pictures
    pass through that, and it alone has the reel.
    """

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        *,
        pace: Pace = DEFAULT_PACE,
        patience: Patience = DEFAULT_PATIENCE,
        darkroom: MakeDarkroom | None = None,
    ) -> None:
        self.state = State.WAITING
        self.cause: Cause | None = None
        self._url, self._user, self._password = url, user, password
        self._pace, self._patience = pace, patience
        self._make_darkroom = darkroom
        self._darkroom: Darkroom | None = None
        self._viewers: dict[Viewer, None] = {}
        self._reel = Reel()
        self._camera: Camera | None = None
        self._running: asyncio.Task[None] | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._since = self._told = self._framed = 0.0
        self._tries = 0

    @property
    def viewers(self) -> int:
        """How many watch, or wait for a picture."""
        return len(self._viewers)

    async def watch(self, viewer: Viewer) -> str:
        """Everything that is sent to a viewer, until its end: the cause. Whoever cancels this has the viewer leave."""
        if not viewer.check():
            return await viewer.ended()
        if self._running is None:
            self._start()
        self._viewers[viewer] = None
        viewer.give(self._notice())
        self._catch_up(viewer)
        try:
            return await viewer.ended()
        finally:
            viewer.cut(LEFT)
            del self._viewers[viewer]
            if not self._viewers:
                self._stop()

    def recheck(self) -> None:
        """Something that ends rights has changed: everybody's is looked at now."""
        for viewer in self._viewers:
            viewer.check()

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self.state, self.cause = State.WAITING, None
        self._since = self._told = loop.time()
        self._tries = 0
        self._reel = Reel()
        self._running = loop.create_task(self._run())
        self._running.add_done_callback(self._broke)
        self._looking = loop.call_later(self._pace.look, self._look)

    def _stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._running is not None:
            self._running.cancel()
        if self._camera is not None:
            self._camera.close()
        if self._darkroom is not None:
            self._darkroom.close()
        self._camera = self._darkroom = self._running = self._looking = None
        self._reel = Reel()

    async def _run(self) -> None:
        """Connect, and connect again, for as long as somebody waits."""
        while True:
            try:
                await self._play()
            except CameraFault as fault:
                logger.info("no picture: %s", fault)
                self._reel.leave()
                self._become(State.WAITING if self.state is State.WAITING else State.LOST, fault.cause)
                await asyncio.sleep(self._pause(fault.cause))
                self._tries += 1

    def _pause(self, cause: Cause) -> float:
        """Before the next try. A wrong password isn't said faster than it must be: many cameras count them."""
        if cause is Cause.CREDENTIALS:
            return self._pace.refused
        return self._pace.back_off[min(self._tries, len(self._pace.back_off) - 1)]

    def _broke(self, running: asyncio.Task[None]) -> None:
        """Nobody waits for a picture that nothing looks for any more."""
        if not running.cancelled() and (error := running.exception()) is not None:
            logger.error("a source broke", exc_info=error)
            self._stop()
            for viewer in self._viewers:
                viewer.cut(INTERNAL)

    async def _play(self) -> None:
        """One connection, from its beginning to its end. Raises CameraFault."""
        address = read_address(self._url)
        async with self._connected() as camera:
            await camera.open(address, Authorisation(self._user, self._password))
            self._framed = asyncio.get_running_loop().time()
            await camera.stay()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Camera]:
        """Of a camera with a mask the reel hears through the darkroom only."""
        if self._make_darkroom is None:
            self._camera = camera = Camera(
                lambda offer: self._resume(offer.parameter_sets), self._frame, self._patience
            )
            try:
                yield camera
            finally:
                self._left(camera)
            return
        self._darkroom = darkroom = self._make_darkroom(self._resume, self._frame)
        self._camera = camera = Camera(darkroom.offered, darkroom.take, self._patience)
        try:
            async with darkroom.working(camera.fail):
                yield camera
        finally:
            self._left(camera)

    def _left(self, camera: Camera) -> None:
        camera.close()
        if self._camera is camera:
            self._camera = self._darkroom = None

    def _resume(self, sets: tuple[bytes, ...]) -> None:
        self._reel.resume(sets)

    def _frame(self, unit: Unit) -> None:
        """A picture came: its bytes are made once, and each viewer's right is looked at before it has them."""
        now = asyncio.get_running_loop().time()
        parts = self._reel.take(unit, now)
        if not parts:
            return
        self._framed = now
        if self.state is not State.LIVE:
            self._tries = 0
            self._become(State.LIVE, None)
        for viewer in self._viewers:
            if viewer.begun:
                for part in parts:
                    viewer.give(part)
            else:
                self._catch_up(viewer)

    def _catch_up(self, viewer: Viewer) -> None:
        if parts := self._reel.catching_up:
            viewer.begin(parts)

    def _become(self, state: State, cause: Cause | None) -> None:
        if (state, cause) == (self.state, self.cause):
            return
        now = asyncio.get_running_loop().time()
        if state is not self.state:
            self._since = now
        self.state, self.cause = state, cause
        self._tell(now)

    def _tell(self, now: float) -> None:
        self._told = now
        told = self._notice()
        for viewer in self._viewers:
            viewer.give(told)

    def _notice(self) -> Part:
        since = round((asyncio.get_running_loop().time() - self._since) * 1_000)
        return notice(self.state, since=since, cause=self.cause)

    def _look(self) -> None:
        """What no frame shows: a camera that is silent, a right that ends while its holder waits."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._looking = loop.call_later(self._pace.look, self._look)
        self.recheck()
        if self._camera is not None and self._camera.playing:
            self._camera.look(now)
            if self._darkroom is not None:
                self._darkroom.look(now, self._patience.hung)
            self._look_for_a_picture(self._camera, now - self._framed)
        if self.state is not State.LIVE:
            self._wait(now)

    def _look_for_a_picture(self, camera: Camera, seconds: float) -> None:
        """Packets come; none has made a picture for so long."""
        waiting = self.state is State.WAITING
        if seconds >= self._pace.no_picture:
            camera.fail(CameraFault(Cause.NO_PICTURE, "packets come, and no picture"))
        elif seconds >= (self._pace.wait_key if waiting else self._pace.lost_key):
            self._become(State.WAITING if waiting else State.LOST, Cause.KEY_FRAME)

    def _wait(self, now: float) -> None:
        """Those who wait are told that somebody is there; for ever they don't wait."""
        if now - self._since >= self._pace.gone:
            for viewer in self._viewers:
                viewer.cut(CAMERA_GONE)
        elif now - self._told >= self._pace.repeat:
            self._tell(now)
