"""Whom a demand concerns, and from when; pure functions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

# Two weeks: whoever is on leave comes back to it.
USUAL: Final = timedelta(days=14)
LONGEST: Final = timedelta(days=180)


class Scope(StrEnum):
    """Who logs in with a second factor."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    OTHERS = "others"  # everybody who sees what is others'


class State(StrEnum):
    """What stands between somebody whom a demand concerns and the pages."""

    LATER = "later"
    ADD = "add"
    SHOW = "show"


class Refusal(StrEnum):
    """Why a demand isn't made."""

    NO_FACTOR = "no-factor"
    PROVIDER_ALONE = "provider-alone"  # the day the identity provider is away, no administrator would log in


@dataclass(frozen=True, slots=True)
class Since:
    """From when; `others` is None where administrators alone are concerned."""

    administrators: datetime
    others: datetime | None

    @property
    def scope(self) -> Scope:
        """Who is concerned."""
        return Scope.ADMINISTRATORS if self.others is None else Scope.OTHERS

    @property
    def last(self) -> datetime:
        """The moment from which everybody is who is to be."""
        return self.others or self.administrators


def beginning(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of a day by the authority's clock; at once when that day has begun."""
    return max(datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC), now)


def since(scope: Scope, begins: datetime, before: Since | None, now: datetime) -> Since | None:
    """From when whom, once that is said. Administrators whom the demand before holds stay held when others are named besides."""
    if scope is Scope.NOBODY:
        return None
    if scope is Scope.ADMINISTRATORS:
        return Since(begins, None)
    held = before is not None and before.administrators <= now
    return Since(before.administrators if before is not None and held else begins, begins)


def days_left(begins: datetime, now: datetime, zone: ZoneInfo) -> int:
    """How many days from today to the first one that it holds."""
    return (begins.astimezone(zone).date() - now.astimezone(zone).date()).days
