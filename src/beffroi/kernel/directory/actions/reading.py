"""The directory is asked, then what it says is done: no transaction is open while it is asked."""

import logging
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.adapters.directory import asking
from beffroi.adapters.directory.errors import DirectoryError
from beffroi.kernel.directory.actions.following import Followed, Refusal, arrive, follow, note_fault
from beffroi.kernel.directory.actions.proving import asked_about
from beffroi.kernel.directory.queries.asked import seen_of
from beffroi.kernel.directory.queries.following import reading_of, rules_of
from beffroi.kernel.directory.queries.places import owner, place
from beffroi.kernel.directory.rules import LDAP
from beffroi.persistence.proving import Denied

log = logging.getLogger(__name__)

REFUSED = {
    Refusal.NO_ROLE: _("Your password is right, and no group of yours has a role here yet. Ask an administrator."),
    Refusal.NO_ADDRESS: _(
        "Your account of the directory has no e-mail address: ask whoever keeps the directory to write it there."
    ),
    Refusal.APART: _(
        "An account of this address is there already, with a way in of its own or a role elsewhere. Log in as you do there, then tie "
        "your account of the directory on the page of your account."
    ),
    Refusal.CLOSED: _("This account is closed. An administrator of your organisation can open it again."),
}


def let_in(email: str, password: str, now: datetime) -> UUID | Denied | None:
    """Whoever logs in with this address and this password of the directory, or why not; None when it isn't so."""
    authority, seen = owner(), asked_about(email, password, now)
    if isinstance(seen, Denied):
        return seen  # whoever asks: another answer to some would tell who has a password of their own
    if seen is None or authority is None:
        return None
    found = arrive(authority=authority, seen=seen, now=now)
    return Denied(found.value, REFUSED[found]) if isinstance(found, Refusal) else found.pk


def read(authority: UUID, now: datetime) -> Followed | None:
    """Read the directory for its authority, and follow it; None where it is another's, or it doesn't answer (which is noted)."""
    where = place()
    if where is None or owner() != authority:
        return None
    groups = sorted({rule.group for rule in rules_of(authority, LDAP)})
    if not groups and reading_of(authority) is None:
        return None
    try:
        found = asking.people_in(where, groups, now)
    except DirectoryError as fault:
        log.warning("the directory could not be read: %s", fault)
        note_fault(authority=authority, fault=fault.code, now=now)
        return None
    seen = [seen_of(entry, held) for entry, held in found.people]
    return follow(authority=authority, source=LDAP, found=seen, missing=found.missing, now=now)
