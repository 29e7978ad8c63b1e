"""Rules of cabinets: pure functions of plain values."""

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

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8
LONGEST_NAME = 80  # of a device, as its certificate shows it


def door_after(*, before: Door, kind: str) -> Door:
    """The door after an event: a forced one stays so, through its swings, until it is closed.

    A lock that starts says what differs from a closed door (docs/spec/lock.md), so one never heard before is closed.
    """
    if kind == "boot":
        return Door.CLOSED if before is Door.UNKNOWN else before
    after = DOOR_AFTER.get(kind, before)
    return Door.FORCED if before is Door.FORCED and after is Door.OPEN else after
