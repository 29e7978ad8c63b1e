"""A drill: the newest backup restored apart, the register exported from it and verified as a stranger would, all of it taken away again."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from beffroi.adapters.archive import noted
from beffroi.cli import installation
from beffroi.cli.backups.errors import BackupError
from beffroi.cli.backups.opening import Found, said
from beffroi.cli.backups.progress import Progress, span_in_words
from beffroi.config.environment import Environment
from beffroi.lib.clock import utc_now

# The drill has a database of its own: no setting that leads to the town's goes with it.
NOT_TAKEN: Final = ("DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL", "BEFFROI_BROKER_URL", "BEFFROI_PROCESS")


def drill(settings: Environment, found: Found, roots: Sequence[Path], inside: Path | None) -> int:
    """Exit code 0 when the backup restored, and its register verified; then the trial is noted, and on the record."""
    began, progress = time.monotonic(), Progress(sys.stderr)
    with _scratch(inside or _beside(settings.home)) as home:
        given = [part for root in roots for part in ("--root", str(root.absolute()))]
        _run(home, "restore", str(found.place), *given, said_to_terminal=True)
        # Of a town that was never started nothing has its place in the register yet.
        verdict = _verified(home, progress) if found.manifest.logs else "with no log of the register begun"
        progress.step("all of it taken away again")
    progress.close()
    seconds = time.monotonic() - began
    now = utc_now()
    noted.write(settings.home, noted.read(settings.home).after_trial(name=found.manifest.name, at=now, seconds=seconds))
    with installation.opened(settings):
        from beffroi.kernel.townhall.actions.trials import record_trial  # noqa: PLC0415 - Django is ready only now

        entries = sum(log.size for log in found.manifest.logs)
        record_trial(snapshot=found.manifest.snapshot, entries=entries, seconds=int(seconds), by=None, now=now)
    sys.stdout.write(
        f"Tried: {found.manifest.name}, of {said(found.manifest.snapshot)}: restored and looked over in {span_in_words(seconds)}, "
        f"{verdict}.\nAll of it was taken away again; the trial is on the record.\n"
    )
    return 0


def _verified(home: Path, progress: Progress) -> str:
    """What `beffroi register verify` says last of the register there."""
    export = home.parent / "register.jsonl.gz"
    progress.step("register, exported")
    _run(home, "register", "export", str(export))
    progress.step("register, verified as a stranger would")
    keys = [part for key in _run(home, "register", "key").split() for part in ("--key", key)]
    return _run(home, "register", "verify", str(export), *keys).strip().splitlines()[-1]


def _beside(home: Path) -> Path:
    """Where there is as much room as the installation has. A service's account may write nowhere but in its home."""
    return home.parent if os.access(home.parent, os.W_OK) else home


@contextmanager
def _scratch(inside: Path) -> Iterator[Path]:
    """A home that is not there yet, in a folder of its own that the database's account may pass through."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="beffroi-drill-", dir=inside))
    except OSError as error:
        raise BackupError(f"a drill needs room in {inside} (--in FOLDER): {error.strerror}") from error
    folder.chmod(0o711)
    home = folder / "home"
    try:
        yield home
    finally:
        _take_away(home)
        shutil.rmtree(folder)


def _take_away(home: Path) -> None:
    """The cluster too, where it lies elsewhere."""
    from beffroi.adapters.postgres import notes  # noqa: PLC0415 - only here

    known = notes.read(home / "postgres" / "cluster.json")
    if known is not None and known.folder:
        shutil.rmtree(known.folder, ignore_errors=True)


def _run(home: Path, *arguments: str, said_to_terminal: bool = False) -> str:
    """One of our own commands over the scratch home; raises BackupError with what it said."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_TAKEN}
    done = subprocess.run(  # noqa: S603 - ourselves, a list, no shell
        [sys.executable, "-m", "beffroi", *arguments],
        env=environment | {"BEFFROI_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=None if said_to_terminal else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(
            f"the drill failed at `beffroi {arguments[0]}`, the trial does not count:\n{done.stdout}{done.stderr or ''}".rstrip()
        )
    return done.stdout
