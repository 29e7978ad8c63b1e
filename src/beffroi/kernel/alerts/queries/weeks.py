"""A week of a roster as people read it: each day's turns in words, and drawn along its hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from django.utils.timezone import localtime

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.alerts.queries.rosters import local_zone
from beffroi.kernel.alerts.rules import A_DAY, Duty, Gap
from beffroi.lib.hours import instant

A_WEEK = 7
HALF_HOURS = 48


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a day: somebody's, or nobody's when `name` is empty."""

    starts: datetime
    ends: datetime
    name: str

    @property
    def whole(self) -> bool:
        """From midnight to midnight, however long that is."""
        return localtime(self.starts).time() == localtime(self.ends).time() == time(0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Half hours of a line that are drawn as one: a turn, a gap ("nobody"), or nothing."""

    span: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week's page; `lines` are its turns drawn, those at the same time one under the other."""

    day: date
    today: bool
    stretches: tuple[Stretch, ...]
    lines: tuple[tuple[Cell, ...], ...]


def week_of(duties: Sequence[Duty], gaps: Sequence[Gap], monday: date, now: datetime) -> list[Day]:
    """The seven days from a Monday. What one person holds without a break is one turn, whenever it was written down."""
    known = names({duty.person for duty in duties})
    pieces = [Stretch(duty.starts, duty.ends, known.get(duty.person, "")) for duty in unbroken(duties)]
    pieces += [Stretch(gap.starts, gap.ends, "") for gap in gaps]
    found = []
    for number in range(A_WEEK):
        day = monday + timedelta(days=number)
        begins, ends = instant(day, time(0), local_zone()), instant(day + A_DAY, time(0), local_zone())
        inside = sorted(
            (
                Stretch(max(piece.starts, begins), min(piece.ends, ends), piece.name)
                for piece in pieces
                if piece.starts < ends and piece.ends > begins
            ),
            key=lambda piece: (piece.starts, piece.name),
        )
        found.append(Day(day, day == localtime(now).date(), tuple(inside), drawn(inside, day)))
    return found


def unbroken(duties: Iterable[Duty]) -> list[Duty]:
    """Each person's duties, those that touch joined: this moment cuts no turn in two."""
    found: dict[UUID, list[Duty]] = {}
    for duty in sorted(duties, key=lambda each: (each.starts, each.ends)):
        held = found.setdefault(duty.person, [])
        if held and duty.starts <= held[-1].ends:
            held[-1] = Duty(duty.person, held[-1].starts, max(held[-1].ends, duty.ends))
        else:
            held.append(duty)
    return sorted((duty for held in found.values() for duty in held), key=lambda each: (each.starts, each.ends))


def drawn(stretches: Iterable[Stretch], day: date) -> tuple[tuple[Cell, ...], ...]:
    """Lines of half hours in which no two turns meet."""
    lines: list[list[tuple[int, int, Stretch]]] = []
    for stretch in stretches:
        first, last = _half_hours(stretch, day)
        line = next((each for each in lines if each[-1][1] <= first), None)
        if line is None:
            lines.append(line := [])
        line.append((first, last, stretch))
    return tuple(_cells(line) for line in lines)


def _half_hours(stretch: Stretch, day: date) -> tuple[int, int]:
    starts, ends = localtime(stretch.starts), localtime(stretch.ends)
    first = (starts.hour * 60 + starts.minute) // 30
    last = HALF_HOURS if ends.date() > day else -(-(ends.hour * 60 + ends.minute) // 30)
    return min(first, HALF_HOURS - 1), max(last, first + 1)


def _cells(line: list[tuple[int, int, Stretch]]) -> tuple[Cell, ...]:
    cells = []
    edges = [(0, 0, None), *line, (HALF_HOURS, HALF_HOURS, None)]
    for (_first, before, _turn), (first, last, turn) in pairwise(edges):
        if first > before:
            cells.append(Cell(first - before, "", ""))
        if turn is not None:
            cells.append(Cell(last - first, "turn" if turn.name else "nobody", turn.name))
    return tuple(cells)
