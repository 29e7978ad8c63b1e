"""When the house looks at roles that nobody confirms any more."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
HOUR: Final = 4
LAPSE: Final = "provider.lapse"


def next_look(after: datetime) -> datetime:
    """The next night, at four."""
    local = after.astimezone(PARIS)
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    found = tonight if tonight > local else tonight + timedelta(days=1)
    return found.astimezone(after.tzinfo)
