"""What every attack has in common: first the exchange that opens, then its mutation, refused and on record.

`Scene.attacked` fails unless something opened in the same test, the refusal bears the expected reason, the latch is locked,
and the last refusal in the lock's own log is that one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from beffroi.protocol.v1.carriage import Carried
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.exchange import Result
from beffroi.protocol.v1.frames import Frame, RefusedFrame, Response
from beffroi.simulator.phone import Connection, Meeting, Phone
from tests.edge.street import Lock
from tests.edge.town import LOCK, Technician, Town, allow

ATTACK: Final = "attack"
Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Case:
    """An attack of a kind: what it is called, what it mutates, why it is refused."""

    name: str
    mutates: str
    reason: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Use:
    """An exchange that opened: what an eavesdropper has of it."""

    meeting: Meeting
    response: Response
    result: Result


@dataclass
class Scene:
    town: Town
    lock: Lock
    record: Callable[[Row], None]
    rows: list[Row] = field(default_factory=list)
    opened: bool = False

    def opens(self, technician: Technician) -> Use:
        """The exchange as it should be: it opens, and the latch locks again after its seconds."""
        phone = technician.phone()
        with self.lock.connect() as connection:
            meeting = allow(phone.meet(connection.exchange, LOCK))
            response = phone.answer(meeting)
            result = allow(phone.hear(meeting, connection.exchange(response)))
        assert result.admitted, result
        assert self.lock.state()["latch"] == "unlocked"
        assert self.lock.hands.do("advance", seconds=10)["latch"] == "locked"
        assert self.lock.log().events[result.sequence].get("nonce") == result.nonce
        self.opened = True
        return Use(meeting, response, result)

    def tries(self, phone: Phone, action: str = "open") -> Result:
        """An exchange that the lock is expected to refuse by a signed result."""
        with self.lock.connect() as connection:
            return allow(phone.open(connection.exchange, LOCK, action))

    def meets(self, phone: Phone, connection: Connection) -> Meeting:
        return allow(phone.meet(connection.exchange, LOCK))

    def attacked(self, name: str, mutates: str, reason: str, outcome: Result | Frame | Refused) -> None:
        """The mutated exchange was refused for this reason by the lock, which stays shut and has it on record."""
        self._row(name, mutates, reason, why(outcome))
        assert self.lock.state()["latch"] == "locked"
        assert self.lock.log().reasons[-1:] == [reason]

    def carried(self, name: str, mutates: str, reason: str, outcome: str) -> None:
        """Something carried to the lock was refused for this reason; what it was meant to allow is tried separately."""
        self._row(name, mutates, reason, outcome)
        assert self.lock.state()["latch"] == "locked"

    def disbelieved(self, name: str, mutates: str, reason: str, outcome: object) -> None:
        """A phone or the server, not the lock, saw through it."""
        assert isinstance(outcome, Refused), outcome
        self._row(name, mutates, reason, outcome.reason)

    def _row(self, name: str, mutates: str, reason: str, outcome: str) -> None:
        assert self.opened, "an attack is the mutation of an exchange that opens"
        row = (name, mutates, reason, "yes" if outcome == reason else f"NO: {outcome}")
        self.rows.append(row)
        self.record(row)
        assert outcome == reason

    def at(self, lock: Lock) -> "Scene":
        """The same scene, played at another lock."""
        return replace(self, lock=lock)

    def lose_power(self) -> None:
        """Cut the current and give it back."""
        self.lock.hands.attempt("power-cut")
        self.lock.process.wait()
        self.lock.restart()


def why(outcome: Result | Frame | Refused) -> str:
    """The reason code in whatever came back; `admitted` if it was."""
    if isinstance(outcome, Result):
        return outcome.outcome
    if isinstance(outcome, RefusedFrame | Refused):
        return outcome.reason
    assert not isinstance(outcome, Carried)
    raise AssertionError(outcome)
