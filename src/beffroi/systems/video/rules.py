"""Rules of video on request: pure functions of plain values."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from beffroi.lib.years import years_after
from beffroi.protocol.v1.mask import Mask
from beffroi.protocol.v1.members import TEXT_LENGTH

SYSTEM: Final = "video"
DEVICE_KIND: Final = "relay"
# Where plain http is as good as https to a browser: the line never leaves its machine.
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
VIEW: Final = "view"  # the one action of a camera


class PlaceKind(StrEnum):
    """What a camera looks at: conventions' purposes are said for some of these."""

    HALL = "hall"
    PARKING = "parking"
    BASEMENT = "basement"
    CORRIDOR = "corridor"
    COURTYARD = "courtyard"
    STREET = "street"
    PREMISES = "premises"


class Regime(StrEnum):
    """The one law that a camera is under: words, forms and retention follow it."""

    PUBLIC_ROAD = "public-road"  # CSI L251-1 ff.: a prefect's order, for five years
    COMMON_PARTS = "common-parts"  # CSI L272-2: a convention of a year at most
    CLOSED_PREMISES = "closed-premises"  # RGPD


class Right(StrEnum):
    """What an inhabitant may ask about images of themselves."""

    ACCESS = "access"
    ERASURE = "erasure"
    OBJECTION = "objection"


class Answer(StrEnum):
    """What is said to an inhabitant who asked."""

    GIVEN = "given"  # what was asked for was given
    NOTHING_KEPT = "nothing-kept"  # images were looked at or not, none is kept
    REFUSED = "refused"  # for a reason in words, with the ways of redress


# A prefect's order authorises a camera of the public road for so many years.
ORDER_YEARS: Final = 5


class Told(StrEnum):
    """What a letter tells whoever asked about images of themselves."""

    RECEIVED = "received"
    LONGER = "longer"
    ANSWERED = "answered"


class LetterState(StrEnum):
    """How far such a letter is."""

    QUEUED = "queued"  # waits to leave by e-mail
    SENT = "sent"  # a mail server has it
    PAPER = "paper"  # to be printed and posted
    POSTED = "posted"
    DROPPED = "dropped"  # a later one says how it stands


# Between the attempts of an e-mail, and for how long one of them may last.
LETTER_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
LETTER_LEASE: Final = timedelta(minutes=3)
# Anybody may type anybody's address: so many mails that say that a request is received leave for one mailbox within a day.
RECEIVED_MOST: Final = 3
RECEIVED_WITHIN: Final = timedelta(days=1)
# RGPD article 12.3: a month, which two more may follow when it is said why within the first.
ANSWER_MONTHS: Final = 1
LONGER_MONTHS: Final = 3
# So long before the end of its time, an unanswered request is told to whoever administers.
ANSWER_SOON: Final = timedelta(days=7)


def mailbox(address: str) -> str:
    """What addresses of one mailbox have in common: capitals count for nothing, nor does what follows a plus sign."""
    name, _at, domain = address.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def is_private_line(address: str) -> bool:
    """Whether nobody on the way reads what a browser and this origin say: https, or this very machine."""
    found = urlsplit(address)
    return found.scheme == "https" or found.hostname in LOOPBACK


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months later, the last day of a shorter month (regulation 1182/71, article 3)."""
    count = moment.month - 1 + months
    year, month = moment.year + count // 12, count % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def order_over(signed: date | None, today: date) -> bool:
    """Whether a prefect's order of that day authorises nothing any more."""
    return signed is not None and today >= years_after(signed, ORDER_YEARS)


def regime_under(law: str) -> Regime:
    """The regime whose law a text and article are; what names neither book of the code is general law, that of closed premises."""
    plain = re.sub(r"[\s.]", "", re.sub("[\u2010-\u2014]", "-", law)).upper()
    if re.search(r"L272-2(?!\d)", plain):
        return Regime.COMMON_PARTS
    return Regime.PUBLIC_ROAD if re.search(r"[LR]25[1-5]-\d", plain) else Regime.CLOSED_PREMISES


