"""What the worker does for retention: each night what is past its time goes; each week disk, tables and register are compared."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import InterfaceError, OperationalError, connection

from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.retention.actions.checks import check_authority
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.actions.durations import release_overdue
from beffroi.kernel.retention.queries.schedule import all_authorities
from beffroi.kernel.retention.registry import ERASURE, RECONCILIATION
from beffroi.kernel.retention.rules import WEEK, civil_day, next_night
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.keeping import KEPT, Fate

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 3600.0
AGAIN_AFTER: Final = 5.0


def subject_of(code: str) -> UUID:
    """Deadlines are about a subject: a rule's is made of its code."""
    return uuid5(NAMESPACE_URL, f"urn:beffroi:retention:{code}")


def on_erasure(fired: Fired) -> None:
    """One rule's night: a batch goes, and the next one is set: at once while there are more, else tomorrow."""
    kept = KEPT.get(str(fired.data.get("rule")))
    if kept is None or kept.fate is not Fate.ERASED:
        return  # a rule that this release knows no more
    now = fired.fired_at
    owner = None if kept.installation else fired.authority
    release_overdue(authority=owner, on=civil_day(now), by=None, now=now)
    gone = destroy_due(kept=kept, authority=owner, now=now, by=None)
    _set_erasure(fired.authority, kept.code, now, timedelta(0) if gone == kept.at_once else next_night(now) - now)


def on_reconciliation(fired: Fired) -> None:
    """The weekly look."""
    now = fired.fired_at
    check_authority(authority=fired.authority, now=now, by=None)
    _set_reconciliation(fired.authority, now)


def begin_all(now: datetime) -> None:
    """Have every rule's night and every authority's week begin; what is under way goes on. The oldest authority's clock serves
    what belongs to the installation.
    """
    authorities = list(all_authorities())
    for position, authority in enumerate(authorities):
        for kept in KEPT.values():
            if kept.fate is Fate.ERASED and (position == 0 or not kept.installation):
                _set_erasure(authority, kept.code, now, next_night(now) - now)
        _set_reconciliation(authority, now)


def run_retention(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop: see to it, each hour, that rules and authorities that are new have their deadlines. These do the rest."""
    while not stop.is_set():
        try:
            begin_all(clock())
            seconds = LOOK_EVERY
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is away: %s", type(error).__name__)
            connection.close()
            seconds = AGAIN_AFTER
        stop.wait(seconds)


def _set_erasure(authority: UUID, rule: str, since: datetime, promise: timedelta) -> None:
    subject = subject_of(rule)
    set_deadline(kind=ERASURE, authority=authority, subject=subject, since=since, promise=promise, data={"rule": rule})


def _set_reconciliation(authority: UUID, since: datetime) -> None:
    promise = next_night(since) - since + WEEK - timedelta(days=1)
    set_deadline(kind=RECONCILIATION, authority=authority, subject=authority, since=since, promise=promise)


def register_deadlines() -> None:
    """Called once, when the application is ready."""
    register_deadline(DeadlineKind(ERASURE, "Things of one rule that are past their time go.", on_erasure))
    register_deadline(
        DeadlineKind(RECONCILIATION, "Disk, tables and register are compared, each week.", on_reconciliation)
    )
