"""Verifying an export with keys, and older checkpoints, from outside it: needs no database and trusts nothing in the file.

What holds afterwards: each log is whole up to a checkpoint that a given key signed; every value shown is what its entry
committed to; every value missing was erased, or lost, by an act on the same log's record; nothing said to be erased is still
there; and each older checkpoint given is of a beginning of the same log.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from .checkpoint import Checkpoint, open_checkpoint, open_end
from .entry import Entry, Opening, check_openings, parse_entry
from .errors import BadEntry, BadExport, RegisterFormatError
from .export import CheckpointLine, EntryLine, Line, LogLine, read_export
from .merkle import EMPTY_ROOT, Frontier, leaf_hash
from .names import LogName
from .note import VerifierKey

ERASED_KIND = "register.erased"
LOST_KIND = "register.lost"


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold: in which log, at which entry where the entry itself shows it, and why."""

    origin: str
    index: int | None
    reason: str

    def __str__(self) -> str:
        """One line that is safe on a terminal, whatever the file holds."""
        entry = "" if self.index is None else f": entry {self.index}"
        line = f"{self.origin or 'the file'}{entry}: {self.reason}"
        return "".join(character if character.isprintable() else "?" for character in line)


@dataclass(slots=True)
class LogSummary:
    """One log as it was found."""

    origin: str
    size: int = 0
    erased: int = 0
    lost: int = 0
    closed: bool = False
    root: str = ""


@dataclass(slots=True)
class Verdict:
    """All logs, and everything that does not hold; `sound` when nothing of the sort was found."""

    logs: list[LogSummary] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults

    @property
    def leaves(self) -> int:
        return sum(log.size for log in self.logs)


@dataclass(slots=True)
class _Values:
    """What is missing and what explains it, over all generations of one log, by leaf hash."""

    missing: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    present: set[bytes] = field(default_factory=set)
    erased: set[bytes] = field(default_factory=set)
    lost: set[bytes] = field(default_factory=set)


