"""The log of our own PostgreSQL, where settings ask that it is kept: what its pieces are sealed to, by whom they are signed, when a base
is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from beffroi.adapters.archive import noted_logs
from beffroi.adapters.archive.logs import LogFolder
from beffroi.adapters.archive.noted_logs import NotedLog
from beffroi.adapters.postgres import archiving, notes
from beffroi.cli.backups.errors import BackupError
from beffroi.cli.backups.sealing import Sealing
from beffroi.config.environment import Environment
from beffroi.protocol.backup.manifest import INSTALLATION
from beffroi.protocol.backup.wal import Base, read_base

BASES: Final = 2
WEEK: Final = timedelta(days=6, hours=12)  # each seventh night


def refuse_unusable(settings: Environment) -> None:
    """Raises BackupError where the log to be kept is another server's."""
    if settings.backups.log is not None and settings.database_url:
        raise BackupError(
            "BEFFROI_WAL_ARCHIVE is for the PostgreSQL that we run: with DATABASE_URL that server keeps its own log "
            "(docs/operators/backup.md); leave one of both out"
        )


def cluster_of(home: Path) -> Path:
    """The folder of our own server: beside its notes, unless they say elsewhere."""
    known = notes.read(home / "postgres" / "cluster.json")
    return Path(known.folder) if known is not None and known.folder else home / "postgres"


def is_kept(settings: Environment) -> bool:
    """Whether the log is asked for, and the server was started so."""
    return settings.backups.log is not None and archiving.read(settings.home / "postgres") is not None


def base_url(home: Path) -> str:
    """The address by which the whole cluster is copied; raises BackupError where it may not be."""
    known, kept = notes.read(home / "postgres" / "cluster.json"), archiving.read(home / "postgres")
    if known is None or kept is None:
        raise BackupError(
            "a base is of our own PostgreSQL, and with a log that is kept: set BEFFROI_WAL_ARCHIVE, then start Beffroi anew"
        )
    return f"postgresql://{archiving.BASE_ROLE}:{kept.password}@127.0.0.1:{known.port}/"


def base_due(known: NotedLog, now: datetime) -> bool:
    """Whether the next backup brings a base with it: each week, and as soon as the log was broken off."""
    return known.broken_at >= known.base_at or now.timestamp() - known.base_at >= WEEK.total_seconds()


def due_now(settings: Environment, now: datetime) -> bool:
    """The same of this installation, where the log is kept."""
    return is_kept(settings) and base_due(noted_logs.read(settings.home), now)


@dataclass(frozen=True, slots=True)
class Basing:
    """A base to be made with a backup: by which address the cluster is copied, where its log is kept."""

    url: str
    log: LogFolder


def basing(settings: Environment) -> Basing:
    """Django is over the cluster. Raises BackupError where its log is not kept."""
    if settings.backups.log is None:
        raise BackupError("a base is good with a log that is kept: set BEFFROI_WAL_ARCHIVE, then start Beffroi anew")
    return Basing(base_url(settings.home), LogFolder(settings.backups.log, system_number()))


def log_of(settings: Environment) -> LogFolder | None:
    """Where the log of this cluster is kept; None where it is not."""
    return LogFolder(settings.backups.log, system_number()) if settings.backups.log and is_kept(settings) else None


def needed_bases(log: LogFolder) -> list[str]:
    """The backups whose bases one goes back to, oldest first: the newest two."""
    return sorted(log.bases())[-BASES:]


def note_base(home: Path, basing: Basing, base: Base, at: datetime) -> None:
    """The backup with this base is whole: the log is kept from it on, and no longer for older ones than the base before."""
    basing.log.note_base(base, sign)
    oldest = needed_bases(basing.log)[0]
    text, _, _ = basing.log.bases()[oldest].rpartition("\n\n")
    basing.log.forget_before(oldest, read_base(f"{text}\n").segment)
    noted_logs.update(home, lambda known: known.based(base.backup, int(at.timestamp())))


def system_number() -> str:
    """What this cluster is called among all: Django is over it."""
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def current_segment() -> str:
    """The segment that is written now."""
    from django.db import connection  # noqa: PLC0415 - as above

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn() + 1)")  # between two of them, the one that comes
        return str(cursor.fetchone()[0])


def sign(text: str) -> str:
    """Under the register's installation keys, as notes about backups are."""
    from beffroi.kernel.register.queries.published import key_ring, shelf  # noqa: PLC0415 - Django is ready only now
    from beffroi.protocol.register.names import LogName  # noqa: PLC0415 - as above
    from beffroi.protocol.register.note import sign_note  # noqa: PLC0415 - as above

    place = shelf()
    return sign_note(text, LogName(INSTALLATION).origin(place.host), key_ring(place).of(INSTALLATION).signing)


def sealing(settings: Environment) -> Sealing | None:
    """What the worker does with it; None where it is not kept."""
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    from beffroi.cli.backups.snapshot import recipients  # noqa: PLC0415 - as above

    folder = settings.backups.log
    if folder is None or not is_kept(settings):
        return None

    def to() -> Sequence[str]:
        try:
            own = recipients().get(INSTALLATION, ())
        finally:
            connection.close()  # seconds go by until the next piece: a pool's share is for those who ask
        return (*own, *settings.backups.recipients) if own else ()

    target = LogFolder(folder, system_number())
    connection.close()
    return Sealing(settings.home, cluster_of(settings.home), target, to, sign)
