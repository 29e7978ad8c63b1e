"""Key sets from the command line: a root signs the next, and keys take turns."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.cli.errors import CommandError

if TYPE_CHECKING:
    from uuid import UUID

    from beffroi.adapters.keystore import KeyStore

OVERLAP_DAYS, LONGEST_OVERLAP_DAYS = 14, 90
IN_FORCE = """\
Key set {number} is in force here. Devices in service that haven't said yet that they hold it: {unaware} (`beffroi keys show` names them).
Those on their line take it within seconds; one that is away when it comes back, or from the first phone that brings it.
"""
DROPPED = """\
Keys dropped: {count}. What they signed opens nothing at a gate that holds set {number}, and still does, until then, at one that doesn't.
Rights signed with them are signed again by themselves; each phone takes the new ones when it is next online.
"""


class KeysError(CommandError):
    """Something about keys that the person who typed must mend."""


def next_set(
    store: "KeyStore",
    authority: "UUID",
    root: Path,
    now: datetime,
    *,
    drop: frozenset[str] = frozenset(),
    announced: datetime | None = None,
) -> int:
    """Have the root sign the next key set, and put it in force; `announced`: when the keys begin that come next. Returns its number."""
    from beffroi.adapters.keystore import KeyStoreError  # noqa: PLC0415 - Django is ready only now
    from beffroi.cli.roots import read_root  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.errors import GrantError  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.queries import roots  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import octet_key  # noqa: PLC0415 - as above

    private = read_root(root)
    if octet_key(private).thumbprint not in {known.thumbprint for known in roots(authority)}:
        raise KeysError("this is not one of the authority's two roots: nothing was changed")
    try:
        token = prepare_keyset(store, authority=authority, root=private, now=now, drop=drop, announced=announced)
        return take_keyset(authority=authority, token=token, by=None, now=now)
    except (KeyStoreError, GrantError) as error:
        raise KeysError(str(error)) from error


def say_in_force(authority: "UUID", number: int) -> None:
    from beffroi.kernel.devices.queries.trust import devices_unaware  # noqa: PLC0415 - Django is ready only now

    sys.stdout.write(IN_FORCE.format(number=number, unaware=len(devices_unaware(authority=authority, keyset=number))))


def rotate(store: "KeyStore", authority: "UUID", root: Path, now: datetime, *, days: int, all_the_same: bool) -> None:
    """The first time the next keys are announced; once they began and every gate knows them, the oldest go. Raises KeysError."""
    from beffroi.kernel.devices.queries.trust import devices_unaware  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.grants.queries import read_keyset  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.queries.turns import turn_of  # noqa: PLC0415 - as above

    if not 0 < days <= LONGEST_OVERLAP_DAYS:
        raise KeysError(f"--in takes 1 to {LONGEST_OVERLAP_DAYS} days")
    keyset = read_keyset(authority)
    if keyset is None:
        raise KeysError("no key set is in force: `beffroi init` makes the first")
    turn = turn_of(keyset, now)
    if not turn.oldest:
        start = now + timedelta(days=days)
        number = next_set(store, authority, root, now, announced=start)
        say_in_force(authority, number)
        sys.stdout.write(
            f"The next keys sign from {start:%Y-%m-%d} on. Run this again after that day: it drops the oldest.\n"
        )
        return
    if turn.begins is not None:
        raise KeysError(
            f"the next keys are announced and sign from {turn.begins:%Y-%m-%d} on: run this again after that day"
        )
    unaware = devices_unaware(authority=authority, keyset=keyset.number)
    if unaware and not all_the_same:
        names = "".join(f"\n  {name}" for name in unaware)
        raise KeysError(
            f"{len(unaware)} of the devices in service haven't said that they hold key set {keyset.number}:{names}\n"
            "Have a phone go there, take those that are gone out of service, or add --all-the-same: what they hold still lets them "
            "take the next set, from their line or from a phone"
        )
    number = next_set(store, authority, root, now, drop=turn.oldest)
    say_in_force(authority, number)
    sys.stdout.write(DROPPED.format(count=len(turn.oldest), number=number))
