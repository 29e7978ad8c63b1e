"""One relay with its current on: what it holds, whom it lets watch, and what follows when something is brought to it."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final

from beffroi.edge.device.device import Device
from beffroi.edge.device.errors import DeviceError
from beffroi.edge.device.home import Home
from beffroi.edge.device.journal import CAPACITY, URGENT
from beffroi.edge.device.uptime import DrivenUptime, MachineUptime, Uptime
from beffroi.edge.relay.cameras import Cameras
from beffroi.edge.relay.gates import Gates
from beffroi.edge.relay.refusals import Refusals
from beffroi.edge.relay.roster import Roster
from beffroi.edge.relay.source import DEFAULT_PACE, Pace
from beffroi.edge.relay.uses import CLOSED, STOPPED, Use, Uses
from beffroi.protocol.v1.carriage import Ask, CarryDown
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.frames import Frame, RefusedFrame, decode_frame

logger = logging.getLogger(__name__)

KIND: Final = "relay"
"""What its certificate and its memory's file are called after."""


class Relay:
    """`changed` is set when there are events to send, `urgent` when they can't wait for a fuller batch, `stirred` when viewings
    began or ended.
    """

    def __init__(
        self,
        folder: Path,
        *,
        driven: bool = False,
        document: Path | None = None,
        capacity: int = CAPACITY,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        """Raises StoreError, CommissioningError: then there is no relay."""
        self.changed, self.urgent, self.stirred = asyncio.Event(), asyncio.Event(), asyncio.Event()
        home = Home.open(folder, KIND, document=document)
        self.store, self.broker = home.store, home.broker
        self.uptime: Uptime = DrivenUptime() if driven else MachineUptime()
        try:
            self.device = Device(
                identity=home.identity, store=home.store, uptime=self.uptime, random=os.urandom, capacity=capacity
            )
            self.roster = Roster(self.device)
            self.uses = Uses(self.device)
            self._refusals = Refusals(self.device)
            self.gates = Gates(self.device, self.roster, self.uses)
            self.cameras = Cameras(self.roster, self.device.holdings.now, pace)
            self.device.delivery.takers["sources"] = self.roster.take
            self.device.journal.written = self._written
            self._begin()
        except BaseException:
            self.store.close()
            raise

    def _begin(self) -> None:
        with self.store.transaction():
            self.device.journal.begin()
            left = self.uses.close_what_a_crash_left()
        if left:
            logger.warning("%d viewing(s) lived when this relay died; their ends are on record", left)

    def _written(self, kind: str) -> None:
        if kind in URGENT:
            self.urgent.set()
        self.changed.set()

    # The line

    def ask(self) -> Ask:
        """What it would like to be brought."""
        return self.roster.complete(self.device.ask())

    def answer(self, data: bytes, transport: str) -> Frame:  # noqa: ARG002 - a line may offer what the server relays
        """Nobody reaches a camera through the server."""
        return self.device.refuse(Reason.FRAME_TYPE, transport)

    def take(self, data: bytes) -> Frame:
        """What the server sends down. When it changed what viewings stand on, they are looked at again before anything else happens."""
        frame = decode_frame(data)
        if not isinstance(frame, CarryDown):
            return RefusedFrame(frame.reason if isinstance(frame, Refused) else Reason.FRAME_TYPE)
        held = self._held()
        try:
            carried = self.device.delivery.take(frame)
        except DeviceError as fault:
            logger.error("what came can't be kept: %s: %s", fault.code, fault)  # noqa: TRY400 - one line
            return RefusedFrame(Reason.INTERNAL)
        finally:
            if self._held() != held:
                self.look_again()
        self._refusals.note(frame, carried)
        return carried

    def _held(self) -> tuple[object, ...]:
        """What viewings stand on: a receipt, say, changes nothing of it."""
        holdings = self.device.holdings
        return holdings.trust, holdings.clock.anchor, holdings.clock.floor, self.roster.order

    # Viewings

    def look_again(self) -> None:
        """End what no longer stands, now: not at the next picture."""
        moved = self.cameras.follow()
        for use in self.uses.live.values():
            if use.gate in moved:
                use.end(CLOSED)
        self.gates.look_again()
        for source in moved.values():
            source.recheck()
        self.cameras.recheck()

    def began(self) -> None:
        """A viewing was admitted."""
        self.stirred.set()

    def finish(self, use: Use, cause: str) -> None:
        """A viewing is over."""
        self.uses.finish(use, cause)
        self.stirred.set()

    def tick(self) -> None:
        """Once a second: what a crash would leave, and the clock's floor."""
        try:
            self.uses.keep()
            self.device.keep_floor()
        except DeviceError as fault:
            logger.error("what lives can't be kept: %s: %s", fault.code, fault)  # noqa: TRY400 - one line

    def stop(self) -> None:
        """No byte leaves any more."""
        for use in self.uses.live.values():
            use.end(STOPPED)
        self.cameras.recheck()

    def close(self) -> None:
        self.store.close()
