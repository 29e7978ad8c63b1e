"""Whether a password is the directory's for somebody: tries are counted first, and no transaction is open while it is asked."""

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

from beffroi.adapters.directory import Place, asking
from beffroi.adapters.directory.entries import Entry
from beffroi.adapters.directory.errors import DirectoryError
from beffroi.kernel.directory.actions.tries import give_back, take_try
from beffroi.kernel.directory.models import Try
from beffroi.kernel.directory.queries.asked import seen_of
from beffroi.kernel.directory.queries.following import subject_of
from beffroi.kernel.directory.queries.places import owner, place
from beffroi.kernel.directory.queries.words import DOWN, TOO_MANY
from beffroi.kernel.directory.rules import LDAP, Seen, folded_name
from beffroi.persistence.proving import Denied

log = logging.getLogger(__name__)

UNKNOWN: Final = "nobody"


def asked_about(login: str, password: str, now: datetime) -> Seen | Denied | None:
    """Whose entry this is, when that is their password; None when it isn't, Denied when the directory can't say, or was asked enough.

    An entry has several names, and is counted as one. That a name was tried too often is said, whoever's it is; that an entry was, by
    another of its names, is answered as a wrong password: else it would tell whose the name is.
    """
    where, authority = place(), owner()
    if where is None or authority is None:
        return None
    named = _take(where, "name", folded_name(login), now)
    if named is None:
        return Denied("too-many", TOO_MANY)
    try:
        entry = asking.called(where, typed=login, now=now)
    except DirectoryError as fault:
        give_back(tries=[named])  # no password was sent
        return _down(fault)
    return _proven(where, entry, named, password, now)


def confirmed(person: UUID, password: str, now: datetime) -> bool | Denied | None:
    """Whether somebody tied to an entry of the directory gives its password; None where nobody can say, for they are tied to none."""
    where, subject = place(), subject_of(person, LDAP)
    if where is None or subject is None:
        return None
    named = _take(where, "person", str(person), now)
    if named is None:
        return Denied("too-many", TOO_MANY)
    try:
        entry = asking.somebody(where, subject=subject, now=now)
    except DirectoryError as fault:
        give_back(tries=[named])
        return _down(fault)
    found = _proven(where, entry if entry is not None and entry.active else None, named, password, now)
    return found if isinstance(found, Denied) else found is not None


def _proven(where: Place, entry: Entry | None, named: Try, password: str, now: datetime) -> Seen | Denied | None:
    """Nobody's password is asked about as somebody's is: the same steps, the same answer."""
    counted = _take(where, "entry", entry.subject if entry is not None else f"{UNKNOWN} {named.key}", now)
    try:
        if not asking.is_theirs(where, entry if counted is not None else None, password):
            return None
        if entry is None or counted is None:
            return None
        seen = seen_of(entry, asking.groups_of(where, entry))
    except DirectoryError as fault:
        give_back(tries=[named])  # what became of the password isn't known: the entry's stays counted
        return _down(fault)
    give_back(tries=[named, counted])
    return seen


def _take(where: Place, kind: str, what: str, now: datetime) -> Try | None:
    key = salted_hmac(
        f"beffroi.directory.{kind}", what, algorithm="sha256"
    ).hexdigest()  # people type passwords as names too
    return take_try(key=key, most=where.tries, window=where.window, now=now)


def _down(fault: DirectoryError) -> Denied:
    log.warning("the directory could not be asked: %s", fault)
    return Denied("directory-down", DOWN)
