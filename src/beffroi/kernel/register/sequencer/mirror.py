"""Taking a log's published files over from elsewhere: the former server's disk, or a mirror by HTTP. Nothing there is believed but what
our own keys signed: entries are hashed, and must give the signed root before the checkpoint counts here.
"""

import contextlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final, Protocol

from beffroi.kernel.register.errors import MirrorRefused
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, journal, signed_checkpoint
from beffroi.kernel.register.registry import ERASED
from beffroi.protocol.register.archive import CHECKPOINT, END, Archive
from beffroi.protocol.register.checkpoint import Checkpoint, open_checkpoint, open_end
from beffroi.protocol.register.entry import parse_entry
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.journal import ErasureJournal
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.tiles import ENTRIES, WIDTH, tile_holding, unpack_entries

_STEP: Final = 32 * WIDTH
_LARGEST: Final = WIDTH * (2 + 65_535)  # the longest bundle that the format admits
_PATIENCE: Final = 30.0
_GONE: Final = (404, 410)
_SCHEMES: Final = ("http", "https")


class Mirror(Protocol):
    """Published files of logs, somewhere else."""

    def read(self, path: str) -> bytes | None:
        """A file by its name under the register's folder (`<log>/checkpoint`); None when it isn't there. Raises MirrorRefused."""

    def logs(self) -> Iterator[LogName]:
        """Those that it says it has, where it can say so."""

    def journal(self, log: str) -> ErasureJournal | None:
        """What was erased, which is never published: only a disk has it."""


