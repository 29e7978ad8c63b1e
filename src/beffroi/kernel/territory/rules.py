"""Who may be given what in which organisation, how long an invitation lasts and what its code looks like; pure functions."""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from beffroi.lib.viewer import Role

INVITATION_LIFE: Final = timedelta(days=7)
CODE_TRIES: Final = 5
# A role that ends within so many days is listed, so that nobody is shut out by surprise.
SOON: Final = timedelta(days=30)
# No letter that can be taken for another, nor for a figure, when it is read aloud or copied by hand.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
HALF: Final = 6
# A letter is tried again after so long, then given up.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
LEASE: Final = timedelta(minutes=3)


class Sort(StrEnum):
    """What an organisation is to the authority: itself, a service of its, or a partner."""

    AUTHORITY = "authority"
    SERVICE = "service"
    PARTNER = "partner"


ROLES: Final = {
    Sort.AUTHORITY: (Role.ADMINISTRATOR, Role.AGENT, Role.OFFICIAL, Role.OPERATOR, Role.MEMBER),
    Sort.SERVICE: (Role.ADMINISTRATOR, Role.OPERATOR, Role.MEMBER),
    Sort.PARTNER: (Role.ADMINISTRATOR, Role.DISPATCHER, Role.TECHNICIAN, Role.MEMBER),
}
# Who sees what is others'; technicians and members see their own.
SEES_OTHERS: Final = frozenset({Role.ADMINISTRATOR, Role.AGENT, Role.OFFICIAL, Role.OPERATOR, Role.DISPATCHER})
# What the authority that registered a partner opens there; the partner's own people are the partner's to manage.
DESK: Final = (Role.ADMINISTRATOR, Role.DISPATCHER)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The end of a day by the authority's clock: a role lasts up to it, and not at it."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def read_day(text: str) -> date | None:
    """A day as people write it in France or as spreadsheets do: 31/12/2027, 31.12.27, 2027-12-31. None when it is none."""
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
    return None


def last_day(until: datetime, zone: ZoneInfo) -> date:
    """The last day, in part at least, of what lasts until then."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def days_left(until: datetime, now: datetime, zone: ZoneInfo) -> int:
    """How many days from today to the last one; 0 on it."""
    return (last_day(until, zone) - now.astimezone(zone).date()).days


def new_locator(choose: Callable[[str], str] = secrets.choice) -> str:
    """The half of a code that finds the invitation: 887 million of them, so that nobody meets one by guessing."""
    return "".join(choose(ALPHABET) for _position in range(HALF))


def secret_half(secret: bytes, invitation: UUID, round_: int) -> str:
    """The half of a code that proves: derived, so that it is stored nowhere; another round gives another."""
    key = hashlib.sha256(b"beffroi invitation\0" + secret).digest()
    number = int.from_bytes(hmac.new(key, invitation.bytes + round_.to_bytes(2, "big"), hashlib.sha256).digest(), "big")
    letters = []
    for _position in range(HALF):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def written_code(locator: str, secret: str) -> str:
    """Three groups of four."""
    letters = locator + secret
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def read_code(text: str) -> tuple[str, str] | None:
    """The halves of what somebody typed, however they spaced it; None when it can't be a code."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    if len(letters) != 2 * HALF or set(letters) - set(ALPHABET):
        return None
    return letters[:HALF], letters[HALF:]
