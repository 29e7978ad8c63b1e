"""The erasure journal: what must be destroyed again after an older database was restored. One file a log, beside the tiles.

Each line is JSON: {"v":1,"entry":"<the entry that says so, its bytes>","open":{its values and salts}}. It holds leaf hashes,
codes and identifiers only. A last line cut short by a crash is ignored: its checkpoint was never published.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .archive import flush_folder
from .entry import Opening, openings_from_json, openings_to_json, parse_entry
from .errors import BadEntry

VERSION = 1


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One act that explains missing values: its entry's bytes and what opens it."""

    body: bytes
    openings: Mapping[str, Opening]


class ErasureJournal:
    """Appended to by the sequencer before it publishes the acts that are in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[JournalLine]) -> None:
        """Add what is not there yet, and flush it to disk."""
        known = {line.body for line in self}
        new = [line for line in lines if line.body not in known]
        if not new:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            if self.path.stat().st_size and not self._ends_a_line():
                file.write(b"\n")
            file.writelines(_encode(line) for line in new)
            file.flush()
            os.fsync(file.fileno())
        flush_folder(self.path.parent)

    def __iter__(self) -> Iterator[JournalLine]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        for raw in data.split(b"\n"):
            line = _decode(raw)
            if line is not None:
                yield line

    def _ends_a_line(self) -> bool:
        return self.path.read_bytes().endswith(b"\n")


def _encode(line: JournalLine) -> bytes:
    item = {"v": VERSION, "entry": line.body.decode("ascii"), "open": openings_to_json(line.openings)}
    return json.dumps(item, separators=(",", ":")).encode() + b"\n"


def _decode(raw: bytes) -> JournalLine | None:
    """None for a line that a crash cut short."""
    try:
        item = json.loads(raw)
        if not isinstance(item, dict) or item.get("v") != VERSION:
            return None
        body = str(item["entry"]).encode("ascii")
        parse_entry(body)
        return JournalLine(body=body, openings=openings_from_json(item["open"]))
    except (ValueError, KeyError, BadEntry):
        return None
