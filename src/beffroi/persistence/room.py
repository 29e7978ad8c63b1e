"""Room on the disks, and whether they may be written to: of each folder that something of ours is kept in."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said

SCARCE, FULL = 0.10, 0.03
LEAST: Final = 1_000_000_000
# Shares are of a terabyte at most: three hundredths of a large disk are days of room, and no trouble.
COUNTED: Final = 1_000_000_000_000
MORE: Final = "trouble.md#disks"

Folder = Callable[[], Path | None]
# Which folders, by the end of their findings' code: where each is now; None when this installation has none, or not on this machine.
FOLDERS: dict[str, Folder] = {}


def register_folder(name: str, folder: Folder) -> None:
    """Have the disk of this folder looked at, as "disk.<name>"; one that shares its disk with a folder said before it is looked at once."""
    if FOLDERS.setdefault(name, folder) is not folder:
        raise ValueError(f"two folders are called {name}")


def look(_now: datetime) -> Iterator[Finding]:
    """A finding for each disk."""
    seen: set[int] = set()
    for name, where in FOLDERS.items():
        folder = where()
        if folder is None:
            continue
        try:
            there = _nearest(folder)
            disk = there.stat().st_dev
            if disk not in seen:
                yield room_of(f"disk.{name}", there)
            seen.add(disk)
        except OSError as fault:
            yield Finding(
                f"disk.{name}",
                State.WARNING,
                said(_("%(folder)s can’t be looked at from here (%(why)s)."), folder=str(folder), why=fault.strerror),
                _("Ask again as the account that runs the server, or as root."),
                MORE,
            )


def room_of(code: str, folder: Path) -> Finding:
    """The room left for us where this folder lies. Raises OSError when it can't be reached."""
    found = os.statvfs(folder)
    free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    values = {"free_bytes": float(free), "size_bytes": float(size)}
    told = said(
        _("%(free)s free of %(size)s, in %(folder)s."), free=amount(free), size=amount(size), folder=str(folder)
    )

    def finding(state: State, seen: Words, todo: Words = "") -> Finding:
        return Finding(code, state, seen, todo, MORE, values)

    if found.f_flag & os.ST_RDONLY:
        return finding(
            State.BAD,
            said(_("%(folder)s can only be read: its disk is mounted read-only."), folder=str(folder)),
            _(
                "A disk that fails is often mounted so by the system: read `dmesg`, check it, mount it for writing again."
            ),
        )
    if found.f_files and found.f_favail < FULL * found.f_files:
        return finding(
            State.BAD,
            said(
                _("%(folder)s can take hardly any more files: its table of files is full."),
                folder=str(folder),
            ),
            _("Delete files that are not ours (old logs, caches), or move the folder to another disk."),
        )
    counted = min(size, COUNTED)
    if free < max(LEAST, FULL * counted):
        return finding(
            State.BAD,
            told,
            _(
                "Make room now, or enlarge the disk: once nothing can be written, the database stops. Delete nothing of ours by hand."
            ),
        )
    if free < SCARCE * counted:
        return finding(State.WARNING, told, _("Make room or enlarge the disk in the coming days."))
    return finding(State.WELL, told)


def amount(size: int) -> str:
    """So many bytes, as people read them."""
    return lazy(filesizeformat, str)(size)


def _nearest(folder: Path) -> Path:
    """The folder, or, before it is made, the one that it will be made in. Raises OSError where one may not look."""
    while True:
        try:
            folder.stat()
        except FileNotFoundError:
            folder = folder.parent
        else:
            return folder


def register_own() -> None:
    """Called once, when the application is ready."""
    register_folder("home", lambda: Path(settings.BEFFROI_HOME))
    register_folder("media", lambda: Path(settings.BEFFROI_MEDIA))
    register_check(Check("disk", _("Room on the disks"), look, order=20))
