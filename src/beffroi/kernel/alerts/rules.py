"""Rules of alerts: who is on duty when, when somebody may be disturbed, what joins what. Pure functions of plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from beffroi.lib.hours import instant

HOLIDAY = 7  # stands after Sunday (6) among the days of a roster
AHEAD = timedelta(days=14)
LONGEST_WINDOW = timedelta(minutes=5)
A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)
FRIDAY = 4


class Urgency(StrEnum):
    """How soon somebody must know; quiet hours and grouping go by it."""

    ROUTINE = "routine"
    PROMPT = "prompt"
    IMMEDIATE = "immediate"


class Target(StrEnum):
    """People that every authority has, without anybody having drawn up an audience."""

    CONVENTION = "convention"  # the audiences that belong to the alert's convention, else its partner's desk
    PARTNERS = "partners"  # everybody of the convention's partner
    DESKS = "desks"  # the dispatchers of the convention's partner
    FIRM = "firm"  # the dispatchers of the organisation that the alert names
    OPERATORS = "operators"  # who watches for the authority: police, supervision centre
    AGENTS = "agents"
    ADMINISTRATORS = "administrators"


class Channel(StrEnum):
    """How somebody is reached."""

    SCREEN = "screen"
    PUSH = "push"
    MAIL = "mail"
    SMS = "sms"
    WEBHOOK = "webhook"


class Texts(StrEnum):
    """For what somebody whose number is proven has text messages."""

    IMMEDIATE = "immediate"
    PROMPT = "prompt"
    NEVER = "never"


TRIES = 5  # of a code sent to a number
FIRST_PAUSE = {Urgency.IMMEDIATE: 2.0, Urgency.PROMPT: 5.0, Urgency.ROUTINE: 30.0}
LONGEST_PAUSE = 900.0
LAST_ATTEMPT = 40
# How long a push service keeps a message for a phone that is off: after that it is history, and the page tells it.
KEPT_FOR_A_PHONE = timedelta(hours=12)
# Silence of a process that says "I live" every few seconds, and age of work that nobody took up.
SILENT_AFTER = timedelta(seconds=60)
WAITED_TOO_LONG = timedelta(minutes=2)


def pause(urgency: Urgency, attempt: int, asked: float | None) -> timedelta | None:
    """How long to wait after an attempt that failed (1 is the first); at least as long as was asked. None: give up.

    Doubling, from 2 s to 15 minutes: eight hours in all for what is immediate.
    """
    if attempt >= LAST_ATTEMPT:
        return None
    seconds = min(FIRST_PAUSE[urgency] * 2.0 ** min(attempt - 1, 16), LONGEST_PAUSE)
    return timedelta(seconds=max(seconds, asked or 0.0))


def silence(*, beat: datetime | None, oldest_due: datetime | None, now: datetime) -> str:
    """Why the alerter is taken for dead while messages wait, "" when it isn't: it says nothing, or it leaves them lying."""
    if oldest_due is None:
        return ""
    if now - oldest_due > WAITED_TOO_LONG:
        return "left-lying"
    quiet = beat is None or now - beat > SILENT_AFTER
    # A town that starts has no beat yet: the message itself must have waited as long.
    return "silent" if quiet and now - oldest_due > SILENT_AFTER else ""


WINDOWS = {
    Urgency.ROUTINE: timedelta(seconds=60),
    Urgency.PROMPT: timedelta(seconds=60),
    Urgency.IMMEDIATE: timedelta(seconds=5),
}


def window(urgency: Urgency, *, before: timedelta | None, since: timedelta | None) -> timedelta:
    """How long alerts go on joining a notice that opens now.

    `before` is the window of the notice of the same kind before it, `since` the time since that one opened: while they follow
    one another closely each is twice as long as the one before, so that a flood brings fewer and fewer messages.
    """
    least = WINDOWS[urgency]
    if before is None or since is None or since > 2 * before:
        return least
    return max(least, min(2 * before, LONGEST_WINDOW))


