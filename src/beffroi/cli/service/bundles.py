"""An offline bundle (packaging/bundle.py), unpacked and looked over before anything of it is used, as its own installer does.

    beffroi-<version>/wheels/, runtime.txt (every package and its hashes), extras/<extra>.txt (what that extra adds),
    VERSION, PYTHONS, EXTRAS, MACHINE, SHA256SUMS (the sum of every other file)

A file that SHA256SUMS doesn't name is refused like one that it names and isn't there: pip would look among them. The sums say that
the bundle is whole, not whose it is: that is what the sum published beside it is for.
"""

import hashlib
import platform
import re
import shutil
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from beffroi.cli.errors import CommandError

SUMS: Final = "SHA256SUMS"
LINE: Final = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>[^\0\n]+)")
AGAIN: Final = "Fetch it again and compare its SHA-256"
SHOWN: Final = 5


class SourceError(CommandError):
    """Nothing that could be installed; the message says what would be."""

    code = "source"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One that is whole, and for this machine and this Python."""

    folder: Path
    version: str

    def pip_steps(self, extras: Iterable[str]) -> list[list[str]]:
        """What `pip install` is told, one after the other: the locked packages by their hashes, then the release. None asks anybody."""
        here = ["--no-index", f"--find-links={self.folder / 'wheels'}"]
        locks = [self.folder / "runtime.txt", *(self.folder / "extras" / f"{extra}.txt" for extra in self.held(extras))]
        locked = [word for lock in locks for word in ("--requirement", str(lock))]
        return [[*here, "--require-hashes", *locked], [*here, "--no-deps", str(_wheel(self.folder, self.version))]]

    def held(self, extras: Iterable[str]) -> list[str]:
        """Those of these extras that it has for this Python."""
        told = [line.split(" ")[:2] for line in (self.folder / "EXTRAS").read_text(encoding="utf-8").splitlines()]
        return sorted(extra for extra in extras if [extra, _python()] in told)


def opened(bundle: Path, version: str, into: Path) -> Bundle:
    """The bundle of this version, unpacked in an empty folder. Raises SourceError, with what is missing or wrong."""
    try:
        _unpack(bundle, into)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise SourceError(f"{bundle} can't be unpacked ({error}). {AGAIN}") from None
    folder = into / f"beffroi-{version}"
    if not (folder / SUMS).is_file():
        raise SourceError(f"{bundle} is no offline bundle of Beffroi {version}: it holds no beffroi-{version}/{SUMS}")
    _refuse_others(bundle, into, folder)
    _refuse_elsewhere(bundle, folder)
    return Bundle(folder, version)


def _unpack(bundle: Path, into: Path) -> None:
    """Plain files alone, nothing outside the folder. By hand: Debian 12's Python has no `filter=` yet (PEP 706 came with 3.11.4).
    Raises ValueError besides what tarfile does."""
    with tarfile.open(bundle, "r:") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or "\0" in member.name:
                raise ValueError(f"{member.name} would lie outside")
            content = archive.extractfile(member) if member.isreg() else None
            if content is None and not member.isdir():
                raise ValueError(f"{member.name} is no plain file")
            (into / path if content is None else into / path.parent).mkdir(parents=True, exist_ok=True)
            if content is not None:
                with content, (into / path).open("xb") as file:
                    shutil.copyfileobj(content, file)


def _refuse_others(bundle: Path, into: Path, folder: Path) -> None:
    """What isn't as SHA256SUMS says: missing, altered, or more."""
    sums = _sums(bundle, folder)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    needed = {
        "runtime.txt",
        "EXTRAS",
        "PYTHONS",
        "MACHINE",
        str(_wheel(folder, folder.name.partition("-")[2]).relative_to(folder)),
    }
    wrong = {
        "not there": (sums.keys() | needed) - files.keys(),
        "not as made": {name for name in sums.keys() & files.keys() if _digest(files[name]) != sums[name]},
        "not of it": (files.keys() - sums.keys() - {SUMS}) | {path.name for path in into.iterdir() if path != folder},
    }
    for told, names in wrong.items():
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise SourceError(f"{bundle} is not whole; {told}: {', '.join(sorted(names)[:SHOWN])}{more}. {AGAIN}")


def _sums(bundle: Path, folder: Path) -> dict[str, str]:
    lines = [LINE.fullmatch(line) for line in (folder / SUMS).read_bytes().decode("utf-8", "replace").split("\n")[:-1]]
    if not all(lines):
        raise SourceError(f"{bundle} is not whole: its {SUMS} can't be read. {AGAIN}")
    return {line["name"]: line["sum"] for line in lines if line}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_elsewhere(bundle: Path, folder: Path) -> None:
    machine = (folder / "MACHINE").read_text(encoding="utf-8").strip()
    if machine != platform.machine():
        raise SourceError(f"{bundle} is for {machine}, this machine is {platform.machine()}")
    pythons = (folder / "PYTHONS").read_text(encoding="utf-8").split()
    if _python() not in pythons:
        raise SourceError(
            f"{bundle} is for Python {' and '.join(pythons)}, and {_python()} runs here: take the bundle for it"
        )


def _python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _wheel(folder: Path, version: str) -> Path:
    return folder / "wheels" / f"beffroi-{version}-py3-none-any.whl"
