"""Which backups are kept: the newest of each of the last nights, weeks and months that have one."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_FORM: Final = re.compile(r"(\d{1,4}),(\d{1,4}),(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keep:
    """How many nights, weeks (from Monday, ISO 8601) and months."""

    nights: int = 7
    weeks: int = 4
    months: int = 12

    @classmethod
    def parse(cls, text: str) -> "Keep":
        """ "7,4,12"; raises ValueError."""
        match = _FORM.fullmatch(text.replace(" ", ""))
        if match is None:
            raise ValueError("three numbers are needed, of nights, weeks and months: 7,4,12")
        return cls(*(int(each) for each in match.groups()))

    def __str__(self) -> str:
        return f"{self.nights},{self.weeks},{self.months}"


def kept(made: Iterable[datetime], keep: Keep) -> frozenset[datetime]:
    """Those of these backups that stay; the newest always does."""
    newest_first = sorted(made, reverse=True)
    stay = set(newest_first[:1])
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (keep.nights, lambda moment: moment.date()),
        (keep.weeks, lambda moment: moment.isocalendar()[:2]),
        (keep.months, lambda moment: (moment.year, moment.month)),
    )
    for most, period in periods:
        seen: set[object] = set()
        for moment in newest_first:
            of = period(moment.astimezone(UTC))
            if of not in seen and len(seen) < most:
                seen.add(of)
                stay.add(moment)
    return frozenset(stay)
