"""One lock as it stands in the street: the core, its metal, its memory, and the current that can be cut."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from beffroi.edge.device.device import Device
from beffroi.edge.device.holdings import FLOOR_EVERY_SECONDS
from beffroi.edge.device.home import Home
from beffroi.edge.device.journal import URGENT
from beffroi.edge.device.uptime import MILLISECONDS, DrivenUptime, MachineUptime, Uptime
from beffroi.edge.lock.body import State
from beffroi.edge.lock.core import Habits, Lock
from beffroi.edge.lock.metal import Sense, SimulatedMetal
from beffroi.protocol.v1.carriage import Ask
from beffroi.protocol.v1.frames import Frame
from beffroi.protocol.v1.members import UNKNOWN

KIND: Final = "lock"
"""What its certificate and its memory's file are called after."""


class Unit:
    """A lock that runs. `changed` is set when there are events to send, `urgent` when they can't wait for a fuller batch,
    `stirred` when something happened after which a timer may have to be looked at again.
    """

    def __init__(self, folder: Path, *, driven: bool, habits: Habits, document: Path | None = None) -> None:
        """Raises StoreError, CommissioningError: then there is no lock."""
        self.folder = folder
        self._driven = driven
        self._habits = habits
        self.changed, self.urgent, self.stirred = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.lost_power: Callable[[], None] = lambda: None
        home = Home.open(folder, KIND, document=document)
        self.store, self.identity, self.broker = home.store, home.identity, home.broker
        try:
            self._wake()
        except BaseException:
            self.store.close()
            raise

    def _wake(self) -> None:
        self.uptime: Uptime = DrivenUptime() if self._driven else MachineUptime()
        self.metal = SimulatedMetal(self.folder)
        self.device = Device(
            identity=self.identity,
            store=self.store,
            uptime=self.uptime,
            random=os.urandom,
            capacity=self._habits.capacity,
        )
        self.lock = Lock(device=self.device, metal=self.metal, habits=self._habits)
        self.metal.feel = self._feel
        self.lock.journal.written = self._written
        self.lock.start()

    def _feel(self, sense: Sense) -> None:
        self.lock.feel(sense)
        self.stirred.set()

    def _written(self, kind: str) -> None:
        if kind in URGENT:
            self.urgent.set()
        self.changed.set()

    def ask(self) -> Ask:
        """What it would like to be brought."""
        return self.device.ask()

    def answer(self, data: bytes, transport: str) -> Frame:
        """The frame that answers the bytes of one, from the radio or the relay."""
        frame = self.lock.answer(data, transport)
        self.stirred.set()
        return frame

    def take(self, data: bytes) -> Frame:
        """What the server sends down."""
        frame = self.lock.take(data)
        self.stirred.set()
        return frame

    @property
    def due_seconds(self) -> float | None:
        """Seconds of the machine until `tick` has something to do; None when the clock is driven and nobody can say."""
        if self._driven:
            return None
        due = self.lock.door.due
        wait = FLOOR_EVERY_SECONDS if due is None else (due - self.uptime()) / MILLISECONDS
        return max(0.0, wait)

    def tick(self) -> None:
        self.lock.tick()

    def close(self) -> None:
        """A clean stop: the bolt out, the store closed."""
        self.lock.rest()
        self.store.close()

    # The body's port

    def state(self) -> State:
        lock, metal = self.lock, self.metal
        now, trust = lock.holdings.now(), lock.holdings.trust
        return {
            "device": self.identity.device,
            "latch": "locked" if metal.bolt_out else "unlocked",
            "door": "open" if metal.door_open else "closed",
            "case": "open" if metal.case_open else "closed",
            "battery": metal.battery,
            "time": UNKNOWN if now is None else now,
            "uptime": self.uptime(),
            "boot": lock.journal.boot,
            "last": lock.journal.last,
            "waiting": lock.journal.waiting,
            "keyset": trust.keys().number,
            "revocations": [0, 0] if trust.revocations is None else list(trust.revocations.order),
            "unrecorded": self.device.unrecorded,
        }

    def fill_disk(self) -> None:
        self.store.fill()

    def power_cut(self) -> None:
        self.lost_power()
