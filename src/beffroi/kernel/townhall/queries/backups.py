"""How backups stand, from what the last one noted in the home: needs no database, so that it is known on a bad day too."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.archive import noted
from beffroi.adapters.archive.noted import Noted
from beffroi.kernel.townhall.queries import kept_log
from beffroi.persistence.checkup import Finding, State, said

CODE: Final = "backup"
MORE: Final = "backup.md"
# A night that was missed and the half day in which somebody looks.
FRESH: Final = timedelta(hours=36)
TRIED_WITHIN: Final = timedelta(days=366)
FIRST_TRIAL: Final = timedelta(days=30)


def look(now: datetime) -> Iterator[Finding]:
    """When the last one was made, whether one failed since, where it lies, when one was restored on trial."""
    home = Path(settings.BEFFROI_HOME)
    known, begun = noted.read(home), _begun(home)
    if settings.BEFFROI_DEMO or begun is None:
        return
    yield _age(known, begun, now)
    if known.failed is not None:
        seen = said(_("A backup failed on %(at)s: %(reason)s"), at=localtime(known.failed), reason=known.reason)
        yield Finding(
            f"{CODE}.failed",
            State.WARNING,
            seen,
            _("Mend what it names, then type “beffroi backup”; it is tried again each hour."),
            MORE,
        )
    if known.folder and _same_disk(home, Path(known.folder)):
        yield Finding(
            f"{CODE}.same-disk",
            State.WARNING,
            _("Backups lie on the disk that they are the backup of."),
            _(
                "Set BEFFROI_BACKUP_FOLDER to another disk, or to a share of another machine. The next backup goes there: once it is "
                "set, wait for the night or type “beffroi backup”."
            ),
            MORE,
        )
    yield from kept_log.look(home, now)
    if now - (known.trial or begun) > (TRIED_WITHIN if known.trial else FIRST_TRIAL):
        yield Finding(
            f"{CODE}.trial",
            State.WARNING,
            _("No backup was restored on trial for a year.")
            if known.trial
            else _("No backup was ever restored on trial."),
            _("Bring one of the two roots and type “beffroi backup drill --root FILE”."),
            MORE,
        )


def _age(known: Noted, begun: datetime, now: datetime) -> Finding:
    made = known.made
    if made is not None and now - made <= FRESH:
        seen = said(_("The last backup is of %(at)s."), at=localtime(made))
        values = {"age_seconds": (now - made).total_seconds(), "bytes": float(known.bytes)}
        return Finding(CODE, State.WELL, seen, more=MORE, values=values)
    todo = _("Look at the worker’s log for what the nightly backup said, and type “beffroi backup”.")
    if made is not None:
        seen = said(_("The last good backup is of %(at)s."), at=localtime(made))
        return Finding(CODE, State.WARNING, seen, todo, MORE, values={"age_seconds": (now - made).total_seconds()})
    if now - begun <= FRESH:
        return Finding(CODE, State.WELL, _("The first backup is made in the night."), more=MORE)
    return Finding(CODE, State.WARNING, _("There is no backup."), todo, MORE)


def _begun(home: Path) -> datetime | None:
    """When the installation began: the web's secret is made then, and never again; None before."""
    try:
        return datetime.fromtimestamp((home / "keys" / "web" / "secret").stat().st_mtime, UTC)
    except OSError:
        return None


def _same_disk(home: Path, folder: Path) -> bool:
    """Whether both are on one disk; a folder that is away now isn't."""
    try:
        return home.stat().st_dev == folder.stat().st_dev
    except OSError:
        return False
