"""The door and its latch: what the sensors mean, when to lock again, and what is worth an event.

States: latch locked or unlocked; door closed or open. Only an admitted use unlocks, for some seconds; the latch locks
again when they have passed or as soon as the door has been opened and shut. A door that opens while the latch is locked
was forced. What was last recorded is kept, so that what changed while the current was off is found at the next start.
"""

from collections.abc import Callable
from typing import Final

from beffroi.edge.device.journal import Record
from beffroi.edge.device.store import Store
from beffroi.edge.device.uptime import MILLISECONDS, Uptime
from beffroi.edge.lock.errors import MetalError
from beffroi.edge.lock.metal import FULL, Metal, Sense

UNLOCK_SECONDS: Final = 10
BATTERY_STEP: Final = 5
BATTERY_LOW: Final = 10
SHOCK_QUIET_MS: Final = 10_000

OPEN: Final = "open"
CLOSED: Final = "closed"
BY_DOOR: Final = "door"
BY_SHOCK: Final = "shock"


class Door:
    def __init__(self, *, metal: Metal, store: Store, uptime: Uptime, record: Record) -> None:
        self._metal = metal
        self._store = store
        self._uptime = uptime
        self._record = record
        self._lock_at: int | None = None
        self._shocked_at: int | None = None
        self._stuck = False
        self.touched_at: int | None = None

    @property
    def unlocked(self) -> bool:
        return self._lock_at is not None

    @property
    def due(self) -> int | None:
        """The uptime at which `tick` has something to do."""
        return self._lock_at

    # Latch

    def unlock(self, seconds: int = UNLOCK_SECONDS) -> None:
        """Draw the bolt for some seconds. Raises MetalError, and then it counts as locked."""
        try:
            self._metal.bolt(out=False)
        except MetalError:
            self._lock_at = None
            raise
        self._lock_at = self._uptime() + seconds * MILLISECONDS

    def lock(self) -> None:
        """Drive the bolt out. When it doesn't move, say so once and try again at the next tick."""
        try:
            self._metal.bolt(out=True)
        except MetalError:
            self._lock_at = self._uptime() + MILLISECONDS
            if not self._stuck:
                self._stuck = True
                self._record("latch-failed")
            return
        self._lock_at = None
        self._stuck = False

    def tick(self) -> None:
        if self._lock_at is not None and self._uptime() >= self._lock_at:
            self.lock()

    # Sensors

    def wake(self) -> None:
        """At the start: the bolt out, and an event for whatever changed while nobody watched."""
        self.lock()
        recorded = self._store.fact("door") or CLOSED
        if self._metal.door_open and recorded == CLOSED:
            self._note_door(OPEN, "forced", cause=BY_DOOR)
        elif not self._metal.door_open and recorded == OPEN:
            self._note_door(CLOSED, "closed")
        self._case_moved()
        self._battery_moved()

    def feel(self, sense: Sense) -> None:
        """What a sensor says."""
        self._reactions[sense](self)

    def _touched(self) -> None:
        self.touched_at = self._uptime()

    def _door_opened(self) -> None:
        if self.unlocked:
            self._note_door(OPEN, "opened")
        else:
            self._note_door(OPEN, "forced", cause=BY_DOOR)

    def _door_closed(self) -> None:
        self.lock()
        self._note_door(CLOSED, "closed")

    def _shocked(self) -> None:
        now = self._uptime()
        if self._shocked_at is None or now - self._shocked_at >= SHOCK_QUIET_MS:
            self._shocked_at = now
            self._record("forced", cause=BY_SHOCK)

    def _case_moved(self) -> None:
        state = OPEN if self._metal.case_open else CLOSED
        if state == (self._store.fact("case") or CLOSED):
            return
        with self._store.transaction():
            self._store.set("case", state)
            if state == OPEN:
                self._record("tampered")

    def _battery_moved(self) -> None:
        level = self._metal.battery
        known = self._store.number("battery", FULL)
        if level == known or (abs(level - known) < BATTERY_STEP and level > BATTERY_LOW):
            return
        with self._store.transaction():
            self._store.set("battery", level)
            self._record("battery", level=level)

    def _note_door(self, state: str, kind: str, **members: object) -> None:
        with self._store.transaction():
            self._store.set("door", state)
            self._record(kind, **members)

    _reactions: Final[dict[Sense, Callable[["Door"], None]]] = {
        Sense.TOUCHED: _touched,
        Sense.DOOR_OPENED: _door_opened,
        Sense.DOOR_CLOSED: _door_closed,
        Sense.SHOCK: _shocked,
        Sense.CASE_MOVED: _case_moved,
        Sense.BATTERY: _battery_moved,
    }
