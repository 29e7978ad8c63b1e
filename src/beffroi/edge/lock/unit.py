"""One lock as it stands in the street: the core, its metal, its memory, and the current that can be cut."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from beffroi.edge.lock import commissioning
from beffroi.edge.lock.body import State
from beffroi.edge.lock.core import Habits, Identity, Lock
from beffroi.edge.lock.errors import CommissioningError
from beffroi.edge.lock.holdings import FLOOR_EVERY_SECONDS
from beffroi.edge.lock.journal import URGENT
from beffroi.edge.lock.metal import Sense, SimulatedMetal
from beffroi.edge.lock.store import Store
from beffroi.edge.lock.uptime import MILLISECONDS, DrivenUptime, MachineUptime, Uptime
from beffroi.protocol.v1.frames import Frame
from beffroi.protocol.v1.members import UNKNOWN

KEY_BYTES = 32


def _commission(store: Store, folder: Path, document: Path | None) -> None:
    """Take the document named, or the one that lies in the folder."""
    path = document or folder / commissioning.FILE
    if document is None and not path.exists():
        return
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise CommissioningError("document-unreadable", str(fault)) from fault
    commissioning.take(store, commissioning.read(data), os.urandom(KEY_BYTES))


def _identity(store: Store) -> Identity:
    device = store.fact("device")
    if device is None:
        raise CommissioningError("not-commissioned", "this store has no identity: take a commissioning document first")
    return Identity(device, commissioning.own_key(store, os.urandom(KEY_BYTES)))


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
        self.store = Store.open(folder)
        try:
            _commission(self.store, folder, document)
            self.identity = _identity(self.store)
            self.broker = commissioning.broker_of(self.store)
            self._wake()
        except BaseException:
            self.store.close()
            raise

    def _wake(self) -> None:
        self.uptime: Uptime = DrivenUptime() if self._driven else MachineUptime()
        self.metal = SimulatedMetal(self.folder)
        self.lock = Lock(
            identity=self.identity,
            store=self.store,
            metal=self.metal,
            uptime=self.uptime,
            random=os.urandom,
            habits=self._habits,
        )
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
            "unrecorded": lock.unrecorded,
        }

    def fill_disk(self) -> None:
        self.store.fill()

    def power_cut(self) -> None:
        self.lost_power()
