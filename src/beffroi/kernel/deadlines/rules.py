"""When things are due: pure functions of plain values. Results are in UTC: two times of one zone differ by the wall clock in Python."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# After a restore: a device that was away says within minutes how things are, a person within the hour.
AFTER_ABSENCE: Final = timedelta(hours=1)
FIRST_RETRY: Final = timedelta(seconds=30)
LAST_RETRY: Final = timedelta(hours=1)
# What is due is taken up within moments. A large erasure takes its time; what takes longer than this is stuck.
TAKEN_UP_WITHIN: Final = timedelta(minutes=2)
HANDLED_WITHIN: Final = timedelta(hours=1)
# Months are the town's: everything that is ours lies in one zone.
ZONE: Final = ZoneInfo("Europe/Paris")


def due(*, since: datetime, promise: timedelta, pace: int) -> datetime:
    """When a promise made at `since` is due; a demonstration's clock runs `pace` times as fast. Raises ValueError."""
    if promise < timedelta(0) or pace < 1:
        raise ValueError("a promise lasts, and time doesn't stand still")
    return since + promise / pace


def goes_on(
    following: Callable[[datetime], datetime], *, due_at: datetime, now: datetime, each_counts: bool
) -> datetime:
    """When a series is due after its time `due_at`, which was seen to have passed at `now`: times missed in between are due too
    when each counts, else one has made up for them all.
    """
    at = following(due_at)
    return at if each_counts or at > now else following(now)


def month_before(moment: datetime) -> tuple[datetime, datetime]:
    """The month before the one of this instant, in the town's zone: from its first instant up to, and not at, the next one's."""
    local = moment.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    previous = local - timedelta(days=1)
    return local.replace(year=previous.year, month=previous.month).astimezone(UTC), local.astimezone(UTC)


def month_after(moment: datetime) -> datetime:
    """The first instant of the next month, in the town's zone."""
    local = moment.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    days = monthrange(local.year, local.month)[1]
    following = local.replace(day=days).date() + timedelta(days=1)
    return datetime(following.year, following.month, 1, tzinfo=ZONE).astimezone(UTC)
