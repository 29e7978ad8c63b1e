"""When a message is news, what is believed of it, when a contact is late: pure functions of plain values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# A message older than this when it reached us says so wherever it is shown.
HELD_UP: Final = timedelta(minutes=5)
# Frames are lost on the air as a matter of course: one missing beat is nothing.
LATE_BEATS: Final = 1.25
DOWN_BEATS: Final = 2.5
GRACE: Final = timedelta(minutes=5)
LOW_BATTERY: Final = 15
# A new level says that somebody changed the battery: a cold morning's two or three percents don't.
WELL_BATTERY: Final = 30
# A door of a room that nobody said otherwise about.
LEFT_OPEN_MINUTES: Final = 30
PATIENCES: Final = (1, 24 * 60)
# A listening process says so often that it hears a broker; silent for longer, it hears nothing, and nobody's silence is counted.
SAID_EVERY: Final = timedelta(seconds=10)
BELIEVED: Final = timedelta(seconds=45)
# A broker that isn't heard for so long is told to the administrators.
LINE_PATIENCE: Final = timedelta(minutes=10)
# What is kept of a message that nobody understands, in hexadecimal digits, and of how many strangers an authority is told.
UNREAD_KEPT: Final = 512
STRANGERS_KEPT: Final = 200
STRANGERS_SHOWN: Final = timedelta(days=30)
# How many messages of one contact are taken at once; beyond, its last one waits for its turn and stands for all of them.
BURST: Final = 40
REFILL: Final = timedelta(seconds=5)
# So many contacts are known by name at once: an attacker's inventions push out the oldest.
REMEMBERED: Final = 10_000
FIRST_RETRY: Final = timedelta(seconds=5)
LAST_RETRY: Final = timedelta(hours=1)
LONGEST_NAME: Final = 80
# How often a contact is to speak, in minutes, where somebody set it otherwise than its model does: up to a week.
BEATS: Final = (1, 7 * 24 * 60)
# Descriptions of models that an authority writes, and how long each may be.
MOST_MODELS: Final = 100
LONGEST_DESCRIPTION: Final = 20_000


class Door(StrEnum):
    """What the contact last said."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


class Said(StrEnum):
    """What a contact can tell of its door and of itself."""

    OPENED = "opened"
    CLOSED = "closed"
    TAMPERED = "tampered"
    RESTORED = "restored"


class Condition(StrEnum):
    """Whether a contact speaks as often as its model does."""

    WELL = "well"
    LATE = "late"
    DOWN = "down"


class Alarm(StrEnum):
    """Kinds of alerts about contacts, and about doors of rooms."""

    OPEN = "contacts.open"
    TAMPERED = "contacts.tampered"
    DOWN = "contacts.down"
    BATTERY = "contacts.battery"
    LINE = "contacts.line"


class Turn(StrEnum):
    """Where a message stands among those that came before."""

    NEWER = "newer"
    RESTARTED = "restarted"  # newer, and its counter began again
    REPEATED = "repeated"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Frame:
    """A message: when its network heard it (None: it doesn't say), its counter within a session, its network's own name for it."""

    at: datetime | None
    counter: int | None
    message: str


def turn(before: Frame, this: Frame) -> Turn:
    """The network's counter decides where there is one, since gateways' clocks may be wrong; time where there is none.

    A counter that goes back with a later time is a contact that joined again while nobody listened: its network refuses replays. One
    that goes back with an earlier time, or none, is a message that was held up.
    """
    if this.message and this.message == before.message:
        return Turn.REPEATED
    if this.counter is not None and before.counter is not None:
        if this.counter > before.counter:
            return Turn.NEWER
        if this.counter == before.counter and this.at in (None, before.at):
            return Turn.REPEATED
        later = this.at is not None and before.at is not None and this.at > before.at
        return Turn.RESTARTED if later else Turn.OLDER
    if this.at is not None and before.at is not None and this.at < before.at:
        return Turn.OLDER
    return Turn.NEWER


def lost_between(before: Frame, this: Frame) -> int:
    """How many messages of the same session never came."""
    if before.counter is None or this.counter is None:
        return 0
    return max(this.counter - before.counter - 1, 0)


def moment(said: datetime | None, *, arrived: datetime, last: datetime | None) -> datetime:
    """When it happened: never after we learnt of it, whatever a gateway's clock says, and never before what is known already."""
    at = min(said or arrived, arrived)
    return max(at, last) if last else at


def held_up(at: datetime, arrived: datetime) -> bool:
    """Whether it came so late that somebody should know."""
    return arrived - at > HELD_UP


def patience(beat: timedelta) -> tuple[timedelta, timedelta]:
    """Silences after which a contact is late, then silent."""
    return beat * LATE_BEATS + GRACE, beat * DOWN_BEATS + GRACE


def condition(*, silent_since: datetime, beat: timedelta, cut: bool, now: datetime) -> Condition:
    """Late before silent; late at once when its network says that it doesn't hear it."""
    late, down = patience(beat)
    silence = now - silent_since
    if silence >= down:
        return Condition.DOWN
    return Condition.LATE if cut or silence >= late else Condition.WELL


def weak_after(*, weak: bool, level: int | None, low: bool | None) -> bool:
    """Whether a battery is nearly empty, after what was said of it: it stays so until a clearly better level."""
    if low is not None and level is None:
        return low
    if level is None:
        return weak
    if low or level <= LOW_BATTERY:
        return True
    return weak and level < WELL_BATTERY


@dataclass(slots=True)
class _Credit:
    left: int
    since: datetime


@dataclass(slots=True)
class Pace(Generic[T]):
    """How much one contact may say: BURST at once, then one each REFILL. Of what is beyond, the last stands for all, and waits. `whose`
    gives a message's address.
    """

    whose: Callable[[T], str]
    credits: dict[str, _Credit] = field(default_factory=dict)
    held: dict[str, T] = field(default_factory=dict)

    def admit(self, messages: Iterable[T], now: datetime) -> list[T]:
        """Those whose turn it is, with those that waited long enough."""
        found = []
        waiting, self.held = list(self.held.values()), {}
        for each in (*waiting, *messages):
            address = self.whose(each)
            if address in self.held or not self._spend(address, now):
                self.held[address] = each
            else:
                found.append(each)
        return found

    def _spend(self, address: str, now: datetime) -> bool:
        credit = self.credits.pop(address, None) or _Credit(BURST, now)
        gained = int((now - credit.since) / REFILL)
        if gained > 0:
            credit = _Credit(min(credit.left + gained, BURST), now)
        self.credits[address] = credit
        while len(self.credits) > REMEMBERED:
            del self.credits[next(iter(self.credits))]
        if credit.left == 0:
            return False
        credit.left -= 1
        return True
