"""Export files: whole logs with the values still kept, as gzipped JSON lines that can be read and written as a stream.

    {"type":"beffroi-register-export","v":1,"made":"<minute>"}
    for each log, oldest generation first:
        {"log":"<origin>"}
        {"i":0,"h":"<leaf hash, hex>","entry":"<the entry's bytes>","open":{…}}     one line a leaf; "open" absent when erased or lost
        {"checkpoint":"<signed note>","end":"<signed end>" or null}
    {"done":<number of leaves>}
The last line tells a file cut short from a whole one.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from .entry import Opening, openings_from_json, openings_to_json
from .errors import BadExport, RegisterFormatError
from .strict import parse_object

TYPE: Final = "beffroi-register-export"
VERSION: Final = 1
GREATEST_LINE: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log begins."""

    origin: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One leaf: its place, the hash that the exporter had for it, its bytes, and what opens it (None: not there any more)."""

    index: int
    hash: str
    body: bytes
    openings: Mapping[str, Opening] | None


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A log is complete: the signed checkpoint of what came before, and its signed end when it was closed."""

    note: str
    end: str | None


Line = LogLine | EntryLine | CheckpointLine


class ExportWriter:
    """Writes an export to a binary file; `finish` makes it whole."""

    def __init__(self, file: BinaryIO, *, made: str) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0, filename="")
        self._leaves = 0
        self._put({"type": TYPE, "v": VERSION, "made": made})

    def write(self, line: Line) -> None:
        if isinstance(line, LogLine):
            self._put({"log": line.origin})
        elif isinstance(line, CheckpointLine):
            self._put({"checkpoint": line.note, "end": line.end})
        else:
            item: dict[str, object] = {"i": line.index, "h": line.hash, "entry": line.body.decode("ascii")}
            if line.openings is not None:
                item["open"] = openings_to_json(line.openings)
            self._put(item)
            self._leaves += 1

    def finish(self) -> int:
        """Write the last line; returns how many leaves there are."""
        self._put({"done": self._leaves})
        self._file.close()
        return self._leaves

    def _put(self, item: Mapping[str, object]) -> None:
        self._file.write(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def read_export(file: BinaryIO) -> Iterator[Line]:
    """The lines of an export, checked for form only; raises BadExport when it is cut short, garbled or of another version."""
    leaves = 0
    lines = _lines(file)
    header = next(lines, None)
    if (
        header is None
        or header.get("type") != TYPE
        or header.get("v") != VERSION
        or header.keys() != {"type", "v", "made"}
    ):
        raise BadExport("not a register export of a version that this program knows")
    for item in lines:
        if item.keys() == {"done"}:
            if item["done"] != leaves or next(lines, None) is not None:
                raise BadExport("the file's count is not what it holds")
            return
        line = _line(item)
        leaves += isinstance(line, EntryLine)
        yield line
    raise BadExport("the file is cut short")


def _lines(file: BinaryIO) -> Iterator[dict[str, object]]:
    number = 0
    with gzip.GzipFile(fileobj=file, mode="rb") as stream:
        while True:
            number += 1
            try:
                raw = stream.readline(GREATEST_LINE)
                if not raw:
                    return
                if not raw.endswith(b"\n"):
                    raise BadExport(f"line {number} is cut short")
                item = parse_object(raw)
            except (OSError, EOFError, zlib.error) as error:
                raise BadExport(f"the file cannot be unpacked at line {number}: it is cut short or garbled") from error
            except RegisterFormatError as error:
                raise BadExport(f"line {number}: {error}") from error
            yield item


def _line(item: dict[str, object]) -> Line:
    if item.keys() == {"log"} and isinstance(item["log"], str):
        return LogLine(item["log"])
    if item.keys() == {"checkpoint", "end"}:
        note, end = item["checkpoint"], item["end"]
        if isinstance(note, str) and (end is None or isinstance(end, str)):
            return CheckpointLine(note, end)
    if item.keys() in ({"i", "h", "entry"}, {"i", "h", "entry", "open"}):
        index, digest, body = item["i"], item["h"], item["entry"]
        if type(index) is int and isinstance(digest, str) and isinstance(body, str) and body.isascii():
            try:
                openings = openings_from_json(item["open"]) if "open" in item else None
            except RegisterFormatError as error:
                raise BadExport(f"entry {index}: {error}") from error
            return EntryLine(index, digest, body.encode(), openings)
    raise BadExport("a line that is neither a log, an entry nor a checkpoint")
