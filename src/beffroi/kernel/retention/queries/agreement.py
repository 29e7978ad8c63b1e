"""What the reconciler compares: the register's values, what is past its time, names that were erased, entries, the disk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.accounts.queries import people_not_forgotten
from beffroi.kernel.alerts.registry import Facts, Words
from beffroi.kernel.register.queries.acts import entries_there
from beffroi.kernel.register.queries.agreement import compare_values, strays
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.retention.models import Destruction, SlipItem
from beffroi.kernel.retention.queries.schedule import all_authorities, due, rule_named, rules_of
from beffroi.persistence.keeping import KEPT, STRAYS, Fate
from beffroi.protocol.register.entry import INSTALLATION

# A night may be missed while the installation is stopped; two may not.
GRACE = timedelta(days=2)
UNEXPLAINED = "values-unexplained"
RETURNED = "values-returned"
OVERDUE = "overdue"
NAMES = "names-left"
ENTRIES = "entry-missing"
ARCHIVES = "archive-still-there"
LOGS = "log-without-row"
KEYS = "keys-without-row"
DISK = "disk-without-row"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that disagrees: what, of what (a rule, a log, a folder; never a name), how many."""

    code: str
    subject: str
    count: int


def findings(authority: UUID, now: datetime) -> list[Finding]:
    """All that disagrees in one authority, and in what belongs to the installation."""
    return [
        *_values(authority),
        *_overdue(authority, now),
        *_names(),
        *_destructions(authority),
        *_archives(authority),
        *_disk(),
    ]


def _values(authority: UUID) -> Iterator[Finding]:
    for log in (str(authority), INSTALLATION):
        missing = compare_values(log, shelf())
        if missing.unexplained:
            yield Finding(UNEXPLAINED, log, missing.unexplained)
        if missing.returned:
            yield Finding(RETURNED, log, missing.returned)


def _overdue(authority: UUID, now: datetime) -> Iterator[Finding]:
    for kept in (*rules_of(installation=False), *rules_of(installation=True)):
        if kept.fate is Fate.ERASED:
            late = due(kept, None if kept.installation else authority, now - GRACE).count()
            if late:
                yield Finding(OVERDUE, kept.code, late)


def _names() -> Iterator[Finding]:
    left = people_not_forgotten()
    if left:
        yield Finding(NAMES, "people", left)


def _destructions(authority: UUID) -> Iterator[Finding]:
    """Each destruction has its entry, and each entry its row."""
    for owner, log in ((authority, str(authority)), (None, INSTALLATION)):
        told = set(Destruction.objects.filter(authority=owner).values_list("entry", flat=True))
        recorded = entries_there(log=log, kind="retention.destroyed")
        if told != recorded:
            yield Finding(ENTRIES, log, len(told ^ recorded))


def _archives(authority: UUID) -> Iterator[Finding]:
    """What a slip says was destroyed is not there."""
    gone = SlipItem.objects.filter(authority_id=authority, destroyed=True)
    for rule in sorted(set(gone.values_list("rule", flat=True)) & set(KEPT)):
        keys = list(gone.filter(rule=rule).values_list("key", flat=True))
        back = rule_named(rule).things(authority).filter(pk__in=keys).count()
        if back:
            yield Finding(ARCHIVES, rule, back)


def _disk() -> Iterator[Finding]:
    place = shelf()
    for folder in strays(place):
        yield Finding(LOGS, folder, 1)
    known = {INSTALLATION, "web", *(str(each) for each in all_authorities())}
    for owner in _uuid_folders(place.key_folder):
        if owner not in known:
            yield Finding(KEYS, owner, 1)
    for code in sorted(STRAYS):
        for stray in sorted(STRAYS[code]()):
            yield Finding(DISK, f"{code} {stray}", 1)


def _uuid_folders(folder: Path) -> Iterator[str]:
    """Sub-folders that bear the name of an authority, live or not."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            yield str(UUID(path.name))
        except ValueError:
            continue


def finding_words(code: str) -> str:
    """What disagrees, for people; a code that has no words here is given as it is."""
    words = {
        UNEXPLAINED: _("Values are missing from the register, and no entry says that they were erased or lost"),
        RETURNED: _("Values that were erased are in the register again"),
        OVERDUE: _("Things are past their time and still there"),
        NAMES: _("People whose name was erased still have a name, an address or a way in"),
        ENTRIES: _("Destructions and their entries in the register don’t agree"),
        ARCHIVES: _("Archives that a slip says were destroyed are there"),
        LOGS: _("A published log and the database don’t know each other"),
        DISK: _("Something lies on the disk that no row knows"),
        KEYS: _("Keys lie on the disk for an authority that doesn’t exist"),
    }
    return words.get(code, code)


def mismatch_words(facts: Facts, _language: str) -> Words:
    """The alert to the administrators."""
    count = int(facts.values.get("differences", 0))
    if facts.ended:
        return Words(_("Retention: all agrees again"), _("Disk, tables and register say the same."))
    body = ngettext(
        "Disk, tables and register disagree on %(count)s point. The page of the checks says which.",
        "Disk, tables and register disagree on %(count)s points. The page of the checks says which.",
        count,
    )
    return Words(_("Retention: something disagrees"), body % {"count": localize(count)})
