"""One PostgreSQL cluster under BEFFROI_HOME, started as our own foreground child and stopped with us.

    with Cluster(home) as cluster:
        info = cluster.start()        # info.owner_url, info.app_url

It listens on 127.0.0.1 at a recorded port, and on a socket in a private folder (the superuser comes in by that one
only); passwords are SCRAM, pages have checksums, the locale is C.UTF-8. As root, the server runs as the account
`postgres` where the system has it, else `nobody`: no account is created. When that account can't enter BEFFROI_HOME
(a home that is 0700) the cluster lies under /var/lib/beffroi instead.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from beffroi.adapters.postgres import archiving, binaries, bootstrap, notes, repair
from beffroi.adapters.postgres.errors import ClusterInUseError, ClusterStartError, ClusterUnusableError
from beffroi.adapters.postgres.notes import ConnectionInfo, Notes
from beffroi.adapters.process import child, places
from beffroi.adapters.process.child import Account

START_PATIENCE = 300.0  # a long crash recovery is not a failure
STOP_STEPS = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0))
LONGEST_SOCKET = 90  # the kernel takes 107 bytes, with "/.s.PGSQL.65535.lock"
LOOK_EVERY = 0.02


class Cluster:
    """The cluster of one BEFFROI_HOME.

    `for_tests` gives up safety on power loss for speed and lets the owner create databases. `account` is the one to
    drop to when root (default: see the module). `archive_every`: from now on its log is kept, a segment every so many seconds at least;
    0: not any more; None: as it was the last time.
    """

    def __init__(
        self,
        home: Path,
        *,
        for_tests: bool = False,
        account: Account | None = None,
        archive_every: int | None = None,
    ) -> None:
        self.home = home.absolute()
        self.archive_every = archive_every
        self.for_tests = for_tests
        self.process: subprocess.Popen[bytes] | None = None
        self._account = account
        self._lock: IO[str] | None = None
        self._socket_folder: Path | None = None
        self._notes: Notes | None = None
        self._archiving: archiving.Archiving | None = None
        self._served = False

    @property
    def notes_file(self) -> Path:
        """Where port and passwords are written."""
        return self.home / "postgres" / "cluster.json"

    @property
    def folder(self) -> Path:
        """What holds `data`, the copied programs and the log."""
        elsewhere = self._known().folder
        return Path(elsewhere) if elsewhere else self.home / "postgres"

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    def start(self) -> ConnectionInfo:
        """Makes the cluster if there is none, repairs it after a hard stop, starts it, waits for a real connection."""
        try:
            self.prepare()
            self.spawn()
            self.await_ready()
        except BaseException:
            self.stop()
            raise
        return self.connection()

    def prepare(self) -> None:
        """All that comes before the server's start. Takes the launcher's lock. May last seconds at the first start."""
        self._take_lock()
        self._notes = notes.read(self.notes_file) or self._first_notes()
        account = self._server_account()
        programs = self._programs()
        if not self.data.exists():
            self._initialise(programs, account)
        repair.repair(self.data)
        self._settle_archiving(account)
        if not places.port_is_free(self._known().port):
            if self._served:  # those we served know this port only
                raise ClusterStartError(f"port {self._known().port} of the database was taken by another program")
            self._save(replace(self._known(), port=places.free_port()))
        self._make_socket_folder(account)
        self._command = [str(programs.postgres), *self._options()]

    def spawn(self, output: int | None = None) -> subprocess.Popen[bytes]:
        """Starts the prepared server, from the main thread; our death is its fast, clean shutdown.

        `output` is the descriptor that takes its log (default: a file beside the data).
        """
        with (self.folder / "log").open("ab") as log:
            self.process = child.spawn(
                self._command,
                account=self._server_account(),
                at_our_death=signal.SIGINT,
                output=log if output is None else output,
            )
        return self.process

    def await_ready(self) -> None:
        """Waits until the server answers, and makes roles and database the first time. Raises ClusterStartError."""
        if self.process is None:
            raise ClusterStartError("the server was not started")
        until = time.monotonic() + START_PATIENCE
        while not self._superuser_answers():
            if self.process.poll() is not None:
                raise ClusterStartError(
                    f"PostgreSQL ended while starting (exit {self.process.returncode}).{self._log_end()}"
                )
            if time.monotonic() > until:
                raise ClusterStartError(f"PostgreSQL did not answer within {START_PATIENCE:.0f} s.{self._log_end()}")
            time.sleep(LOOK_EVERY)
        if not self._known().roles_made:
            bootstrap.make_roles(self._superuser(), self._known(), owner_creates_databases=self.for_tests)
            self._save(replace(self._known(), roles_made=True))
        if self._archiving is not None:
            bootstrap.make_base_role(self._superuser(), self._archiving.password)
        self._served = True

    def attend(self) -> None:
        """Nothing to tell it while it runs."""

    def healthy(self) -> bool:
        """Whether the application's role gets a real answer now."""
        return self._known().roles_made and bootstrap.answers(self.connection().app_url)

    def connection(self) -> ConnectionInfo:
        """The addresses of the database."""
        return self._known().connection()

    def stop(self) -> None:
        """A fast shutdown (open transactions are rolled back), then harder; gives the lock back. Twice is harmless."""
        if self.process is not None:
            child.stop(self.process, *STOP_STEPS)
            self.process = None
        if self._socket_folder is not None and self._socket_folder.parent != self.folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        self._socket_folder = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _known(self) -> Notes:
        if self._notes is None:
            self._notes = notes.read(self.notes_file)
        if self._notes is None:
            raise ClusterUnusableError(f"there is no cluster under {self.home} yet: `beffroi up` makes one")
        return self._notes

    def _save(self, changed: Notes) -> None:
        notes.write(self.notes_file, changed)
        self._notes = changed

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        for folder in (self.home, self.home / "postgres"):
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(
                    0o711 if os.geteuid() == 0 else 0o700
                )  # the dropped account passes through, and lists nothing
        lock = (self.home / "postgres" / "launcher.lock").open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ClusterInUseError(f"another `beffroi up` already runs the database of {self.home}") from None
        self._lock = lock

    def _first_notes(self) -> Notes:
        elsewhere = places.reachable(self.home / "postgres", self._wanted_account())
        if elsewhere is not None:
            if elsewhere.exists():
                raise ClusterUnusableError(
                    f"{elsewhere} holds the database of an earlier {self.home} whose {self.notes_file.name} is gone: "
                    f"restore that file, or move {elsewhere} away"
                )
            elsewhere.mkdir(parents=True, mode=0o711)
        first = Notes.fresh(places.free_port(), elsewhere)
        notes.write(self.notes_file, first)
        return first

    def _wanted_account(self) -> Account | None:
        return self._account or child.unprivileged(("postgres",))

    def _server_account(self) -> Account | None:
        if not self.data.exists():
            return self._wanted_account()
        owner = self.data.stat().st_uid
        if owner == os.geteuid() != 0:
            return None
        if os.geteuid() != 0 or owner == 0:
            raise ClusterUnusableError(
                f"{self.data} belongs to account {owner}; we run as {os.geteuid()}: give the folder to one account"
            )
        return Account.owning(self.data)

    def _programs(self) -> binaries.Binaries:
        try:
            major = int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            if self.data.exists():
                raise ClusterUnusableError(
                    f"{self.data} has no PG_VERSION: it is not a whole cluster; restore it from a backup"
                ) from None
            major = None
        chosen = binaries.choose(binaries.found(self.folder), cluster_major=major)
        return binaries.copied(chosen, self.folder)

    def _initialise(self, programs: binaries.Binaries, account: Account | None) -> None:
        """Makes the cluster aside and puts it in place in one step: an interrupted start leaves nothing half made."""
        unfinished = self.folder / "data.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if account:
            os.chown(unfinished, account.uid, account.gid)
        bootstrap.initialise(programs, unfinished, account, self._known(), synced=not self.for_tests)
        unfinished.rename(self.data)

    def _settle_archiving(self, account: Account | None) -> None:
        if self.archive_every is not None:
            archiving.settle(self.home / "postgres", self.archive_every or None)
        self._archiving = archiving.read(self.home / "postgres")
        bootstrap.admit(self.data, copying=self._archiving is not None)
        if self._archiving is None:
            archiving.clear(self.folder)
            return
        spool = self.folder / archiving.SPOOL
        spool.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(spool, account.uid, account.gid)

    def _make_socket_folder(self, account: Account | None) -> None:
        folder = self.folder / "socket"
        if len(os.fsencode(folder)) > LONGEST_SOCKET:
            folder = Path(tempfile.mkdtemp(prefix="beffroi-"))
        folder.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(folder, account.uid, account.gid)
        self._socket_folder = folder

    def _options(self) -> list[str]:
        chosen = {
            "port": str(self._known().port),
            "unix_socket_directories": str(self._socket_folder),
            **bootstrap.SERVER_OPTIONS,
            **archiving.options(self.folder, self._archiving),
            **(bootstrap.TEST_OPTIONS if self.for_tests else {}),
        }
        return ["-D", str(self.data), *(part for name, value in chosen.items() for part in ("-c", f"{name}={value}"))]

    def _superuser(self) -> str:
        return psycopg.conninfo.make_conninfo(
            host=str(self._socket_folder),
            port=self._known().port,
            user=notes.SUPERUSER,
            password=self._known().superuser_password,
            dbname="postgres",
            connect_timeout=5,
        )

    def _superuser_answers(self) -> bool:
        return bootstrap.answers(self._superuser())

    def _log_end(self) -> str:
        lines = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n" + "\n".join(lines[-12:])
