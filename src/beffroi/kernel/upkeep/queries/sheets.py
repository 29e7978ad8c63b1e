"""What stands on an authority's sheet of the degraded mode, and whether the paper is still right."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.accounts.queries import names as called
from beffroi.kernel.alerts.models import Roster
from beffroi.kernel.alerts.queries.contacts import printed_numbers, printed_since
from beffroi.kernel.alerts.queries.rosters import ever_with_turns, plan
from beffroi.kernel.alerts.rules import Duty
from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.kernel.upkeep.models import Sheet
from beffroi.kernel.upkeep.queries.chains import Chain, chains
from beffroi.kernel.upkeep.queries.chains import content as in_no_language
from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said
from beffroi.persistence.downtime import Downtime, downtimes
from beffroi.persistence.steps import Fact, Step, register_step

# A paper that is older is read again by somebody.
LASTS: Final = timedelta(days=90)
AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody on duty, from then to then; "" when nobody is. `phone`: their own number, where they let it stand there."""

    name: str
    starts: datetime
    ends: datetime
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """Whose turn it is on one day of the town's; what goes on past midnight stands on both."""

    day: date
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Duties:
    """A roster, from this morning on for fourteen days; `phone`: where whoever is on duty answers, "" where nobody wrote it down."""

    name: str
    phone: str
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A system, and its list for this authority."""

    downtime: Downtime
    rows: tuple[tuple[str, ...], ...]

    @property
    def cells(self) -> list[list[tuple[Words, str]]]:
        """Each cell with what its column is called: a telephone shows them one under the other."""
        return [list(zip(self.downtime.head, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Paper:
    """All that is printed."""

    sheet: Sheet
    parts: tuple[Part, ...]
    chains: tuple[Chain, ...]
    duties: tuple[Duties, ...]
    digest: str
    at: datetime

    @property
    def unreachable(self) -> bool:
        """Whether somebody on a chain has no number that is known."""
        return any(not call.phone for chain in self.chains for link in chain.links for call in link)

    @property
    def printed(self) -> bool:
        """Whether somebody said so, once."""
        return self.sheet.printed_at is not None

    @property
    def changed(self) -> bool:
        """Whether what was printed is no longer what there is."""
        return self.printed and self.sheet.digest != self.digest

    @property
    def old(self) -> bool:
        """Whether it was printed so long ago that somebody reads it again."""
        return self.sheet.printed_at is not None and self.at - self.sheet.printed_at > LASTS


def sheet_of(authority: UUID) -> Sheet:
    """What the authority wrote; an empty one, unsaved, where it wrote nothing."""
    return Sheet.objects.filter(authority=authority).first() or Sheet(authority_id=authority)


def paper(authority: Authority, now: datetime) -> Paper:
    """The sheet as it would be printed now."""
    sheet, parts = sheet_of(authority.pk), tuple(_parts(authority.pk, now))
    calls = tuple(chains(authority, [part.downtime.code for part in parts], now))
    digest = _digest(authority, sheet, parts, calls)
    return Paper(sheet, parts, calls, tuple(_duties(authority.pk, now)), digest, now)


def _parts(authority: UUID, now: datetime) -> Iterator[Part]:
    for each in downtimes():
        if not each.switched or is_switched_on(authority=authority, system=each.code):
            yield Part(each, tuple(each.rows(authority, now)) if each.rows else ())


def _duties(authority: UUID, now: datetime) -> Iterator[Duties]:
    morning = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    mornings = [morning + timedelta(days=each) for each in range(AHEAD.days + 1)]  # wall clock: a day may have 23 hours
    for roster in _rosters(authority):
        found = _whole(plan(roster, since=mornings[0], until=mornings[-1], now=now).duties)
        people = {duty.person for duty in found}
        names, numbers = called(people), printed_numbers(people)
        turns = [
            Turn(names.get(duty.person, ""), duty.starts, duty.ends, numbers.get(duty.person, "")) for duty in found
        ]
        yield Duties(roster.name, roster.phone, tuple(_days(sorted(turns, key=lambda turn: turn.starts), mornings)))


def _rosters(authority: UUID) -> QuerySet[Roster]:
    return Roster.objects.filter(authority=authority, retired_at__isnull=True).order_by("name")


def _whole(duties: Iterable[Duty]) -> Iterable[Duty]:
    """A plan parts what was from what will be: a turn that goes on at that moment is one."""
    found: dict[tuple[UUID, datetime], Duty] = {}
    for duty in sorted(duties, key=lambda duty: duty.starts):
        before = found.pop((duty.person, duty.starts), None)
        found[duty.person, duty.ends] = duty if before is None else replace(before, ends=duty.ends)
    return found.values()


def _days(turns: Sequence[Turn], mornings: Sequence[datetime]) -> Iterator[Day]:
    for begins, ends in pairwise(mornings):
        held = (replace(each, starts=max(each.starts, begins), ends=min(each.ends, ends)) for each in turns)
        of_it = tuple(turn for turn in held if turn.starts < turn.ends)
        if of_it:
            yield Day(begins.date(), of_it)


def _digest(authority: Authority, sheet: Sheet, parts: Sequence[Part], calls: Sequence[Chain]) -> str:
    """What makes the paper wrong when it changes: all but the duties, which change each day, and the wording.

    Numbers of people's own are there for all who are on the rosters, by when they were proven: the digest is in the register, they aren't.
    """
    own = printed_since(ever_with_turns(authority.pk))
    content = [
        [authority.name, authority.phone, authority.address, sheet.calls, sheet.keys, sheet.first],
        [[part.downtime.code, *map(list, part.rows)] for part in parts],
        in_no_language(calls),
        list(_rosters(authority.pk).exclude(phone="").values_list("name", "phone")),
        [(str(person), proven.isoformat() if proven else "") for person, proven in own],
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def look(now: datetime) -> Iterator[Finding]:
    """For each authority that once printed its sheet: whether the paper is still right."""
    for authority in every_authority():
        sheet = sheet_of(authority.pk)
        if sheet.printed_at is None:
            continue
        with translation.override("fr"):  # lists are compared as they were printed
            found = paper(authority, now)
        if found.changed or found.old:
            seen = (
                gettext_lazy("What is on the printed sheet of the degraded mode has changed since.")
                if found.changed
                else said(
                    gettext_lazy("The sheet of the degraded mode was printed on %(day)s, more than ninety days ago."),
                    day=localtime(sheet.printed_at).date(),
                )
            )
            yield Finding(
                "sheet",
                State.WARNING,
                seen,
                gettext_lazy("Open “Degraded mode”, print it again, put it in place of the old one, and say so there."),
                "degraded-mode.md",
                authority=authority.pk,
            )
        else:
            yield Finding("sheet", State.WELL, gettext_lazy("The paper is right."), authority=authority.pk)


def printed(authority: UUID, _now: datetime) -> Fact:
    """Whether the paper is where people find it."""
    sheet = sheet_of(authority)
    if sheet.printed_at is None:
        return Fact(False, _("not on paper yet"))
    return Fact(True, _("printed on %(day)s") % {"day": date_format(localtime(sheet.printed_at), "SHORT_DATE_FORMAT")})


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(
        Check(
            "sheet",
            gettext_lazy("Sheet of the degraded mode"),
            look,
            order=60,
            good_for=300.0,
            needs_database=True,
        )
    )
    register_step(
        Step(
            "degraded",
            gettext_lazy("The degraded mode, on paper"),
            gettext_lazy(
                "Write down whom to call and where the keys are, print the sheet, put it where people look for it."
            ),
            "watch",
            40,
            look=printed,
            page=lambda slug: reverse("degraded-of", kwargs={"slug": slug}),
        )
    )
