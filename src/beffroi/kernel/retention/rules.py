"""When time is over: civil days in the town's zone, months as the law counts them. Pure.

A delay in months or years ends with the day of the last month that bears the same number, else with the last day of that month,
and at midnight (Code de procédure civile, articles 641 and 642): one year from 29 February ends with 28 February.
"""

import hashlib
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Europe/Paris")
MONTHS_A_YEAR: Final = 12
NIGHT: Final = time(3, 30)
WEEK: Final = 7


def last_day(start: date, *, months: int = 0, days: int = 0) -> date:
    """The last day of a delay that begins on `start`, in months or in days."""
    year, month = divmod(start.year * MONTHS_A_YEAR + start.month - 1 + months, MONTHS_A_YEAR)
    day = min(start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=days)


def first_kept(today: date, *, months: int = 0, days: int = 0) -> date:
    """The earliest day whose things are still to be kept on `today`: those of any day before it are past their time."""
    day = last_day(today, months=-months, days=-days)
    while last_day(day, months=months, days=days) >= today:
        day -= timedelta(days=1)
    while last_day(day, months=months, days=days) < today:
        day += timedelta(days=1)
    return day


def cutoff(now: datetime, *, months: int = 0, days: int = 0) -> datetime:
    """The instant before which things are past their time at `now`."""
    return midnight(first_kept(civil_day(now), months=months, days=days))


def civil_day(moment: datetime) -> date:
    """The day in the town's zone."""
    return moment.astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC)


def next_night(now: datetime) -> datetime:
    """The next time of night at which things are destroyed: when few people work, and after every midnight."""
    tonight = _night_of(civil_day(now))
    return tonight if tonight > now else _night_of(civil_day(now) + timedelta(days=1))


def next_week(now: datetime) -> datetime:
    """The seventh night to come: of a night, the one a week later."""
    return _night_of(civil_day(next_night(now)) + timedelta(days=WEEK - 1))


def _night_of(day: date) -> datetime:
    return datetime.combine(day, NIGHT, tzinfo=ZONE).astimezone(UTC)


def digest_of(keys: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, over identifiers in order, each ended by a line feed: whoever has the list proves what it was of."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(keys)).encode()).hexdigest()
