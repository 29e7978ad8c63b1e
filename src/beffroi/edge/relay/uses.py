"""Viewings that live: how long each stands, why it ends, and what is kept of it so that no crash loses its end.

A viewing is on the disk before its first byte and is written over every second; whatever was there when the process died
is ended at the next start, as `restarted`.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from beffroi.edge.device.device import Device
from beffroi.edge.device.errors import DeviceError, StoreError
from beffroi.edge.device.store import Store
from beffroi.edge.device.uptime import Uptime
from beffroi.protocol.v1.beat import MAX_USES
from beffroi.protocol.v1.chain import Chain
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.event import USE_ENDED, Event
from beffroi.protocol.v1.use import Standing

logger = logging.getLogger(__name__)

FACT: Final = "uses"
EXPIRED, REVOKED, LIST_OLD, CLOSED = "expired", "revoked", "list-old", "closed"
REPLACED, STOPPED, RESTARTED, LEFT, INTERNAL = "replaced", "stopped", "restarted", "left", "internal"
"""Causes; docs/spec/gate.md section 7 lists all."""
CAUSES: Final = {Reason.EXPIRED: EXPIRED, Reason.REVOCATIONS_OLD: LIST_OLD}
"""Of what ends an admitted chain; every other reason is that somebody undid it."""


def cause_of(reason: Reason) -> str:
    """Why a use ends whose chain doesn't stand any more."""
    return CAUSES.get(reason, REVOKED)


@dataclass(eq=False)
class Use:
    """One admitted viewing. `watched` says how many milliseconds lie between its first and its last byte of picture."""

    nonce: str
    gate: str
    chain: Chain
    standing: Standing
    uptime: Uptime
    watched: Callable[[], int] = lambda: 0
    _over: str | None = field(default=None, init=False)

    @property
    def lasted(self) -> int:
        """`watched`, now."""
        return self.watched()

    @property
    def holder(self) -> str:
        """Whose it is: the thumbprint of the chain's last key."""
        return self.chain.holders[-1]

    def ended(self) -> str | None:
        """Why it is over, None while it lives. Asked before every part that is sent: two comparisons."""
        if self._over is None and self.uptime() >= self.standing.until:
            self._over = cause_of(self.standing.reason)
        return self._over

    def end(self, cause: str) -> None:
        """It is over from now on; a second cause changes nothing."""
        if self.ended() is None:
            self._over = cause

    def stand(self, found: Standing | Refused) -> None:
        """Something was brought: this is how long it stands now."""
        if isinstance(found, Refused):
            self.end(cause_of(found.reason))
        else:
            self.standing = found


class Uses:
    """All that live, by nonce. Writes are durable when they return."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._store = device.store
        self.live: dict[str, Use] = {}
        self._over: dict[str, tuple[Use, str]] = {}

    @property
    def full(self) -> bool:
        """Whether one more would not fit into a beat."""
        return len(self.live) >= MAX_USES

    def close_what_a_crash_left(self) -> int:
        """Write the end of what lived when the process died. How many."""
        left = _read(self._store)
        with self._store.transaction():
            for nonce, (gate, lasted) in left.items():
                self._device.journal.record(USE_ENDED, nonce=nonce, cause=RESTARTED, lasted=lasted, gate=gate)
            self._store.set(FACT, "{}")
        return len(left)

    def admit(self, use: Use, event: Event) -> int:
        """Store its event; from then on it lives. Returns the event's sequence."""
        with self._store.transaction():
            sequence = self._device.journal.append(event)
            self._write(use)
        self.live[use.nonce] = use
        return sequence

    def finish(self, use: Use, cause: str) -> None:
        """It is over: its event, and nothing kept of it."""
        if self.live.pop(use.nonce, None) is not None:
            self._over[use.nonce] = (use, cause)
            self._say_what_is_over()

    def _say_what_is_over(self) -> None:
        """What can't be stored now is tried again, and until then kept as if it lived: the next start would say `restarted`."""
        for nonce, (use, cause) in list(self._over.items()):
            del self._over[nonce]
            try:
                with self._store.transaction():
                    self._device.journal.record(USE_ENDED, nonce=nonce, cause=cause, lasted=use.lasted, gate=use.gate)
                    self._write()
            except DeviceError as fault:
                self._over[nonce] = (use, cause)
                logger.error("the end of a viewing can't be stored: %s", fault)  # noqa: TRY400 - one line
                return

    def keep(self) -> None:
        """How long each has lasted, once a second: what a crash now would leave."""
        self._say_what_is_over()
        if self.live:
            with self._store.transaction():
                self._write()

    def of(self, *, gate: str, holder: str) -> list[Use]:
        """What this holder watches of this camera."""
        return [use for use in self.live.values() if use.gate == gate and use.holder == holder]

    def _write(self, *more: Use) -> None:
        uses = (*self.live.values(), *(use for use, _ in self._over.values()), *more)
        self._store.set(FACT, json.dumps({use.nonce: [use.gate, use.lasted] for use in uses}))


def _read(store: Store) -> dict[str, tuple[str, int]]:
    try:
        known = json.loads(store.fact(FACT) or "{}")
        return {str(nonce): (str(gate), int(lasted)) for nonce, (gate, lasted) in known.items()}
    except (ValueError, TypeError, AttributeError) as fault:
        raise StoreError("store-damaged", "the stored viewings can't be read") from fault
