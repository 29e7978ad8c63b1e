"""When too many leave at once, when the directory is read; pure functions."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from beffroi.lib.viewer import Role

LDAP: Final = "ldap"
OIDC: Final = "oidc"
EVERY: Final = timedelta(minutes=15)
# A directory that wasn't read for so long is said to be away.
LATE: Final = timedelta(hours=1)
MOST_LEAVING: Final = 10
FEW: Final = 3
SHARE: Final = 5  # one in so many
# Given by hand alone: it ends with a mandate.
BY_HAND: Final = frozenset({Role.OFFICIAL})
LONGEST_GROUP: Final = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody as a source says they are now. `groups` are those that rules may name; `email` is verified by the source; `vouched`: by the
    town itself, so that it may tie an account that nobody logs in to yet.
    """

    source: str
    subject: str
    email: str
    name: str
    groups: frozenset[str]
    active: bool = True
    vouched: bool = True


def folded_name(typed: str) -> str:
    """A name as a directory compares it: case and spaces say nothing (RFC 4518)."""
    return " ".join(unicodedata.normalize("NFKC", typed).casefold().split())


def brakes(leaving: int, of: int) -> bool:
    """Whether so many people of those who hold roles so are too many to leave at once."""
    return leaving > MOST_LEAVING or (leaving >= FEW and leaving * SHARE > of)


def digest_of(memberships: Iterable[UUID]) -> str:
    """Names a set of roles: who says yes says it to exactly these."""
    return hashlib.sha256(b"".join(sorted(each.bytes for each in memberships))).hexdigest()


def next_reading(after: datetime) -> datetime:
    """The next quarter of an hour."""
    hour = after.replace(minute=0, second=0, microsecond=0)
    return hour + (int((after - hour) / EVERY) + 1) * EVERY
