"""Hours that count: what a clock on the wall shows as an instant, public holidays, and promises kept in opening hours.

A promise of 48 hours runs in calendar time, or only while somebody is there to keep it. Everything is counted between instants,
so the night that lasts 23 or 25 hours is worth 23 or 25; what is returned is in UTC.
"""

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

import holidays as calendars

PARIS: Final = ZoneInfo("Europe/Paris")
MIDNIGHT: Final = time(0)
A_WEEK: Final = 7  # days
A_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta.resolution
A_SECOND: Final = timedelta(seconds=1)
NOTHING: Final = timedelta(0)
FARTHEST: Final = 3_660  # days: nobody promises for longer than ten years
WARNED_AT: Final = (Fraction(1, 2), Fraction(3, 4))

Closed = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Span:
    """Open from one time of the wall's clock to another of the same day; `closes` at midnight is the end of that day."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("a clock on the wall has no zone")
        if MIDNIGHT != self.closes <= self.opens:
            raise ValueError(f"it opens at {self.opens} and closes at {self.closes}: a night is two spans")


@dataclass(frozen=True, slots=True)
class Week:
    """Opening spans of each day from Monday to Sunday, in their order, in a zone. A week that never opens is refused."""

    days: tuple[tuple[Span, ...], ...]
    zone: ZoneInfo = PARIS

    def __post_init__(self) -> None:
        if len(self.days) != A_WEEK:
            raise ValueError(f"a week has seven days, not {len(self.days)}")
        if not any(self.days):
            raise ValueError("a week without any opening")
        for spans in self.days:
            for one, other in itertools.pairwise(spans):
                if one.closes == MIDNIGHT or other.opens < one.closes:
                    raise ValueError(f"spans overlap or are not in order: {one} and {other}")


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows, as an instant: the first time it shows it, or the moment it jumps over it.

    Later on the wall is never earlier in time, so what follows on the wall follows in time, whatever the season does.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    there = local.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    before, after = local.replace(fold=1).astimezone(UTC), there
    offset = before.astimezone(zone).utcoffset()
    while after - before > A_SECOND:
        middle = before + (after - before) // A_SECOND // 2 * A_SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


@functools.cache
def _year(year: int, subdivision: str) -> frozenset[date]:
    return frozenset(calendars.country_holidays("FR", years=year, subdiv=subdivision or None))


def public_holidays(since: datetime, until: datetime, *, subdivision: str) -> frozenset[date]:
    """Public holidays of the years from one moment to another; `subdivision` as the `holidays` library names it ("57", "6AE"…)."""
    years = range((since - A_DAY).year, (until + A_DAY).year + 1)
    return frozenset(day for year in years for day in _year(year, subdivision))


def days_off(*, subdivision: str, others: Collection[date] = frozenset()) -> Closed:
    """Says of a day whether it is a public holiday (`subdivision` as above) or one of the others on which nobody is there."""
    return lambda day: day in others or day in _year(day.year, subdivision)


def after(since: datetime, worked: timedelta, week: Week, closed: Closed) -> datetime:
    """The first instant at which that much open time has passed since.

    What ends as the doors close ends then, not when they open again. ValueError when ten years don't hold that much.
    """
    if worked < NOTHING:
        raise ValueError("a promise of less than no time")
    at, left = _utc(since), worked
    if not left:
        return at
    day = at.astimezone(week.zone).date()
    for _day in range(FARTHEST):
        for opens, closes in _openings(day, week, closed):
            begins = max(opens, at)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, NOTHING)
        day += A_DAY
    raise ValueError(f"not open for {worked} in the ten years from {since}")


def between(start: datetime, end: datetime, week: Week, closed: Closed) -> timedelta:
    """The open time from one instant to another; less than nothing when the second is the earlier, as for what is late."""
    if end < start:
        return -between(end, start, week, closed)
    begin, over = _utc(start), _utc(end)
    day, last = begin.astimezone(week.zone).date(), over.astimezone(week.zone).date()
    total = NOTHING
    while day <= last:
        for opens, closes in _openings(day, week, closed):
            total += max(min(closes, over) - max(opens, begin), NOTHING)
        day += A_DAY
    return total


def parts(
    since: datetime, due: datetime, week: Week | None, closed: Closed, shares: Sequence[Fraction] = WARNED_AT
) -> list[datetime]:
    """The instants at which these shares of a promise have passed: in open time, or in calendar time without a week."""
    if due < since or not all(0 <= share <= 1 for share in shares):
        raise ValueError("a share of a promise lies between its beginning and its end")
    begin = _utc(since)
    if week is None:
        return [begin + _share(_utc(due) - begin, share) for share in shares]
    worked = between(since, due, week, closed)
    return [after(since, _share(worked, share), week, closed) for share in shares]


def _share(whole: timedelta, share: Fraction) -> timedelta:
    # In whole microseconds: a timedelta times a large numerator is more than one may hold.
    return _MICROSECOND * (whole // _MICROSECOND * share.numerator // share.denominator)


def _openings(day: date, week: Week, closed: Closed) -> Iterator[tuple[datetime, datetime]]:
    if closed(day):
        return
    for span in week.days[day.weekday()]:
        ends = day + A_DAY if span.closes == MIDNIGHT else day
        yield instant(day, span.opens, week.zone), instant(ends, span.closes, week.zone)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant has a zone")
    return moment.astimezone(UTC)
