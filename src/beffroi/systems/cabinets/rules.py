"""Rules of cabinets: pure functions of plain values."""

from datetime import datetime, timedelta
from enum import StrEnum

SYSTEM = "cabinets"
DEVICE_KIND = "lock"
OPEN = "open"  # the one action of a lock


class Ladder(StrEnum):
    """How far the town and the operator went with a cabinet."""

    OBSERVE = "observe"
    IDENTIFY = "identify"
    CONTROL = "control"


class Door(StrEnum):
    """What the sensors last said."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"
    FORCED = "forced"


# What each of a lock's events says of its door; the others say nothing of it.
DOOR_AFTER = {"opened": Door.OPEN, "closed": Door.CLOSED, "forced": Door.FORCED}

# A signal to everyone mobilised: Keyshare, Meaux, 2021.
LEFT_OPEN = timedelta(minutes=30)
# Blows that follow one another within this time are one break-in.
QUIET = timedelta(minutes=10)
# An admitted use unlocks for some seconds: an opening this long after it is somebody else's.
USED_WITHIN = 60_000  # milliseconds of the lock's own clock
# So long a break-in is seen on the map, after its last blow or while the door stands open.
ATTACK_SHOWN = timedelta(hours=1)
# After a break-in the police may learn who had opened before, for this long.
MALICE_EXPLAINED = timedelta(hours=24)


class Happening(StrEnum):
    """What a cabinet's sensors tell that is worth a line in its history."""

    OPEN = "open"  # its door stood open, from then to then
    FORCED = "forced"  # blows, a door that opens while the bolt is out, the lock's case opened
    UNIDENTIFIED = "unidentified"  # it opened and nobody had used a right
    LATCH = "latch"  # the bolt doesn't move: it doesn't lock


class Alarm(StrEnum):
    """Kinds of alerts that cabinets raise."""

    OPEN = "cabinets.open"
    FORCED = "cabinets.forced"
    LATCH = "cabinets.latch"


def malicious(*, happening: Happening, ladder: Ladder) -> bool:
    """Whether it is a break-in: an opening that nobody signed is one in *control* only, where the cabinet has no key."""
    return happening is Happening.FORCED or (happening is Happening.UNIDENTIFIED and ladder is Ladder.CONTROL)


def alarm_for(*, happening: Happening, ladder: Ladder) -> Alarm | None:
    """Whom it is for, at once; in *observe* it is a fact in the history."""
    if ladder is Ladder.OBSERVE:
        return None
    if malicious(happening=happening, ladder=ladder):
        return Alarm.FORCED
    return Alarm.LATCH if happening is Happening.LATCH else None


def severity_of(door: Door, *, overdue: bool, attacked: bool) -> int:
    """How much a cabinet asks for somebody, as maps count it: 0 nothing, 1 open, 2 open for too long, 3 broken into."""
    if attacked or door is Door.FORCED:
        return 3
    if door is Door.OPEN:
        return 2 if overdue else 1
    return 0


def same_break_in(*, last: datetime, now: datetime) -> bool:
    """Whether a blow belongs to the one before."""
    return abs(now - last) <= QUIET


CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8
LONGEST_NAME = 80  # of a device, as its certificate shows it


def door_after(*, before: Door, kind: str, cause: str = "door") -> Door:
    """The door after an event: a forced one stays so, through its swings, until it is closed.

    A blow leaves the door as it was.
    A lock that starts says what differs from a closed door (docs/spec/lock.md), so one never heard before is closed.
    """
    if kind == "boot":
        return Door.CLOSED if before is Door.UNKNOWN else before
    after = before if kind == "forced" and cause != "door" else DOOR_AFTER.get(kind, before)
    return Door.FORCED if before is Door.FORCED and after is Door.OPEN else after


# A time to answer is a service's, not somebody's: of fewer alerts than this none is shown.
LEAST_ANSWERED = 5