class Verifier:
    """Reads an export line by line; memory grows with the number of leaves by one hash each."""

    def __init__(self, keys: Iterable[VerifierKey], since: Iterable[str] = ()) -> None:
        """`since`: signed notes of older checkpoints; one that no key signed is a fault, as is one of a log not in the file."""
        self._keys = list(keys)
        self._verdict = Verdict()
        self._since: dict[str, dict[int, Checkpoint]] = {}
        self._met: set[str] = set()
        self._values: dict[str, _Values] = {}
        self._expected_next: dict[str, str] = {}
        self._tree = Frontier()
        self._summary: LogSummary | None = None
        self._name: LogName | None = None
        for note in since:
            self._add_since(note)

    def verify(self, file: BinaryIO) -> Verdict:
        try:
            for line in read_export(file):
                self._take(line)
            if self._summary is not None:
                self._fault(None, "the log has no checkpoint")
        except BadExport as error:
            self._verdict.faults.append(Fault(self._summary.origin if self._summary else "", None, str(error)))
            return self._verdict
        if not self._verdict.logs:
            self._verdict.faults.append(Fault("", None, "there is no log in it"))
        for origin in sorted(set(self._since) - self._met):
            self._verdict.faults.append(
                Fault(origin, None, "an older checkpoint was given, and the log is not in the file")
            )
        for origin, following in sorted(self._expected_next.items()):
            if following not in self._met:
                self._verdict.faults.append(
                    Fault(origin, None, f"it was continued as {following}, which is not in the file")
                )
        self._explain()
        return self._verdict

    def _take(self, line: Line) -> None:
        if isinstance(line, LogLine):
            self._begin(line)
        elif isinstance(line, EntryLine):
            self._entry(line)
        else:
            self._end(line)

    def _begin(self, line: LogLine) -> None:
        if self._summary is not None:
            self._fault(None, "the log has no checkpoint")
        if line.origin in self._met:
            raise BadExport(f"{line.origin} is there twice")
        try:
            self._name = LogName.of_origin(line.origin)
        except RegisterFormatError as error:
            raise BadExport(str(error)) from error
        self._met.add(line.origin)
        self._tree, self._summary = Frontier(), LogSummary(line.origin)

    def _entry(self, line: EntryLine) -> None:
        if self._summary is None or self._name is None:
            raise BadExport("an entry outside a log")
        if line.index != self._tree.size:
            raise BadExport(f"entry {line.index} stands where entry {self._tree.size} should")
        digest = leaf_hash(line.body)
        self._tree.append(digest)
        if line.hash != digest.hex():
            self._fault(line.index, "its bytes are not those that the exporter hashed")
        try:
            entry = parse_entry(line.body)
            if entry.log != self._name.log:
                raise BadEntry("it belongs to another log")
            self._check_values(line, entry, digest)
        except RegisterFormatError as error:
            self._fault(line.index, str(error))
        older = self._since.get(self._summary.origin, {}).get(self._tree.size)
        if older is not None and older.root != self._tree.root():
            self._fault(None, f"its first {older.size} entries are not those of the older checkpoint")

    def _check_values(self, line: EntryLine, entry: Entry, digest: bytes) -> None:
        values = self._values.setdefault(entry.log, _Values())
        if line.openings is None:
            values.missing[digest] = (self._origin, line.index)
            return
        check_openings(entry, line.openings)
        closed = entry.fields.keys() - line.openings.keys()
        if closed:
            raise BadEntry(f"some of its values are missing: {', '.join(sorted(closed))}")
        values.present.add(digest)
        if entry.kind == ERASED_KIND:
            values.erased.update(_hashes(line.openings, "erased"))
        elif entry.kind == LOST_KIND:
            values.lost.update(_hashes(line.openings, "lost"))

    def _end(self, line: CheckpointLine) -> None:
        summary = self._summary
        if summary is None:
            raise BadExport("a checkpoint outside a log")
        summary.size, summary.root = self._tree.size, base64.b64encode(self._tree.root()).decode()
        try:
            checkpoint = open_checkpoint(line.note, self._keys)
            self._check_checkpoint(checkpoint)
            if line.end is not None:
                end = open_end(line.end, self._keys)
                summary.closed = True
                self._expected_next[summary.origin] = end.next_origin
                if end.last != checkpoint:
                    self._fault(None, "its signed end is of another checkpoint")
        except RegisterFormatError as error:
            self._fault(None, str(error))
        for older in self._since.get(summary.origin, {}).values():
            if older.size == 0 and older.root != EMPTY_ROOT:
                self._fault(None, "the older checkpoint is of an empty log, and has another root")
            if older.size > summary.size:
                self._fault(None, f"it has {summary.size} entries, and the older checkpoint has {older.size}")
        self._verdict.logs.append(summary)
        self._summary = self._name = None

    def _check_checkpoint(self, checkpoint: Checkpoint) -> None:
        if checkpoint.origin != self._origin:
            self._fault(None, "its checkpoint is of another log")
        elif checkpoint.size != self._tree.size:
            self._fault(None, f"it has {self._tree.size} entries, and its checkpoint says {checkpoint.size}")
        elif checkpoint.root != self._tree.root():
            self._fault(
                None, "its entries are not those of the signed checkpoint: some were changed, added, removed or moved"
            )

    def _explain(self) -> None:
        sizes = {log.origin: log for log in self._verdict.logs}
        for values in self._values.values():
            for digest, (origin, index) in values.missing.items():
                if digest in values.erased:
                    sizes[origin].erased += 1
                elif digest in values.lost:
                    sizes[origin].lost += 1
                else:
                    self._verdict.faults.append(
                        Fault(origin, index, "its values are missing, and no entry says they were erased")
                    )
            for digest in sorted(values.present & values.erased):
                self._verdict.faults.append(
                    Fault(
                        "",
                        None,
                        f"an entry says that the values of leaf {digest.hex()} were erased, and they are there",
                    )
                )

    def _add_since(self, note: str) -> None:
        try:
            checkpoint = open_checkpoint(note, self._keys)
        except RegisterFormatError as error:
            self._verdict.faults.append(Fault("", None, f"the older checkpoint: {error}"))
            return
        known = self._since.setdefault(checkpoint.origin, {}).setdefault(checkpoint.size, checkpoint)
        if known != checkpoint:
            self._verdict.faults.append(
                Fault(checkpoint.origin, None, f"two signed checkpoints of size {checkpoint.size} differ")
            )

    @property
    def _origin(self) -> str:
        return self._summary.origin if self._summary else ""

    def _fault(self, index: int | None, reason: str) -> None:
        self._verdict.faults.append(Fault(self._origin, index, reason))


def _hashes(openings: Mapping[str, Opening], name: str) -> Iterator[bytes]:
    opening = openings.get(name)
    values = opening.value if opening is not None and isinstance(opening.value, list) else []
    for value in values:
        try:
            yield bytes.fromhex(str(value))
        except ValueError as error:
            raise BadEntry("it names an entry by something that is not a hash") from error
