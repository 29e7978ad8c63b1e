"""What is carried to the device and away from it: trust, stamps, receipts and commands down; sealed events up.

Whoever carries (the server over MQTT, a phone over the radio) proves nothing by it: each thing is signed, and is taken or not
by its own rules.
"""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.edge.device.holdings import Holdings, Outcome
from beffroi.edge.device.journal import Journal
from beffroi.edge.device.store import Store
from beffroi.protocol.v1.carriage import TAKEN, Carried, CarryDown, CarryUp, EventsRequest
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.event import DONE
from beffroi.protocol.v1.keyset import SetKey, Use
from beffroi.protocol.v1.messages import REPORT, SEND_EVENTS, Command, Range, verify_command
from beffroi.protocol.v1.sealing import IV_BYTES, seal_batch

SEAL_BYTES: Final = 32


class Delivery:
    """`resend` hears of events that the server wants again, `report` of its wish to be asked. `takers` says who takes what comes: a
    program adds what only it takes.
    """

    def __init__(
        self,
        *,
        store: Store,
        device: str,
        holdings: Holdings,
        journal: Journal,
        key: Ed25519PrivateKey,
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._device = device
        self._holdings = holdings
        self._journal = journal
        self._key = key
        self._random = random
        self.resend: Callable[[Range], None] = lambda _range: None
        self.report: Callable[[], None] = lambda: None
        self.takers: dict[str, Callable[[str], Outcome]] = {
            "keyset": lambda token: holdings.take_keyset(token, journal.record),
            "certificate": holdings.take_certificate,
            "revocation": lambda token: holdings.take_revocation(token, journal.record),
            "stamp": lambda token: holdings.take_stamp(token, journal.record),
            "master-stamp": lambda token: holdings.take_master_stamp(token, journal.record),
            "receipt": self._take_receipt,
            "command": self._take_command,
        }

    def take(self, frame: CarryDown) -> Carried:
        """Take each thing in the protocol's order, and say what became of it."""
        return Carried(tuple((name, self._taken(name, token)) for name, token in frame.items))

    def _taken(self, name: str, token: str) -> str:
        taker = self.takers.get(name)
        return str(Reason.MEMBER_UNKNOWN if taker is None else taker(token))

    def _take_receipt(self, token: str) -> Outcome:
        missing = self._journal.take_receipt(token, keyset=self._holdings.trust.keys(), at=self._holdings.reading())
        if isinstance(missing, Refused):
            return missing.reason
        for wanted in missing:
            self.resend(wanted)
        return TAKEN

    def _take_command(self, token: str) -> Outcome:
        last = (self._store.number("command-set"), self._store.number("command-number"))
        command = verify_command(
            token, keyset=self._holdings.trust.keys(), at=self._holdings.reading(), device=self._device, last=last
        )
        if isinstance(command, Refused):
            return command.reason
        with self._store.transaction():
            self._store.set("command-set", command.keyset)
            self._store.set("command-number", command.number)
            self._journal.record("command-done", command=command.id, out=self._obey(command))
        return TAKEN

    def _obey(self, command: Command) -> str:
        """`done`, or `member-value` for what this device doesn't know how to do. No command opens."""
        first, last = command.get("first"), command.get("last")
        if command.action == SEND_EVENTS and isinstance(first, int) and isinstance(last, int):
            self.resend((first, last))
            return DONE
        if command.action == REPORT:
            self.report()
            return DONE
        return Reason.MEMBER_VALUE

    def give_events(self, frame: EventsRequest) -> CarryUp | Refused:
        """A sealed batch of what comes after `after`, for a phone to carry and not to read."""
        batch = self._journal.batch(after=frame.after, key=self._key)
        if batch is None:
            return CarryUp(None, frame.after)
        recipient = self._recipient()
        if recipient is None:
            return Refused(Reason.KEY_NOT_CURRENT, Use.EVENT_ENCRYPTION)
        ephemeral = X25519PrivateKey.from_private_bytes(self._random(SEAL_BYTES))
        sealed = seal_batch(batch.token, recipient=recipient, ephemeral=ephemeral, iv=self._random(IV_BYTES))
        return CarryUp(sealed, batch.last)

    def _recipient(self) -> SetKey | None:
        at = self._holdings.reading()
        alive = self._holdings.trust.keys().alive(Use.EVENT_ENCRYPTION, at.floor if at.now is None else at.now)
        return alive[-1] if alive else None
