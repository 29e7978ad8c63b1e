"""A database cluster with this source's tables, made once and kept in build/clusters: half a minute of processor, for what every run
of the tests and every town that one of them founds begins with.

Its name is what it was made of, so a migration or a right that changes makes another; a fresh clone has none. That a town
begins from nothing is for tests/cli/test_up.py and tests/install/test_wheel.py to see, which take no seed.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process import places

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "build" / "clusters"
AT_MOST: Final = 4
# All that tables, triggers and rights come from; tests/shape/test_migrations.py sees that no migration takes anything else of ours.
MADE_OF: Final = (
    "src/beffroi/**/migrations/*.py",
    "src/beffroi/**/apps.py",  # they say what the application may do less on which table
    "src/beffroi/persistence/migrating.py",
    "src/beffroi/persistence/roles.py",
    "src/beffroi/kernel/register/models.py",
    "src/beffroi/adapters/postgres/*.py",
    "src/beffroi/config/settings/*.py",
    "requirements/dev.txt",
)


def name() -> str:
    """What the cluster of this source is called."""
    made_of = hashlib.sha256()
    for path in sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern)):
        made_of.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return made_of.hexdigest()[:16]


def sow(home: Path, migrate: Callable[[ConnectionInfo], None]) -> None:
    """Put a cluster whose database has its tables in this home, stopped; `migrate` makes them when none is kept."""
    home.mkdir(mode=0o711, parents=True, exist_ok=True)  # the servers' accounts pass through
    kept = KEPT / name()
    if kept.exists():
        kept.touch()  # the one that was not used for longest is removed first
        _copy(kept / "postgres", home / "postgres")
        _elsewhere(home / "postgres" / "cluster.json")
        return
    with Cluster(home, for_tests=True) as cluster:
        migrate(cluster.start())
    known = notes.read(home / "postgres" / "cluster.json")
    # Nobody wrote a migration meanwhile, and its files lie where they can be copied from.
    if name() == kept.name and known is not None and known.folder is None:
        _keep(home / "postgres", kept)


def _keep(cluster: Path, kept: Path) -> None:
    """In one step: several runs may do so at once."""
    KEPT.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=KEPT))
    _copy(cluster, unfinished / "postgres")
    try:
        unfinished.rename(kept)
    except OSError:  # another run's is there
        shutil.rmtree(unfinished)
    for older in sorted(KEPT.iterdir(), key=lambda folder: folder.stat().st_mtime)[:-AT_MOST]:
        shutil.rmtree(older, ignore_errors=True)


def _elsewhere(noted: Path) -> None:
    """Another port than the one that was kept: several copies start at the same moment, and each would find it free."""
    known = notes.read(noted)
    if known is not None:
        notes.write(noted, replace(known, port=places.free_port()))


def _copy(cluster: Path, to: Path) -> None:
    """Owners and rights too: a database's files are its account's."""
    subprocess.run(["cp", "-a", str(cluster), str(to)], check=True)