@dataclass(frozen=True, slots=True)
class FolderMirror:
    """The folder `register` of another home."""

    folder: Path

    def read(self, path: str) -> bytes | None:
        """From the disk."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise MirrorRefused(f"{self.folder / path} cannot be read: {error.strerror}") from error

    def logs(self) -> Iterator[LogName]:
        """Those that have a folder."""
        for path in sorted(self.folder.iterdir()):
            with contextlib.suppress(RegisterFormatError):
                yield LogName.parse(path.name)

    def journal(self, log: str) -> ErasureJournal | None:
        """That of the same home."""
        path = self.folder.parent / "register-erasures" / f"{log}.jsonl"
        return ErasureJournal(path) if path.is_file() else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where the register is, is said by whoever typed."""

    def redirect_request(self, *_args: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class WebMirror:
    """A server that publishes the folder as it stands: `<address>/<log>/checkpoint`."""

    address: str

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.address)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.query or parts.fragment:
            raise MirrorRefused(f"{self.address} is no address of a register: https://host/register is one")

    def read(self, path: str) -> bytes | None:
        """By one GET; a redirection is not followed."""
        url = f"{self.address.rstrip('/')}/{path}"
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(url, timeout=_PATIENCE) as answer:
                data = bytes(answer.read(_LARGEST + 1))
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                if error.code in _GONE:
                    return None
                raise MirrorRefused(f"{url} answers {error.code}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise MirrorRefused(f"{url} cannot be read: {error}") from error
        if len(data) > _LARGEST:
            raise MirrorRefused(f"{url} is longer than any file of a register")
        return data

    def logs(self) -> Iterator[LogName]:
        """The web has no list of them."""
        yield from ()

    def journal(self, log: str) -> ErasureJournal | None:  # noqa: ARG002 - the shape of a mirror
        """Never published."""
        return None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken over of one log: the size here before, the signed one there, and erasures of which nothing says what they erased."""

    name: LogName
    before: int
    size: int
    unexplained: int


def take_files(place: Shelf, keys: KeyRing, mirror: Mirror, logs: Iterable[str]) -> Iterator[Taken]:
    """Take over what the mirror has beyond what is here, generation after generation; a log that it has not is not named. `logs`: those
    that are looked for besides the ones that have files on either side.

    Raises MirrorRefused: not signed by us, older than what is here, another history, or cut short. What was taken over before stays, and
    is what our own keys signed.
    """
    for log in sorted({name.log for name in (*place.names(), *mirror.logs())} | set(logs)):
        name = max((known for known in place.names() if known.log == log), default=LogName(log))
        while True:
            taken = _take(place, keys, mirror, name)
            if taken is None:
                break
            yield taken
            if place.archive(name).end() is None:
                break
            name = name.next


def _take(place: Shelf, keys: KeyRing, mirror: Mirror, name: LogName) -> Taken | None:
    data = mirror.read(f"{name.folder}/{CHECKPOINT}")
    if data is None:
        return None
    archive, own = place.archive(name), keys.of(name.log)
    note, there = _signed(data, name, place, keys)
    here = signed_checkpoint(archive, own)
    before = here.size if here else 0
    if there.size < before:
        raise MirrorRefused(
            f"{there.origin}: {there.size} leaves were published there, {before} are here already: it is older than the backup"
        )
    unexplained = 0
    with archive.locked():
        if here is None or there.size > before:
            unexplained = _extend(place, mirror, name, archive, before=before, there=there)
            archive.publish(note)
        elif there.root != here.root:
            raise MirrorRefused(
                f"{there.origin}: two histories of {before} leaves were signed: keep both files, and tell whoever audits"
            )
        _take_end(mirror, name, archive, keys, there)
    return Taken(name, before, there.size, unexplained)


def _signed(data: bytes, name: LogName, place: Shelf, keys: KeyRing) -> tuple[str, Checkpoint]:
    origin = name.origin(place.host)
    try:
        note = data.decode()
        return note, open_checkpoint(note, keys.of(name.log).verifiers(origin))
    except (RegisterFormatError, UnicodeDecodeError) as error:
        raise MirrorRefused(f"{origin}: the checkpoint there is not one of ours: {error}") from error


def _extend(place: Shelf, mirror: Mirror, name: LogName, archive: Archive, *, before: int, there: Checkpoint) -> int:
    """Write the tiles of what is new; what is written counts only if the root is the signed one. Returns unexplained erasures."""
    try:
        tree = archive.frontier(before) if before else Frontier()
        erasures: set[bytes] = set()
        size = before
        for bodies in _entries(mirror, name, before, there.size):
            hashes = [leaf_hash(body) for body in bodies]
            tree.extend(hashes)
            archive.extend(size, bodies)
            size += len(bodies)
            erasures.update(
                digest for digest, body in zip(hashes, bodies, strict=True) if parse_entry(body).kind == ERASED
            )
    except RegisterFormatError as error:
        raise MirrorRefused(f"{there.origin}: {error}") from error
    if tree.root() != there.root:
        raise MirrorRefused(f"{there.origin}: the entries there do not give the signed root")
    kept = mirror.journal(name.log)
    lines = [line for line in kept if leaf_hash(line.body) in erasures] if kept else []
    journal(place, name.log).append(lines)
    return len(erasures - {leaf_hash(line.body) for line in lines})


def _entries(mirror: Mirror, name: LogName, start: int, size: int) -> Iterator[list[bytes]]:
    """Entries [start, size), many at a time."""
    gathered: list[bytes] = []
    at = start
    while at < size:
        tile = tile_holding(ENTRIES, at, size)
        data, width = mirror.read(f"{name.folder}/{tile.path}"), tile.width
        if data is None and tile.width < WIDTH:  # it grew since: its beginning is the same
            data, width = mirror.read(f"{name.folder}/{tile.full.path}"), WIDTH
        if data is None:
            raise MirrorRefused(f"{name.folder}/{tile.path} is missing there")
        gathered += unpack_entries(data, width)[at - tile.index * WIDTH : tile.width]
        at = tile.index * WIDTH + tile.width
        if len(gathered) >= _STEP:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _take_end(mirror: Mirror, name: LogName, archive: Archive, keys: KeyRing, there: Checkpoint) -> None:
    data = mirror.read(f"{name.folder}/{END}")
    if data is None or archive.end() is not None:
        return
    try:
        note = data.decode()
        end = open_end(note, keys.of(name.log).verifiers(there.origin))
    except (RegisterFormatError, UnicodeDecodeError) as error:
        raise MirrorRefused(f"{there.origin}: the end there is not one of ours: {error}") from error
    if end.last != there:
        raise MirrorRefused(f"{there.origin}: its end is not that of its last checkpoint")
    archive.close(note)
