"""The catalogue of a backup: which objects it needs, and which files lie in each. Gzip of one canonical JSON object a line."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from .errors import BadCatalogue
from .manifest import SEALED
from .reading import canonical, listed, members, number, parsed, path_inside, sha256, text

LONGEST_LINE: Final = 1024 * 1024
_OBJECT: Final = ("bytes", "files", "object", "sealed")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was when it was read: its path under the home, its length, its time of change in nanoseconds."""

    path: str
    bytes: int
    changed: int


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A sealed file of the folder of backups, named by its own SHA-256; `bytes` is its own length."""

    sha256: str
    bytes: int
    sealed: str
    files: tuple[StoredFile, ...]


def write_catalogue(file: BinaryIO, objects: Iterable[StoredObject]) -> None:
    """All lines, compressed; the same for the same objects whenever it is written."""
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        for each in objects:
            files = [{"path": one.path, "bytes": one.bytes, "changed": one.changed} for one in each.files]
            line = {"object": each.sha256, "bytes": each.bytes, "sealed": each.sealed, "files": files}
            packed.write(canonical(line) + b"\n")


def read_catalogue(file: BinaryIO) -> Iterator[StoredObject]:
    """What `write_catalogue` wrote; raises BadCatalogue. No file is there twice."""
    seen: set[str] = set()
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as packed:
            while line := packed.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise BadCatalogue("objects.jsonl.gz is cut short, or has a line that is too long")
                found = _object(line[:-1])
                for one in found.files:
                    if one.path in seen:
                        raise BadCatalogue(f"objects.jsonl.gz has {one.path} twice")
                    seen.add(one.path)
                yield found
    except (ValueError, EOFError, OSError, zlib.error) as error:
        raise BadCatalogue(f"objects.jsonl.gz is not a catalogue of ours: {error}") from error


def _object(line: bytes) -> StoredObject:
    body = members(parsed(line), _OBJECT)
    files = tuple(_file(each) for each in listed(body["files"], "files"))
    if not files:
        raise ValueError("an object without files")
    return StoredObject(
        sha256=sha256(body["object"], "object"),
        bytes=number(body["bytes"], "bytes"),
        sealed=text(body["sealed"], "sealed", SEALED),
        files=files,
    )


def _file(value: object) -> StoredFile:
    body = members(value, StoredFile.__slots__)
    return StoredFile(path_inside(body["path"]), number(body["bytes"], "bytes"), _moment(body["changed"]))


def _moment(value: object) -> int:
    """Nanoseconds since 1970 need 61 bits: beyond what JavaScript counts, so only Python and its like read them."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("changed is no moment")
    return value
