"""What is behind the front door: the gates decide, the cameras show, and the end of each viewing is on record."""

import asyncio

from beffroi.edge.relay.gates import Admitted
from beffroi.edge.relay.http import Connection
from beffroi.edge.relay.outlet import SocketOutlet
from beffroi.edge.relay.relay import Relay
from beffroi.edge.relay.uses import CLOSED, INTERNAL, LEFT, Use
from beffroi.edge.relay.viewer import Right, Viewer
from beffroi.protocol.v1.frames import Frame


class Watching:
    """Counts those it shows something to, so that a stop can wait until each of them has been written off."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._none = asyncio.Event()
        self._none.set()

    def answer(self, gate: str, data: bytes, peer: str) -> Frame:
        """The frame that answers `hello` or `challenge-request`."""
        return self._relay.gates.answer(gate, data, peer)

    async def watch(self, gate: str, data: bytes, connection: Connection) -> None:
        """Answer a `response`, and show what it opens until its end."""
        admitted = self._relay.gates.admit(gate, data)
        if not isinstance(admitted, Admitted):
            connection.first(admitted)
            await connection.end()
            return
        cause = INTERNAL
        self._none.clear()
        try:
            self._relay.began()
            connection.first(admitted.result)
            cause = await self._show(admitted.use, connection)
        except asyncio.CancelledError:
            cause = admitted.use.ended() or LEFT
            raise
        finally:
            self._relay.finish(admitted.use, cause)
            if not self._relay.uses.live:
                self._none.set()

    async def _show(self, use: Use, connection: Connection) -> str:
        source = self._relay.cameras.find(use.gate)
        if source is None:
            return CLOSED
        right = Right(expires=use.standing.expires, ended=use.ended)
        viewer = Viewer(SocketOutlet(connection.writer, chunked=True), right, uptime=self._relay.uptime)
        use.watched = lambda: viewer.lasted
        async with connection.listening(lambda: viewer.cut(LEFT)):
            return await source.watch(viewer)

    async def none_left(self) -> None:
        """Waits until nobody watches."""
        await self._none.wait()
