"""What the directory says of somebody."""

import logging
from collections.abc import Iterable
from datetime import datetime

from beffroi.adapters.directory import asking
from beffroi.adapters.directory.entries import Entry
from beffroi.adapters.directory.errors import DirectoryError
from beffroi.kernel.directory.queries.places import owner, place
from beffroi.kernel.directory.queries.words import DOWN
from beffroi.kernel.directory.rules import LDAP, Seen
from beffroi.persistence.proving import Denied

log = logging.getLogger(__name__)


def seen_of(entry: Entry, groups: Iterable[str]) -> Seen:
    """An entry of LDAP, as rules are held against it."""
    return Seen(LDAP, entry.subject, entry.email, entry.name, frozenset(groups), entry.active)


def asked_about(login: str, password: str, now: datetime) -> Seen | Denied | None:
    """Whose entry this is, when that is their password; None when it isn't, Denied when the directory can't say."""
    where, authority = place(), owner()
    if where is None or authority is None:
        return None
    try:
        entry = asking.prove(where, typed=login, password=password, now=now)
        return seen_of(entry, asking.groups_of(where, entry)) if entry is not None else None
    except DirectoryError as fault:
        log.warning("the directory could not be asked: %s", fault)
        return Denied("directory-down", DOWN)