# L272-2: a convention lasts one year at most, from a day to the eve of the same day.
CONVENTION_YEARS: Final = 1
# "Still intervening?": with no answer for so long, the image closes.
COUNTDOWN: Final = timedelta(minutes=2)
# An emergency is confirmed by whoever is on call, or is marked so; it is justified in writing within a day.
CONFIRMED_WITHIN: Final = timedelta(minutes=15)
JUSTIFIED_WITHIN: Final = timedelta(hours=24)
# What relays say of the last seconds has come by then: what was asked, granted and watched is stated.
ACCOUNTED_AFTER: Final = timedelta(minutes=1)
# A manager's alert that nobody answered for so long is news again when the button is pressed.
CALL_WAITS: Final = timedelta(minutes=30)
# Offered at a press; any other duration that the convention admits can be typed.
OFFERED_MINUTES: Final = (30, 60, 120, 240, 480, 720)
MOST_TILES: Final = 4


# A key is pressed at the last image, and the press takes its way: so long after a look's end a moment may still be marked.
MARKED_AFTER: Final = timedelta(seconds=15)


def markable(*, ended: datetime | None, over: datetime, now: datetime) -> bool:
    """Whether a moment of a look can still be marked. `ended`: as its relay says, None while it hasn't; `over`: when the right is."""
    return now <= min(ended or over, over) + MARKED_AFTER


class Standing(StrEnum):
    """How a request stands for whoever asked it."""

    GRANTING = "granting"  # an owner is asked, or the right is being signed
    OPEN = "open"
    OVER = "over"
    REFUSED = "refused"


class Alarm(StrEnum):
    """Kinds of alerts about requests."""

    CALL = "video.call"
    APPROVAL = "video.approval"
    EMERGENCY = "video.emergency"
    JUSTIFICATION = "video.justification-due"
    CUT = "video.request-cut"


def standing_of(*, state: str, reason: str, starts: datetime, ends: datetime, now: datetime) -> Standing:
    """How it stands, from the right's own state."""
    if state == "closed":
        return Standing.REFUSED if reason == "owner-refused" else Standing.OVER
    if ends <= now:
        return Standing.OVER
    return Standing.OPEN if state == "minted" and starts <= now else Standing.GRANTING


# Figures of fewer looks than this are merged with others: a building's quarter is nobody's to recognise.
LEAST_COUNTED: Final = 10
LAST_QUARTER: Final = 4


def merged(counts: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Counts that may be published, and the sum of those that are joined because each is small.

    Where a single small count would stand alone in the sum, or the sum is itself small, the smallest that could be published joins it:
    nobody finds a small one by subtraction.
    """
    shown = {name: count for name, count in counts.items() if count >= LEAST_COUNTED}
    small = {name: count for name, count in counts.items() if 0 < count < LEAST_COUNTED}
    rest = sum(small.values())
    joined = len(small)
    while joined and shown and (joined == 1 or rest < LEAST_COUNTED):
        name = min(shown, key=lambda one: (shown[one], one))
        rest += shown.pop(name)
        joined += 1
    return shown, rest


Zone = tuple[int, int, int, int]
SIDES: Final = 4
"""Of a hidden part: left, top, right and bottom, in thousandths of the picture."""


def zones_of(flat: Sequence[int]) -> list[Zone]:
    """Hidden parts as they are kept, one behind the other."""
    return [(flat[at], flat[at + 1], flat[at + 2], flat[at + 3]) for at in range(0, len(flat), SIDES)]


def mask_of(flat: Sequence[int], words: str) -> Mask | None:
    """What a relay is told to hide, and to write on the picture; None when neither is wanted."""
    zones = tuple(
        ((left, top), (right, top), (right, bottom), (left, bottom)) for left, top, right, bottom in zones_of(flat)
    )
    return Mask(zones, words[:TEXT_LENGTH]) if zones or words else None


def together(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """How long at least one of these lasted: several cameras watched at once are watched once."""
    total, until = timedelta(), None
    for begins, ends in sorted(spans):
        since = begins if until is None else max(begins, until)
        total += max(ends - since, timedelta())
        until = ends if until is None else max(ends, until)
    return total


def quarter_of(day: date) -> tuple[int, int]:
    """The year and the quarter (1 to 4) of a day."""
    return day.year, (day.month - 1) // 3 + 1


def first_whole(day: date) -> tuple[int, int]:
    """The first quarter that has none of its days before that one."""
    year, number = quarter_of(day)
    if (day.month - 1) % 3 == 0 and day.day == 1:
        return year, number
    return (year, number + 1) if number < LAST_QUARTER else (year + 1, 1)
