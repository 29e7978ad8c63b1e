"""The time, injected: code takes `now` or a `Clock`, and only the edges of the program ask the machine."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time as an aware datetime in UTC."""

    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def to_minute(moment: datetime) -> datetime:
    """The minute that contains the moment: the register keeps no finer time."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
