"""What our programs stand on, looked at from outside of Django: the database, and the programs themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.process import status
from beffroi.adapters.process.status import PartStatus, Status
from beffroi.persistence.checkup import SILENT, Check, Finding, State, register_check, said

SECONDS: Final = 3
NAMED: Final = "beffroi "
DATABASE_TROUBLE: Final = "trouble.md#database"
PROGRAMS_TROUBLE: Final = "trouble.md#programs"
# A table of a transaction that is taken back: it takes pages of the disk that tables lie on, which an update in place doesn't.
TRIAL: Final = (
    "CREATE TEMPORARY TABLE beffroi_trial ON COMMIT DROP AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 100)"
)
WITHOUT: Final = {
    "minter": _("The program that signs rights is not there: new rights open nothing."),
    "sequencer": _("The program that numbers the register is not there: entries wait, receipts too."),
    "ingest": _("The program that takes what devices say is not there: they keep it."),
    "worker": _("The program that keeps deadlines is not there: nothing is escalated."),
    "alerter": _("The program that sends messages is not there: nobody is told."),
}


@dataclass(frozen=True, slots=True)
class Database:
    """What a real connection says: whether it answers, whether owner and application are "apart" or "one" role, which
    programs of ours are connected (on whatever machine), and which of them hold the locks of singletons.
    """

    answers: bool
    roles: str | None = None
    programs: tuple[str, ...] = ()
    singletons: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Programs that are not connected: without them promises pass unkept, whoever runs them."""
        return tuple(name for name in status.PROGRAMS if name not in self.programs)


def connected() -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own: one that is kept says nothing of the next. Raises psycopg.Error."""
    at = connection.settings_dict
    return psycopg.connect(
        host=at["HOST"],
        port=at["PORT"] or None,
        user=at["USER"],
        password=at["PASSWORD"],
        dbname=at["NAME"],
        connect_timeout=SECONDS,
        options=f"-c statement_timeout={SECONDS * 1000}",
        application_name="health",
    )


def ask_database() -> Database:
    """Makes a connection and asks something."""
    try:
        with connected() as fresh:
            owns = fresh.execute(
                "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user)"
                " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
            ).fetchone()
            sessions = fresh.execute(
                "SELECT DISTINCT application_name, EXISTS (SELECT FROM pg_locks"
                " WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory' AND granted)"
                " FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s ORDER BY 1",
                [f"{NAMED}%"],
            ).fetchall()
    except psycopg.Error:
        return Database(answers=False)
    names = [(str(name).removeprefix(NAMED), holds) for name, holds in sessions]
    return Database(
        answers=True,
        roles="one" if owns == (True,) else "apart",
        programs=tuple(dict.fromkeys(name for name, _ in names)),
        singletons=tuple(name for name, holds in names if holds),
    )


def supervised(now: datetime) -> Status | None:
    """What the supervisor of this home says of its parts; None when none runs."""
    told = status.read(settings.BEFFROI_HOME)
    return None if told is None or told.stale(now.timestamp()) else told


def look_at_database(_now: datetime) -> Iterator[Finding]:
    """Whether it answers, and whether it guards the register from us."""
    found = ask_database()
    if not found.answers:
        yield Finding(
            SILENT,
            State.BAD,
            _(
                "The database does not answer: no page that needs it can be shown, and devices keep what they have to say."
            ),
            _("Have PostgreSQL started, and read its log. Beffroi connects again by itself."),
            DATABASE_TROUBLE,
        )
        return
    yield Finding("database", State.WELL, _("It answers."))
    if found.roles == "one":
        yield Finding(
            "database.roles",
            State.WARNING,
            _("The application owns its tables: only our own care protects the register."),
            _("Make a second role and set BEFFROI_DATABASE_OWNER_URL."),
            "install.md",
            chosen=True,
        )


def look_at_writing(_now: datetime) -> Iterator[Finding]:
    """Whether something can still be written down. Says nothing when there is no answer: the database's own check does."""
    try:
        with connected() as fresh:
            fresh.execute(TRIAL)
            fresh.rollback()
    except psycopg.errors.DiskFull:
        yield Finding(
            "writing.full",
            State.BAD,
            _("The database’s disk is full: pages can be read, nothing can be kept."),
            _(
                "Make room on the disk that PostgreSQL lies on; delete nothing in its folder. "
                "What waits is kept as soon as there is room."
            ),
            DATABASE_TROUBLE,
        )
    except psycopg.errors.ReadOnlySqlTransaction:
        yield Finding(
            "writing.read-only",
            State.BAD,
            _("The database can only be read: it is a standby, or somebody made it so."),
            _(
                "Promote the standby, or point DATABASE_URL at the server that takes writes; see default_transaction_read_only."
            ),
            DATABASE_TROUBLE,
        )
    except psycopg.Error:
        return  # not there, or a role that may make no temporary table: others say so
    else:
        yield Finding("writing", State.WELL, _("Something can be written down."))


def look_at_programs(now: datetime) -> Iterator[Finding]:
    """Each part of the supervisor, and each program that should be connected to the database, whoever runs it."""
    known = supervised(now)
    unwell = {part.name: part for part in (known.parts if known else ()) if not part.well}
    for part in unwell.values():
        yield _not_running(part)
    database = ask_database()
    for name in database.missing if database.answers else ():
        if name not in unwell:
            yield Finding(
                f"programs.{name}",
                State.BAD,
                WITHOUT[name],
                said(_("Start `beffroi %(name)s` again: `systemctl status` or the log says why it ended."), name=name),
                PROGRAMS_TROUBLE,
            )
    if database.answers and not database.missing and not unwell:
        yield Finding("programs", State.WELL, _("All of them work."))


def _not_running(part: PartStatus) -> Finding:
    why = f"{part.state}: {part.reason}" if part.reason else part.state
    return Finding(
        f"programs.{part.name.replace(' ', '-')}",
        State.BAD,
        said(_("The part “%(name)s” does not run (%(why)s)."), name=part.name, why=why),
        _(
            "It is started again by itself, each minute at least. If it goes on, the log says why: "
            "log/beffroi.log in BEFFROI_HOME."
        ),
        PROGRAMS_TROUBLE,
    )


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check("database", _("Database"), look_at_database, order=10))
    register_check(Check("writing", _("Writing to the database"), look_at_writing, order=11, good_for=15.0))
    register_check(Check("programs", _("Programs"), look_at_programs, order=30))
