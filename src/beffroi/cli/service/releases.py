"""The releases that a machine has, each in an environment of its own, and which of them runs.

ROOT/releases/<version>   an environment; whole once it holds the file `ready`
ROOT/current              a link to the one that runs
ROOT/previous             a link to the one before, for the way back
"""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

ROOT: Final = Path("/opt/beffroi")
READY: Final = "ready"
# Requires-Dist of a package that only an extra asks for (core metadata 2.4).
OPTIONAL: Final = re.compile(r"(?P<name>[\w.-]+).*;.*\bextra == ['\"](?P<extra>[\w-]+)['\"]")


def root() -> Path | None:
    """The folder of releases that we run from; None when we run from elsewhere."""
    here = Path(sys.prefix)
    return here.parent.parent if here.parent.name == "releases" else None


def program() -> Path:
    """What a unit or a person starts: the current release's where there are several, else our own."""
    folder = root()
    if folder is None:
        return Path(sys.prefix) / "bin" / "beffroi"
    if not (folder / "current").is_symlink():
        point(folder / "current", Path(sys.prefix))
    return folder / "current" / "bin" / "beffroi"


def command() -> list[str]:
    """What starts the command line of the release that is current now."""
    return [str(program())] if root() is not None else [sys.executable, "-m", "beffroi"]


def point(link: Path, release: Path) -> None:
    """Have a link name this release, in one step."""
    unfinished = link.with_name(f"{link.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(release.relative_to(link.parent) if release.is_relative_to(link.parent) else release)
    unfinished.replace(link)


def named(link: Path) -> Path | None:
    """The release that a link names, when it is there."""
    return link.resolve() if link.is_symlink() and link.exists() else None


def packages(release: Path) -> Path:
    """Where an environment has its packages."""
    return release / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def extras(release: Path) -> list[str]:
    """The extras that a release was given: all that each asks for by itself is there."""
    there = {_plain(each.name): each for each in distributions(path=[str(packages(release))])}
    lines = (there["beffroi"].requires or []) if "beffroi" in there else []
    asked = [found for found in map(OPTIONAL.match, lines) if found]
    lacking = {found["extra"] for found in asked if _plain(found["name"]) not in there}
    return sorted({found["extra"] for found in asked} - lacking)


def _plain(name: str) -> str:
    """Python_LDAP and python-ldap are one package."""
    return re.sub(r"[-_.]+", "-", name).lower()
