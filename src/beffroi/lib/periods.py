"""A period that figures are counted over, and the bars that stand for its days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# Days are the town's.
ZONE: Final = ZoneInfo("Europe/Paris")
LONGEST_PERIOD: Final = 400  # days that figures are counted over
BY_DAY, BY_WEEK = 31, 190  # days up to which bars stand for days, then for weeks; beyond, for months


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both of them within."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), ZONE)

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), ZONE)

    @property
    def unit(self) -> str:
        """What a bar stands for."""
        days = (self.last - self.first).days + 1
        return "day" if days <= BY_DAY else "week" if days <= BY_WEEK else "month"

    def begun(self, day: date) -> date:
        """The first day of the bar in which a day counts."""
        if self.unit == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.unit == "month" else day

    @property
    def buckets(self) -> list[date]:
        """The first day of each bar, none left out."""
        found, day = [], self.begun(self.first)
        while day <= self.last:
            found.append(day)
            day = self.begun(day + timedelta(days={"day": 1, "week": 7, "month": 32}[self.unit]))
        return found
