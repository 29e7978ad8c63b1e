"""What became of one message to the outside: the words that push, mail and webhook share."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt ended."""

    HANDED_OVER = "handed-over"  # the other side said that it has it
    GONE = "gone"  # the address is nobody's any more: never try it again
    AGAIN = "again"  # not now; trying later may do
    REFUSED = "refused"  # not this message, however often it is tried
    LATE = "late"  # nothing was sent: its turn came so late that somebody else may soon send it


@dataclass(frozen=True, slots=True)
class Handover:
    """One attempt: its outcome, a short code that says why it did not succeed, and how many seconds the other side asks us to wait.

    The code never holds what the other side wrote: that may be anything.
    """

    outcome: Outcome
    fault: str = ""
    wait: float | None = None


HANDED_OVER = Handover(Outcome.HANDED_OVER)
LATE = Handover(Outcome.LATE)

# Asked when a message's turn has come: whether it may still be sent.
Timely = Callable[[], bool]


def always() -> bool:
    """For a message that nobody else has."""
    return True
