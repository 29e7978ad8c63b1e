"""What the directory says of somebody."""

from collections.abc import Iterable

from beffroi.adapters.directory.entries import Entry
from beffroi.kernel.directory.rules import LDAP, Seen


def seen_of(entry: Entry, groups: Iterable[str]) -> Seen:
    """An entry of LDAP, as rules are held against it."""
    return Seen(LDAP, entry.subject, entry.email, entry.name, frozenset(groups), entry.active)
