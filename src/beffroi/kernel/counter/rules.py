"""How long a mandate lasts, why one acts for somebody, and how it ends."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

LONGEST: Final = timedelta(hours=1)
# How long after its time a mandate may be taken up again for what was being typed.
GRACE: Final = timedelta(minutes=30)
LETTERS: Final = 3
MOST_FOUND: Final = 10
# Where the session says under which mandate it acts.
SESSION_KEY: Final = "mandate"
# Where it says that what was typed before a mandate ran out is about to be sent again.
SENT_AGAIN: Final = "mandate-sent-again"


class Why(StrEnum):
    """How the person asked."""

    IN_PERSON = "in-person"
    BY_PHONE = "by-phone"
    IN_WRITING = "in-writing"


class Ending(StrEnum):
    """How a mandate ended."""

    DONE = "done"  # the agent ended it
    TIME = "time"  # its hour or the day was over
    REPLACED = "replaced"  # the agent began another elsewhere
    CLOSED = "closed"  # the person's account was closed meanwhile
    POST = "post"  # the agent's own post ended meanwhile
    LEFT = "left"  # the agent logged out


def ends_at(began: datetime, zone: ZoneInfo) -> datetime:
    """An hour later, or at the end of the day where the counter is."""
    local = began.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), tzinfo=zone)
    return min(began + LONGEST, midnight.astimezone(began.tzinfo))
