"""How the keeping of the database's log stands, from what was last noted in the home: needs no database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.archive import noted_logs
from beffroi.adapters.archive.noted_logs import NotedLog
from beffroi.adapters.postgres import archiving
from beffroi.persistence.checkup import Finding, State, said

CODE: Final = "backup.log"
MORE: Final = "backup.md#to-a-moment"
# A share that is started again, a worker too.
PATIENCE: Final = timedelta(minutes=15)
# The base of each week, and two nights in which it could not be made.
BASE_EVERY: Final = timedelta(days=9)
FIRST_BASE: Final = timedelta(hours=36)


def look(home: Path, now: datetime) -> Iterator[Finding]:
    """Up to when one can go back, and what stands in the way; nothing where the log is not kept."""
    asked = _asked(home)
    if asked is None:
        return
    known = noted_logs.read(home)
    values = {"waiting_bytes": float(known.waiting_bytes)}
    stuck = _moment(known.failed_at) or _moment(known.oldest_at)
    if stuck is not None and now - stuck > PATIENCE:
        yield _stuck(known, stuck, values)
    elif known.base_at:
        seen = said(_("The database’s log is kept, up to %(at)s."), at=localtime(_at(known.kept_at or known.base_at)))
        yield Finding(CODE, State.WELL, seen, more=MORE, values=values)
    yield from _base(known, asked, now)


def _stuck(known: NotedLog, since: datetime, values: dict[str, float]) -> Finding:
    if known.failed_at:
        seen = said(
            _("The database’s log can’t be put away since %(at)s: %(reason)s"), at=localtime(since), reason=known.reason
        )
    else:
        seen = said(_("Nobody takes the database’s log away since %(at)s."), at=localtime(since))
    return Finding(
        CODE,
        State.WARNING,
        seen,
        _(
            "Mend the folder of BEFFROI_WAL_ARCHIVE: until then a lost disk costs all acts since. What waits is destroyed "
            "before it fills this disk."
        ),
        MORE,
        values=values,
    )


def _base(known: NotedLog, asked: datetime, now: datetime) -> Iterator[Finding]:
    todo = _("Type “beffroi backup --base”; the nightly backup tries too.")
    made, broken = _moment(known.base_at), _moment(known.broken_at)
    if broken is not None and known.broken_at >= known.base_at:
        seen = said(
            _("A piece of the database’s log was lost on %(at)s: one can’t go back to what is later."),
            at=localtime(broken),
        )
        yield Finding(f"{CODE}-broken", State.WARNING, seen, todo, MORE)
    elif made is None and now - asked > FIRST_BASE:
        yield Finding(f"{CODE}-base", State.WARNING, _("The database’s log is kept, and has no base."), todo, MORE)
    elif made is not None and now - made > BASE_EVERY:
        seen = said(_("The newest base of the database’s log is of %(at)s."), at=localtime(made))
        yield Finding(f"{CODE}-base", State.WARNING, seen, todo, MORE)


def _asked(home: Path) -> datetime | None:
    """Since when the server hands it over; None when it doesn't."""
    try:
        return _at((home / "postgres" / archiving.NOTED).stat().st_mtime)
    except OSError:
        return None


def _moment(seconds: int) -> datetime | None:
    return _at(seconds) if seconds else None


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
