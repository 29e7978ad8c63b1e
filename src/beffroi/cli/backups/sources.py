"""What of an installation goes into which part of a backup."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from beffroi.adapters.archive.tars import Content
from beffroi.protocol.backup.manifest import INSTALLATION
from beffroi.protocol.register.archive import CHECKPOINT, END, Archive
from beffroi.protocol.register.checkpoint import parse_checkpoint
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.tiles import ENTRIES, WIDTH, Tile, width_at

# What is kept another way, is made anew, or lives an hour. Whatever else lies in the home goes into files.age.
NOT_FILES: Final = frozenset(
    {"postgres", "wal", "backups", "run", "log", "ingest", "exports", "media", "register", "keys", "map"}
    | {"backup.json", "register-held.json", "restoring.json", "restored.json", "wal.json"}
)
# The broker's own store: devices keep each event until our receipt, so nothing in it is missed.
BROKER_KEPT: Final = ("broker/broker.json",)
WEB, ROOTS = "web", "roots"
UNCHANGING: Final = ("media", "map")


def other_files(home: Path) -> Iterator[str]:
    """Relative names of files.age."""
    for top in sorted(home.iterdir()):
        if top.name in NOT_FILES or top.name.startswith("."):
            continue
        if top.name == "broker":
            yield from (name for name in BROKER_KEPT if (home / name).is_file())
        else:
            yield from _plain(home, top)


def keys_of(home: Path, owner: str) -> Iterator[str]:
    """Relative names of keys-<owner>.age: an authority's folder, or, for "installation", all that is no authority's."""
    folder = home / "keys"
    if not folder.is_dir():
        return
    for top in sorted(folder.iterdir()):
        if top.name != WEB and owner == (top.name if _is_authority(top.name) else INSTALLATION):
            yield from (name for name in _plain(home, top) if f"/{ROOTS}/" not in name)


def key_owners(home: Path) -> list[str]:
    """The authorities that have keys here."""
    folder = home / "keys"
    return sorted(each.name for each in folder.iterdir() if _is_authority(each.name)) if folder.is_dir() else []


def unchanging(home: Path, top: str) -> Iterator[str]:
    """Relative names of files that are written once: media, the base map."""
    if (home / top).is_dir():
        yield from (name for name in _plain(home, home / top) if "/.partial/" not in name)


def full_tiles(name: LogName, size: int) -> Iterator[str]:
    """Relative names of the full tiles that a log of this size has: they never change."""
    levels = [(ENTRIES, size // WIDTH)]
    level, count = 0, size // WIDTH
    while count:
        levels.append((level, count))
        level, count = level + 1, count // WIDTH
    for each, full in levels:
        for index in range(full):
            yield f"register/{name.folder}/{Tile(each, index).path}"


def edge(archive: Archive, name: LogName, note: str) -> Iterator[Content]:
    """What changes of a log at this checkpoint: the note, the signed end, the partial tiles."""
    size = parse_checkpoint(note.partition("\n\n")[0] + "\n").size
    place = f"register/{name.folder}"
    level, count = 0, size
    while count:
        width = width_at(level, size)
        for each in (ENTRIES, 0) if level == 0 else (level,):
            if width:
                tile = Tile(each, count // WIDTH, width)
                yield Content(f"{place}/{tile.path}", archive.read(tile))
        level, count = level + 1, count // WIDTH
    end = archive.end()
    if end is not None:
        yield Content(f"{place}/{END}", end.encode())
    yield Content(f"{place}/{CHECKPOINT}", note.encode())


def _is_authority(name: str) -> bool:
    try:
        found = LogName.parse(name)
    except RegisterFormatError:
        return False
    return found.log == name and name != INSTALLATION


def _plain(home: Path, top: Path) -> Iterator[str]:
    """Plain files at or under this place, no link, no socket, nothing half written."""
    if top.is_symlink():
        return
    if top.is_file():
        yield top.relative_to(home).as_posix()
        return
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink() and path.is_file() and not name.endswith((".partial", ".part", ".tmp", ".lock")):
                yield path.relative_to(home).as_posix()
