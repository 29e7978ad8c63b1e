"""Rules of rights: pure functions of plain values."""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from beffroi.lib.viewer import Role

Given = TypeVar("Given")

LIST_EVERY = timedelta(hours=6)
LIST_PROMISED = timedelta(hours=12)
# However young a list a convention wants, one is signed a minute at most.
LIST_SOONEST = timedelta(minutes=1)
# A gate's clock may be a little behind: what was withdrawn stays listed so long after it would have ended by itself.
LISTED_BEYOND = timedelta(minutes=5)
KEY_LISTED_FOR = timedelta(days=30)
CODE_LIFE = timedelta(hours=48)
CODE_TRIES = 5
WORK_ORDER_MOST = timedelta(hours=24)
REQUEST_MOST = timedelta(hours=12)
# So many things have room in one capability, which is 4,096 characters long.
THINGS_MOST = 50
# A right may be asked for with a browser's key for so long; the key lives until the last right that was given to it ends: one that was
# asked for at the last moment, waited as long as it may last, and lasted as long again.
BROWSER_KEY_LIFE = timedelta(hours=12)
BROWSER_KEY_MOST = BROWSER_KEY_LIFE + 2 * REQUEST_MOST
BROWSERS = 6
# The renewal of a convention that the law bounds is due so long before its end: two months.
RENEWAL_BEFORE = timedelta(days=61)
# That somebody's approval ends is said so long before it does.
APPROVAL_SOON = timedelta(days=30)
# A grant usable at once begins a minute early: a gate has no leeway in time.
EARLY = timedelta(minutes=1)


class Kind(StrEnum):
    """Kinds of rights that systems ask by. One appears the day a system asks for it."""

    WORK_ORDER = "work-order"
    REQUEST = "request"
    EMERGENCY = "emergency"


# Those that last half a day at most, and that somebody designated asks for.
BRIEF = frozenset({Kind.REQUEST, Kind.EMERGENCY})
# The role in which a right of that kind is used, in the organisation that asks.
HELD_AS: Mapping[Kind, frozenset[Role]] = {
    Kind.WORK_ORDER: frozenset({Role.TECHNICIAN}),
    Kind.REQUEST: frozenset({Role.OPERATOR, Role.DISPATCHER}),
    Kind.EMERGENCY: frozenset({Role.OPERATOR, Role.DISPATCHER}),
}


class Capacity(StrEnum):
    """What an organisation is to a convention that binds it."""

    ASKS = "asks"
    OWNS = "owns"
    SIGNS = "signs"
    RECEIVES = "receives"


class Approval(StrEnum):
    """Whether what a convention admits is given at once, or when the owner says so."""

    AUTOMATIC = "automatic"
    OWNER = "owner"


class Carrier(StrEnum):
    """What holds a holder's key."""

    PHONE = "phone"
    BROWSER = "browser"


class Declined(StrEnum):
    """Why an owner says no: a closed list."""

    NOT_JUSTIFIED = "not-justified"
    OTHER_MEANS = "other-means"
    WRONG_PLACE = "wrong-place"
    OTHER = "other"


class RefusalCode(StrEnum):
    """Why a right is not given: stable, and what the register keeps."""

    SYSTEM_OFF = "system-off"
    CONVENTION_NOT_IN_FORCE = "convention-not-in-force"
    NOT_A_PARTY = "not-a-party"
    RESOURCE_OUTSIDE = "resource-outside-convention"
    TOO_MANY = "too-many-things"
    PURPOSE_NOT_ADMITTED = "purpose-not-admitted"
    WINDOW_PAST = "window-past"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    NOT_A_MEMBER = "holder-not-a-member"
    ALREADY_ORDERED = "already-ordered"
    NOT_ON_DUTY = "holder-not-in-the-service"
    NOT_DESIGNATED = "not-designated"
    APPROVAL_EXPIRED = "approval-expired"
    PURPOSE_NOT_HERE = "purpose-not-for-this-place"
    RECEIVING_OUTSIDE = "receiving-not-a-party"
    ANOTHER_LAW = "under-another-law"
    ORDER_OVER = "order-over"
    OUT_OF_SERVICE = "out-of-service"
    NO_KEY = "no-key"
    OWNER_REFUSED = "owner-refused"
    ANSWERED = "already-answered"


class EnrolmentRefusal(StrEnum):
    """Why a phone or a browser did not become somebody's: stable, and what the register keeps."""

    NEEDS_CODE = "needs-code"
    NO_CODE = "no-code"
    WRONG_CODE = "wrong-code"
    TOO_MANY_TRIES = "too-many-tries"
    KEY_KNOWN = "key-known"
    NEEDS_SECOND_FACTOR = "needs-second-factor"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A right that was not given; `detail` (a duration, a time) completes the words that `queries.explain` has for the code."""

    code: RefusalCode
    detail: str = ""


class Wanting(StrEnum):
    """What a convention that three sign is not signed without."""

    OWNER = "owner"
    AUTHORITY = "authority"
    PREFECTURE = "prefecture"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A convention that was not signed; `queries.refusals.explain_unsigned` has the words for what is wanting."""

    wanting: frozenset[Wanting]


