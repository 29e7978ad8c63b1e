"""One device with its current on: who it is, what it holds, what it wrote, what is carried to it and away from it.

All but what it decides about, which is its program's. Everything it needs is passed in (store, uptime, randomness).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device.allowance import Allowance
from beffroi.edge.device.delivery import Delivery
from beffroi.edge.device.errors import DeviceError
from beffroi.edge.device.holdings import Holdings
from beffroi.edge.device.journal import CAPACITY, Journal
from beffroi.edge.device.store import Store
from beffroi.edge.device.uptime import Uptime
from beffroi.protocol.v1.carriage import Ask
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.event import Event, refusal_event
from beffroi.protocol.v1.frames import Gate, RefusedFrame

logger = logging.getLogger(__name__)

UNRECORDED: Final = 0
"""The sequence in a result whose event could not be stored."""


@dataclass(frozen=True)
class Identity:
    """Who the device is: its id and its private key."""

    device: str
    key: Ed25519PrivateKey


class Device:
    """What its program builds on. Raises CommissioningError, StoreError when it can't be what it was."""

    def __init__(
        self,
        *,
        identity: Identity,
        store: Store,
        uptime: Uptime,
        random: Callable[[int], bytes],
        capacity: int = CAPACITY,
    ) -> None:
        self.identity = identity
        self.store = store
        self.uptime = uptime
        self.random = random
        self._allowance, self._for_proven = Allowance(uptime), Allowance(uptime)
        self.holdings = Holdings.recall(store, uptime)
        self.journal = Journal(
            store=store,
            device=identity.device,
            now=self.holdings.now,
            uptime=uptime,
            alongside=self.holdings.keep_floor,
            capacity=capacity,
        )
        self.delivery = Delivery(
            store=store,
            device=identity.device,
            holdings=self.holdings,
            journal=self.journal,
            key=identity.key,
            random=random,
        )

    def ask(self) -> Ask:
        """What the device would like to be brought."""
        return self.holdings.ask(self.random)

    def keep_floor(self) -> None:
        """Store the clock's floor when what is stored has grown old."""
        if self.holdings.floor_is_old:
            with self.store.transaction():
                self.holdings.keep_floor()

    def greet(self, gate: str, version: int) -> Gate | Refused:
        """What a gate of this device says of itself."""
        trust = self.holdings.trust
        if version != trust.version:
            return Refused(Reason.VERSION)
        return Gate(
            version=trust.version,
            gate=gate,
            certificate=self.holdings.certificate.token,
            keyset=trust.keys().number,
            revocations=(0, 0) if trust.revocations is None else trust.revocations.order,
            unreceipted=self.journal.waiting,
        )

    def refuse(self, reason: Reason, transport: str | None = None) -> RefusedFrame:
        """Refuse something that has no challenge to be bound to, on record."""
        self.record_refusal(
            lambda: refusal_event(reason, time=self.holdings.now(), uptime=self.uptime(), transport=transport)
        )
        return RefusedFrame(reason)

    def record_refusal(self, event: Callable[[], Event], *, proven: bool = False) -> int:
        """Store a refusal, unless there were too many. A store that fails doesn't make the refusal less of one. `proven`: of somebody
        whose chain was verified; strangers, however many, don't use up what is kept for them.
        """
        if not (self._for_proven if proven else self._allowance).take():
            return UNRECORDED
        try:
            return self.journal.append(event())
        except DeviceError as fault:
            logger.error("a refusal can't be stored: %s", fault)  # noqa: TRY400 - one line
            return UNRECORDED

    @property
    def unrecorded(self) -> int:
        """Refusals since the start that were too many to be put on record."""
        return self._allowance.beyond + self._for_proven.beyond
