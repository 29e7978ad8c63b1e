"""The releases that a machine has, each in an environment of its own, and which of them runs.

ROOT/releases/<version>   an environment; whole once it holds the file `ready`
ROOT/current              a link to the one that runs
ROOT/previous             a link to the one before, for the way back
"""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path("/opt/beffroi")
READY: Final = "ready"


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
