"""Stages, promises, who receives what, what names somebody: pure functions of plain values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from beffroi.lib.hours import PARIS, Span, Week
from beffroi.lib.naming import names_somebody

SYSTEM: Final = "reports"
PROMISED: Final = timedelta(hours=48)
MOST_PHOTOS: Final = 10
LONGEST_TEXT: Final = 4_000
# A duplicate stands within so many metres and days, whatever its stage while it is open.
NEAR_METRES: Final = 60.0
NEAR_DAYS: Final = 60
ASKED_AFTER: Final = timedelta(days=14)
ORIGINALS_KEPT: Final = timedelta(days=90)
# When subscribers are told of the day's reports.
EVENING: Final = time(18)
# How long the right to open one original lasts: to look, no more.
RIGHT_LASTS: Final = timedelta(minutes=15)


class Stage(StrEnum):
    """How far a report is."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    PLANNED = "planned"
    MENDING = "mending"
    DONE = "done"
    DECLINED = "declined"
    MERGED = "merged"


OPEN: Final = (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.PLANNED, Stage.MENDING)
CLOSED: Final = (Stage.DONE, Stage.DECLINED, Stage.MERGED)
REOPENABLE: Final = (Stage.DONE, Stage.DECLINED)
# Lines of a thread whose text is another report's reference.
REFERRING: Final = ("merged", "joined", "parted", "let-go")


class Priority(IntEnum):
    """How soon it must be seen to."""

    DANGER = 1
    URGENT = 2
    ORDINARY = 3
    CAN_WAIT = 4


class Decline(StrEnum):
    """Why a report is closed without being mended."""

    NOT_OURS = "not-ours"
    NOTHING_FOUND = "nothing-found"
    REFUSED = "refused"
    PRIVATE_GROUND = "private-ground"


class Source(StrEnum):
    """How a report came."""

    POCKET = "pocket"
    COUNTER = "counter"
    PHONE = "phone"
    OPEN311 = "open311"
    IMPORT = "import"


class OpenTo(StrEnum):
    """Who may report a category."""

    OFFICIALS = "officials"  # and the authority's own people
    ACCOUNTS = "accounts"  # whoever is logged in
    ANYBODY = "anybody"


class PhotoState(StrEnum):
    """How far a photo is; only a checked one is shown to others than its author and staff."""

    QUEUED = "queued"  # waits to be re-encoded
    WAITING = "waiting"  # waits for staff
    CHECKED = "checked"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


class PhotoRole(StrEnum):
    """What a photo shows."""

    FAULT = "fault"
    MENDED = "mended"


class Unsealing(StrEnum):
    """Why somebody opens an original."""

    MENDING = "mending"  # what is shown isn't clear enough to mend
    DISPUTE = "dispute"
    JUSTICE = "justice"
    ACCESS = "access"  # whoever it is about asked for it


class Telling(StrEnum):
    """Where something is said of a report: what a ready-made answer is for."""

    ACKNOWLEDGED = "acknowledged"
    PLANNED = "planned"
    MENDING = "mending"
    DONE = "done"
    DECLINED = "declined"
    SAID = "said"


class Fixed(StrEnum):
    """A stop of a round that stays at one end of it."""

    FIRST = "first"
    LAST = "last"


class Thing(StrEnum):
    """Things of the street that reports keep themselves, for want of a system of their own."""

    LAMP = "lamp"
    POLE = "pole"
    CABLE = "cable"


class BatchState(StrEnum):
    """How far one act on several reports is."""

    ASKED = "asked"  # what it needs is being filled in
    GOING = "going"
    OVER = "over"
    UNDOING = "undoing"
    UNDONE = "undone"


class LetterKind(StrEnum):
    """What a letter is for: the first three to a follower, the last three to a subscriber, the others to whoever mends."""

    CONFIRM = "confirm"  # is this address theirs?
    OUTCOME = "outcome"  # what was done
    ASKED = "asked"  # is it mended?
    GIVEN = "given"  # it is theirs to mend
    NEWS = "news"  # somebody said something, or did
    SLIPPING = "slipping"  # half, three quarters of its time have passed
    OVERDUE = "overdue"
    DIGEST = "digest"  # what was reported of what somebody subscribed to
    RENEW = "renew"  # do they go on being told of it?
    ENDED = "ended"  # they didn't say so: they are told no more


class LetterState(StrEnum):
    """How far a letter is."""

    QUEUED = "queued"
    HANDED_OVER = "handed-over"
    FAILED = "failed"
    DROPPED = "dropped"  # they no longer wanted it when it was to leave


class Alarm(StrEnum):
    """Kinds of alerts that reports raise."""

    SLIPPING = "reports.slipping"
    OVERDUE = "reports.overdue"
    DANGER = "reports.danger"
    SITUATION = "reports.situation"  # more than a fault: for whoever keeps watch
    ORDER = "reports.order"  # a firm is asked for a work order