def surely(answer: Given | Unsigned) -> Given:
    """For whoever wrote the parties themselves, and knows that all signed. Raises TypeError."""
    if isinstance(answer, Unsigned):
        raise TypeError(f"not signed: {', '.join(sorted(answer.wanting))}")
    return answer


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that a convention binds, in a capacity, and when it signed."""

    organisation: UUID
    capacity: Capacity
    signed_on: date | None = None


SIGNATORIES = frozenset({Capacity.OWNS, Capacity.SIGNS})


def wanting(parties: Iterable[Party], *, authority: UUID, prefectures: Collection[UUID]) -> frozenset[Wanting]:
    """What a convention is without that the owner, the authority (its organisation) and a prefecture sign, each on a day."""
    signing = [party for party in parties if party.capacity in SIGNATORIES]
    there = {party.organisation for party in signing}
    holds = {
        Wanting.OWNER: any(party.capacity is Capacity.OWNS for party in signing),
        Wanting.AUTHORITY: authority in there,
        Wanting.PREFECTURE: not there.isdisjoint(prefectures),
        Wanting.DAY: all(party.signed_on is not None for party in signing),
    }
    return frozenset(what for what, held in holds.items() if not held)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a convention admits for a purpose and a kind."""

    least: timedelta
    most: timedelta


def check_window(*, starts: datetime, ends: datetime, bounds: Bounds, now: datetime) -> Refusal | None:
    """Whether the window may be asked for: not over, not shorter or longer than the convention's bounds."""
    if ends <= now:
        return Refusal(RefusalCode.WINDOW_PAST)
    if ends - starts < bounds.least:
        return Refusal(RefusalCode.TOO_SHORT, spell(bounds.least))
    if ends - starts > bounds.most:
        return Refusal(RefusalCode.TOO_LONG, spell(bounds.most))
    return None


def list_every(ages: Iterable[timedelta]) -> timedelta:
    """How often an authority's list is signed while rights live whose conventions want it no older than that: three times within the
    youngest, so that one which a gate misses is not yet its last.
    """
    return max(LIST_SOONEST, min((LIST_EVERY, *(age // 3 for age in ages))))


def spell(duration: timedelta) -> str:
    """A duration in hours and minutes, the same in French and English."""
    minutes = int(duration.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if hours and rest else f"{hours} h" if hours else f"{rest} min"


# No letter or figure that a person reads as another, aloud or on a slip of paper.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """An enrolment code, about 49 bits: two groups of five."""
    letters = "".join(choose(CODE_ALPHABET) for _position in range(CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def read_code(text: str) -> str:
    """What a person typed, as the code was made: upper case, one hyphen."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    return f"{letters[:5]}-{letters[5:]}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A right that was signed for a holder's key (its thumbprint), then closed before its end."""

    grant: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a revocation list says; `omitted` is how many rights and keys should be on it and have no room."""

    grants: frozenset[UUID]
    keys: frozenset[str]
    omitted: int = 0


def listing(ended: Sequence[Ended], revoked: Sequence[str], living: frozenset[str], most: int) -> Listing:
    """What gates must refuse, when a list holds so many rights and so many keys at most.

    When there are more rights than that, the keys of their holders take their place: a key that is listed shuts every right it
    holds, one line for many. Those that hold no other (`living`) right go first; an honest holder whose other right dies with it is
    refused until the list has room again, which is what to fail closed means.
    """
    keys = set(revoked[:most])
    unlisted = Counter(each.key for each in ended if each.key not in keys)
    if len(ended) > most:
        for key, _count in sorted(unlisted.items(), key=lambda item: (item[0] in living, -item[1], item[0])):
            if unlisted.total() <= most or len(keys) >= most:
                break
            keys.add(key)
            del unlisted[key]
        ended = [each for each in ended if each.key not in keys]
    omitted = max(0, len(ended) - most) + max(0, len(revoked) - most)
    return Listing(frozenset(each.grant for each in ended[:most]), frozenset(keys), omitted)


@dataclass(frozen=True, slots=True)
class UseMade:
    """One use under a convention: when, of what, by which organisation, what came of it in words, and the page of the thing."""

    at: datetime
    called: str
    organisation: str
    words: str
    admitted: bool
    address: str


@dataclass(frozen=True, slots=True)
class Uses:
    """What was done under a convention, as far as the viewer may see it: how often, and the latest."""

    admitted: int
    refused: int
    latest: tuple[UseMade, ...]
