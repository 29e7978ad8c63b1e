"""Every quarter of an hour the directory is read; and whether it answers at all is looked at."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from beffroi.adapters.directory import asking
from beffroi.adapters.directory.errors import DirectoryError
from beffroi.kernel.deadlines.registry import Fired
from beffroi.kernel.directory.actions.reading import read
from beffroi.kernel.directory.actions.tries import forget_tries
from beffroi.kernel.directory.queries.following import reading_of
from beffroi.kernel.directory.queries.places import owner, place
from beffroi.kernel.directory.queries.words import FAULTS
from beffroi.kernel.directory.rules import LATE
from beffroi.persistence.checkup import Check, Finding, State, register_check, said

MORE = "directory.md"
ASKED, FOLLOWED = "directory", "directory-reading"


def on_reading(fired: Fired) -> None:
    """Every quarter of an hour."""
    where = place()
    if where is not None:
        forget_tries(window=where.window, now=fired.fired_at)
    read(fired.authority, fired.fired_at)


def look(_now: datetime) -> list[Finding]:
    """Whether the directory answers, and takes our own account."""
    where = place()
    if where is None:
        return []
    try:
        asking.greet(where)
    except DirectoryError as fault:
        seen, todo = FAULTS.get(fault.code, FAULTS[DirectoryError.code])
        return [Finding(ASKED, State.WARNING, seen, todo, MORE)]
    return [Finding(ASKED, State.WELL, _("It answers."), more=MORE)]


def look_at_reading(now: datetime) -> list[Finding]:
    """Whether it is followed: read lately, nobody waiting for a yes, no group gone."""
    where, authority = place(), owner()
    if where is None:
        return []
    if authority is None:
        seen = _("Nobody’s groups have roles: there are several authorities, and none is named.")
        todo = _("Set BEFFROI_DIRECTORY_AUTHORITY to the short name of the authority whose directory it is.")
        return [Finding(f"{FOLLOWED}.whose", State.WARNING, seen, todo, MORE)]
    row = reading_of(authority)
    if row is None:
        return []
    found = []
    if row.read_at is None or now - row.read_at > LATE:
        late = _("It hasn’t been read for more than an hour: nobody’s roles begin or end by it.")
        todo = _("See that the directory answers, and that the worker runs.")
        found.append(Finding(f"{FOLLOWED}.late", State.WARNING, late, todo, MORE, authority=authority))
    if row.digest:
        held = said(
            _("Of those who hold roles by it (%(holding)s), too many would lose them at once (%(leaving)s)."),
            leaving=row.leaving,
            holding=row.holding,
        )
        todo = _("An administrator says whether that is right on the page “Directory”.")
        found.append(Finding(f"{FOLLOWED}.held", State.WARNING, held, todo, MORE, authority=authority))
    if row.missing:
        gone = said(_("Rules whose group the directory hasn’t got: %(missing)s."), missing=row.missing)
        todo = _("End these rules on the page “Directory”, or have the group back.")
        found.append(Finding(f"{FOLLOWED}.missing", State.WARNING, gone, todo, MORE, authority=authority))
    return found or [Finding(FOLLOWED, State.WELL, _("It is read every quarter of an hour."), more=MORE)]


def register_checks() -> None:
    """Called once, when the application is ready."""
    register_check(Check(ASKED, _("Directory"), look, order=40, good_for=60))
    followed = _("Who comes and goes by the directory")
    register_check(Check(FOLLOWED, followed, look_at_reading, order=41, needs_database=True))
