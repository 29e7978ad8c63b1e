"""Years as the calendar has them: from a day to the eve of the same day, not so many days."""

from datetime import UTC, date, datetime, timedelta, tzinfo


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February, the day before."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def last_day(first: date, years: int) -> date:
    """The last day, included, of what begins with the first and lasts so many years."""
    return years_after(first, years) - timedelta(days=1)


def latest_end(starts: datetime, years: int, clock: tzinfo) -> datetime:
    """The last moment at which what lasts so many years at most ends: the same day and hour by that clock, which PostgreSQL counts alike
    (`convention_years`): an hour that a clock shows twice is the later one, and one that it skips is as long after midnight.
    """
    here = starts.astimezone(clock)
    wall = datetime.combine(years_after(here.date(), years), here.time())
    return max(wall.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1))