@dataclass(frozen=True, slots=True)
class Slot:
    """Who is on duty each week: from `starts` on `day` (0 is Monday, 7 a public holiday) to `ends`, the next day when not later."""

    person: UUID
    day: int
    starts: time
    ends: time
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """An exception: from then to then `leaves` is not on duty and `takes` is (either may be nobody)."""

    starts: datetime
    ends: datetime
    leaves: UUID | None
    takes: UUID | None


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody's time on duty, as instants: up to, and not at, its end."""

    person: UUID
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A time when nobody is on duty and somebody should be."""

    starts: datetime
    ends: datetime


def pattern(
    slots: Iterable[Slot], *, holidays: Collection[date] | None, since: datetime, until: datetime, zone: ZoneInfo
) -> list[Duty]:
    """The weekly pattern as instants between two of them. `holidays` None: a public holiday is a day like the others."""
    found = []
    rows = list(slots)
    day = since.astimezone(zone).date() - A_DAY
    last = until.astimezone(zone).date()
    while day <= last:
        kind = HOLIDAY if holidays is not None and day in holidays else day.weekday()
        for slot in rows:
            if slot.day != kind or day < slot.first or (slot.last is not None and day > slot.last):
                continue
            starts = instant(day, slot.starts, zone)
            ends = instant(day if slot.ends > slot.starts else day + A_DAY, slot.ends, zone)
            if starts < until and ends > since:
                found.append(Duty(slot.person, starts, ends))
        day += A_DAY
    return found


def swapped(duties: Iterable[Duty], swaps: Sequence[Swap]) -> list[Duty]:
    """Duties after the exceptions, in the order they were made: the second may move what the first moved."""
    rows = list(duties)
    for swap in swaps:
        after = []
        for duty in rows:
            if duty.person != swap.leaves or duty.ends <= swap.starts or duty.starts >= swap.ends:
                after.append(duty)
                continue
            if duty.starts < swap.starts:
                after.append(Duty(duty.person, duty.starts, swap.starts))
            if duty.ends > swap.ends:
                after.append(Duty(duty.person, swap.ends, duty.ends))
            if swap.takes is not None:
                after.append(Duty(swap.takes, max(duty.starts, swap.starts), min(duty.ends, swap.ends)))
        if swap.leaves is None and swap.takes is not None:
            after.append(Duty(swap.takes, swap.starts, swap.ends))
        rows = after
    return sorted(rows, key=lambda duty: (duty.starts, duty.ends, duty.person))


def on_duty(duties: Iterable[Duty], at: datetime) -> set[UUID]:
    """Who is on duty at that moment."""
    return {duty.person for duty in duties if duty.starts <= at < duty.ends}


def present(duties: Iterable[Duty], presence: Mapping[UUID, Sequence[tuple[datetime, datetime | None]]]) -> list[Duty]:
    """Duties of people while they are there: `presence` says from when to when (None: no end known) each is."""
    found = []
    for duty in duties:
        for begun, over in presence.get(duty.person, ()):
            starts, ends = max(duty.starts, begun), duty.ends if over is None else min(duty.ends, over)
            if starts < ends:
                found.append(Duty(duty.person, starts, ends))
    return found


def gaps(promised: Iterable[Duty] | None, held: Iterable[Duty], *, since: datetime, until: datetime) -> list[Gap]:
    """When nobody is on duty. `promised` is what the pattern covers; None promises every minute."""
    there = _joined((duty.starts, duty.ends) for duty in held)
    wanted = [(since, until)] if promised is None else _joined((duty.starts, duty.ends) for duty in promised)
    found = []
    for starts, ends in wanted:
        at, end = max(starts, since), min(ends, until)
        for begun, over in there:
            if over <= at or begun >= end:
                continue
            if begun > at:
                found.append(Gap(at, begun))
            at = max(at, over)
        if at < end:
            found.append(Gap(at, end))
    return found


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    rows: list[tuple[datetime, datetime]] = []
    for starts, ends in sorted(spans):
        if rows and starts <= rows[-1][1]:
            rows[-1] = (rows[-1][0], max(rows[-1][1], ends))
        else:
            rows.append((starts, ends))
    return rows


@dataclass(frozen=True, slots=True)
class Quiet:
    """When somebody would rather not be disturbed: each night from then to then, and whole days off when `days_off`."""

    starts: time | None
    ends: time | None
    days_off: bool = False


def quiet_until(quiet: Quiet, *, at: datetime, holidays: Collection[date], zone: ZoneInfo) -> datetime | None:
    """The end of the quiet time that holds this moment; None when it is not quiet."""
    end = at
    # Nights and days off may follow one another: a fortnight is longer than any chain of them but an endless one.
    for _turn in range(2 * AHEAD.days):
        later = _quiet_end(quiet, end, holidays, zone)
        if later is None or later <= end:
            break
        end = later
    return end if end > at else None


def _quiet_end(quiet: Quiet, at: datetime, holidays: Collection[date], zone: ZoneInfo) -> datetime | None:
    local = at.astimezone(zone)
    today = local.date()
    if quiet.days_off and (today.weekday() > FRIDAY or today in holidays):
        return instant(today + A_DAY, time(0), zone)
    if quiet.starts is None or quiet.ends is None or quiet.starts == quiet.ends:
        return None
    for day in (today - A_DAY, today):
        starts = instant(day, quiet.starts, zone)
        ends = instant(day if quiet.ends > quiet.starts else day + A_DAY, quiet.ends, zone)
        if starts <= at < ends:
            return ends
    return None
