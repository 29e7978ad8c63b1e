"""Where the keys of an authority stand: which are elsewhere, which are the oldest, whether the next have begun."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.grants.queries import read_keyset
from beffroi.protocol.v1.keyset import ALIVE_OF_EACH, KeySet, SetKey, Use

# The uses whose keys take turns. What certifies devices lasts as long as they do.
TURNING: Final = tuple(use for use in Use if use is not Use.DEVICE_CERTIFICATE)


def keys_elsewhere(store: KeyStore, authority: UUID) -> tuple[SetKey, ...]:
    """The keys of the set in force whose private halves are not in this store."""
    held = read_keyset(authority)
    named = held.keys if held else ()
    return tuple(key for key in named if not store.holds(authority=str(authority), use=key.use, kid=key.kid))


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a rotation stands: the `oldest` keys, which go when it ends (none: no rotation is under way), and when the newest begin,
    None once they have.
    """

    oldest: frozenset[str]
    begins: datetime | None


def turn_of(keyset: KeySet, now: datetime) -> Turn:
    """Of the uses that take turns, those that name more than two keys which are not over: all but the two that last longest go."""
    moment, oldest, begins = int(now.timestamp()), set[str](), 0
    for use in TURNING:
        lasting = sorted((key for key in keyset.keys if key.use is use and key.end > moment), key=lambda key: key.end)
        oldest |= {key.kid for key in lasting[:-ALIVE_OF_EACH]}
        begins = max([begins, *(key.start for key in lasting)])
    return Turn(frozenset(oldest), datetime.fromtimestamp(begins, UTC) if begins > moment else None)
