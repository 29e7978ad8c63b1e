"""A cluster put back from a copy of it and its log, as it was at a moment (PostgreSQL's documentation, "Continuous Archiving and
Point-in-Time Recovery").

While it is played, nobody comes in but we, by the private socket and without a password: those of the copied cluster are not known here.
"""

import os
import shlex
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from beffroi.adapters.postgres import binaries, bootstrap, notes
from beffroi.adapters.postgres.errors import ClusterStartError, MomentNotReached
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.process.child import Account

Fill = Callable[[Path], None]
PLAYED: Final = "played"
_ONLY_US: Final = f"local all {notes.SUPERUSER} trust\n"
_SHORT: Final = "before configured recovery target was reached"
_LOOK_EVERY: Final = 0.1  # seconds


class Recovery(Cluster):
    """One recovery into an empty home, then an ordinary cluster.

    `major` of the copied cluster. `base` puts the copy into a folder, `log` the pieces into another. `moment`: the last one that is played;
    None plays all there is. `told` is called now and then.
    """

    def __init__(
        self, home: Path, *, major: int, base: Fill, log: Fill, moment: datetime | None, told: Callable[[], None]
    ) -> None:
        super().__init__(home, archive_every=0)
        self._major, self._base, self._log_pieces = major, base, log
        self._moment, self._told = moment, told

    def run(self) -> None:
        """Play it, let the roles have the passwords noted here, stop. Raises ClusterStartError, and what `base` and `log` raise."""
        try:
            self.prepare()
            try:
                self._play()
            except MomentNotReached:  # nothing was written between the last act there is and that moment
                self._moment = None
                self._command = [str(self._programs().postgres), *self._options()]
                self._play()
        finally:
            self.stop()
        bootstrap.admit(self.data, copying=False)
        shutil.rmtree(self.folder / PLAYED)

    def await_ready(self) -> None:
        """Until it has played all, and goes on by itself."""
        if self.process is None:
            raise ClusterStartError("the server was not started")
        while not self._superuser_answers() or self._playing():
            if self.process.poll() is not None:
                said = self._log_end()
                failed = MomentNotReached if _SHORT in said else ClusterStartError
                raise failed(f"PostgreSQL could not play its log (exit {self.process.returncode}).{said}")
            self._told()
            time.sleep(_LOOK_EVERY)
        bootstrap.set_passwords(self._superuser(), self._known())
        self._save(replace(self._known(), roles_made=True))

    def _play(self) -> None:
        self.spawn()
        self.await_ready()

    def _playing(self) -> bool:
        try:
            with psycopg.connect(self._superuser()) as connection:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        except psycopg.OperationalError:
            return True

    def _programs(self) -> binaries.Binaries:
        return binaries.copied(binaries.choose(binaries.found(self.folder), cluster_major=self._major), self.folder)

    def _initialise(self, programs: binaries.Binaries, account: Account | None) -> None:  # noqa: ARG002 - instead of initdb
        unfinished, played = self.folder / "data.part", self.folder / PLAYED
        for folder in (unfinished, played):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        self._base(unfinished)
        self._log_pieces(played)
        (unfinished / "recovery.signal").touch(mode=0o600)
        (unfinished / "pg_wal").mkdir(mode=0o700, exist_ok=True)
        for folder in (unfinished, played):
            _give(folder, account)
        unfinished.rename(self.data)

    def _settle_archiving(self, account: Account | None) -> None:  # noqa: ARG002 - nothing leaves while it is played
        (self.data / "pg_hba.conf").write_text(_ONLY_US, encoding="ascii")

    def _options(self) -> list[str]:
        played = shlex.quote(str(self.folder / PLAYED)).replace("%", "%%")
        chosen = {
            "restore_command": f"cp {played}/%f %p",
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
        }
        if self._moment is not None:
            chosen["recovery_target_time"] = self._moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        return [*super()._options(), *(part for name, value in chosen.items() for part in ("-c", f"{name}={value}"))]


def _give(folder: Path, account: Account | None) -> None:
    """The whole folder to the account that the server runs as."""
    if account is None:
        return
    os.chown(folder, account.uid, account.gid)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place, name), account.uid, account.gid, follow_symlinks=False)