class Share(StrEnum):
    """How much of a promise's time has passed."""

    HALF = "half"
    THREE_QUARTERS = "three-quarters"


@dataclass(frozen=True, slots=True)
class Offered:
    """A kind of fault as it is offered to begin with."""

    code: str
    label: str
    group: str
    what_next: str
    icon: str = "report"
    asset: str = ""
    hours: int = 48
    keywords: str = ""


PARTS: Final = {Share.HALF: Fraction(1, 2), Share.THREE_QUARTERS: Fraction(3, 4)}
_DAY: Final = (Span(time(8, 30), time(12)), Span(time(13, 30), time(17, 30)))
# When a town hall's services work: what "working hours" counts.
WEEK: Final = Week((_DAY, _DAY, _DAY, _DAY, _DAY, (), ()))


def reference_of(since: datetime, number: int) -> str:
    """What people say and write: `26-000123`, the year it came and its number in the authority."""
    return f"{since:%y}-{number:06d}"


def may_become(stage: Stage, following: Stage) -> bool:
    """Open stages follow one another in any order, forwards or back to planned; what is closed is reopened by an act of its own."""
    return stage in OPEN and following not in (stage, Stage.RECEIVED, Stage.MERGED)


def evening_after(moment: datetime) -> datetime:
    """The next six o'clock in the evening, in the town's zone."""
    local = moment.astimezone(PARIS)
    today = datetime.combine(local.date(), EVENING, tzinfo=PARIS)
    if today <= local:
        today = datetime.combine(local.date() + timedelta(days=1), EVENING, tzinfo=PARIS)
    return today.astimezone(UTC)


def is_outcome(kind: str, stage: str, text: str, *, public: bool) -> bool:
    """Whether a line of a report's thread is something that its followers are told: that it was acknowledged, planned, closed, opened
    again or answered. That somebody works on it is told when there are words with it.
    """
    if kind == "staged":
        return public and (stage in (Stage.ACKNOWLEDGED, Stage.PLANNED) or bool(text))
    return public and kind in ("closed", "merged", "parted", "reopened", "said")


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the routing: what is None or empty matches anything. Days count from Monday, 0; a way whose `ends` isn't after its
    `starts` goes past midnight: its days are those on which its night begins.
    """

    id: UUID
    category: UUID | None
    territory: UUID | None
    days: frozenset[int]
    starts: time | None
    ends: time | None
    order: int


def way_for(ways: Iterable[Way], *, category: UUID, territories: Sequence[UUID], at: datetime) -> Way | None:
    """The most particular way that holds: by category, then by the smallest place, then by the hour. `at` is the town's time;
    `territories` the smallest first.
    """
    rank = {place: len(territories) - depth for depth, place in enumerate(territories)}

    def holds(way: Way) -> bool:
        return (
            way.category in (None, category) and (way.territory is None or way.territory in rank) and _during(way, at)
        )

    def how_particular(way: Way) -> tuple[bool, int, bool, int]:
        timed = bool(way.days) or way.starts is not None
        return way.category is not None, rank.get(way.territory, 0) if way.territory else 0, timed, -way.order

    return max(filter(holds, ways), key=how_particular, default=None)


def _during(way: Way, at: datetime) -> bool:
    day, hour = at.weekday(), at.time()
    if way.starts is None or way.ends is None:
        inside = True
    elif way.starts < way.ends:
        inside = way.starts <= hour < way.ends
    else:
        inside = hour >= way.starts or hour < way.ends
        day = (day - 1) % 7 if hour < way.ends else day
    return inside and (not way.days or day in way.days)


def in_words(address: str, text: str) -> tuple[str, str, bool]:
    """Where it is and what it is, in words, and whether an agent reads them before others do. A place that names somebody is held with
    the rest: what others are shown of a place is shown at once.
    """
    address, text = address.strip(), text.strip()
    if names_somebody(address):
        return "", "\n".join(part for part in (address, text) if part), True
    return address, text, names_somebody(text)


# Words by which a category would be about people rather than things.
_PEOPLE: Final = re.compile(
    r"\b(sdf|sans[- ]abri|sans[- ]domicile|clochards?|mendiants?|mendicité|roms?|gens du voyage|migrants?|étrangers?|dealers?|drogués?"
    r"|toxicomanes?|prostitu\w*|délinquants?|jeunes|individus?|personnes?|voisins?|habitants?|attroupements?"
    r"|homeless|beggars?|loiter\w*|people|persons?|suspects?)\b",
    re.IGNORECASE,
)
# Who a ramp or a crossing is made for is not who is reported.
_FOR_PEOPLE: Final = re.compile(r"\bpersonnes (à mobilité réduite|handicapées|âgées|malvoyantes)\b", re.IGNORECASE)


def about_people(label: str) -> bool:
    """Whether a category's name points at people: there is none such."""
    return bool(_PEOPLE.search(_FOR_PEOPLE.sub("", label)))
