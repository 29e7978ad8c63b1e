"""The device's log: counted, chained, durable before anybody is told, kept until the server signs that it has it.

It is bounded. When it is full the oldest events go, and an event `lost` says which sequences are no longer there; each
event is stored with the hash before it, so the chain still closes over what went.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device.errors import StoreError
from beffroi.edge.device.store import Row, Store
from beffroi.edge.device.uptime import Uptime
from beffroi.protocol.v1.errors import RefusalError, Refused
from beffroi.protocol.v1.event import Event, make_event, read_event
from beffroi.protocol.v1.events import MAX_EVENTS, NO_HASH, event_hash, make_batch
from beffroi.protocol.v1.keyset import KeySet, Reading
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.messages import Range, Receipt, verify_receipt
from beffroi.protocol.v1.strictjson import canonical

CAPACITY: Final = 10_000
SMALLEST_CAPACITY: Final = 16
DROPPED_PART: Final = 8
"""A full log loses one part in so many of its capacity at once, rather than one event for each new one."""
BATCH_BYTES: Final = 30_000
"""Of events' text in one batch: with base64url and the signature it stays below the protocol's bound for a token."""
URGENT: Final = frozenset({"use-admitted", "use-refused", "use-ended", "forced", "tampered", "latch-failed", "lost"})


class Record(Protocol):
    """Appends an event, durably, and returns its sequence. Raises StoreError."""

    def __call__(self, kind: str, /, **members: object) -> int: ...


@dataclass(frozen=True)
class Signed:
    """A batch ready to go: its token, and the sequences of its first and last event."""

    token: str
    first: int
    last: int


class Journal:
    """`now` gives the moment to write into an event, `uptime` its milliseconds since the start; `alongside` writes what
    has to be stored with each event.
    """

    def __init__(
        self,
        *,
        store: Store,
        device: str,
        now: Callable[[], Moment],
        uptime: Uptime,
        alongside: Callable[[], None],
        capacity: int = CAPACITY,
    ) -> None:
        self._store = store
        self._device = device
        self._now = now
        self._uptime = uptime
        self._alongside = alongside
        self._capacity = max(capacity, SMALLEST_CAPACITY)
        self.written: Callable[[str], None] = lambda _kind: None

    # Writing

    def begin(self) -> int:
        """Count this start and write the event `boot`. Returns the boot's number."""
        with self._store.transaction():
            self._store.set("boot", self.boot + 1)
            self.record("boot")
        return self.boot

    def record(self, kind: str, /, **members: object) -> int:
        """Write an event that happens now. Returns its sequence; StoreError when it is not on the disk."""
        return self.append(make_event(kind, time=self._now(), uptime=self._uptime(), **members))

    def append(self, event: Event) -> int:
        """Write an event. Returns its sequence; StoreError when it is not on the disk."""
        with self._store.transaction():
            if self._full():
                self._make_room()
            sequence = self._chain(event)
        self.written(event.kind)
        return sequence

    def _chain(self, event: Event) -> int:
        boot, sequence, prev = self.boot, self.last + 1, self.hash
        digest = event_hash(prev, device=self._device, boot=boot, sequence=sequence, event=event)
        self._store.append(Row(sequence, boot, prev, digest, canonical(event.body()).decode()))
        self._store.set("last", sequence)
        self._store.set("hash", digest)
        self._alongside()
        return sequence

    def _full(self) -> bool:
        oldest = self._store.rows(limit=1)
        # The span is cheap and never less than the count, which is asked for only when it could matter.
        return (
            bool(oldest)
            and self.last - oldest[0].sequence >= self._capacity - 2
            and (self._store.count() >= self._capacity - 1)
        )

    def _make_room(self) -> None:
        gone = self._store.rows(limit=self._capacity // DROPPED_PART)
        first, last = gone[0].sequence, gone[-1].sequence
        for event in map(_event, gone):
            lost = event.get("first")
            if event.kind == "lost" and isinstance(lost, int):
                first = min(first, lost)
        self._store.drop(first=gone[0].sequence, last=last)
        self._chain(make_event("lost", time=self._now(), uptime=self._uptime(), first=first, last=last))

    # Reading

    @property
    def boot(self) -> int:
        return self._store.number("boot")

    @property
    def last(self) -> int:
        """The sequence of the last event written, 0 before the first."""
        return self._store.number("last")

    @property
    def hash(self) -> str:
        return self._store.fact("hash") or NO_HASH

    @property
    def waiting(self) -> int:
        """How many events the server has not signed for."""
        return self._store.count()

    @property
    def empty(self) -> bool:
        """Whether the server has signed for everything."""
        return not self._store.rows(limit=1)

    def hash_at(self, sequence: int) -> str | None:
        """The hash of an event, None when it is forgotten."""
        if sequence == self.last:
            return self.hash
        own, following = self._store.row(sequence), self._store.row(sequence + 1)
        return own.hash if own is not None else following.prev if following is not None else None

    def batch(self, *, after: int, key: Ed25519PrivateKey, upto: int | None = None) -> Signed | None:
        """The signed batch of the oldest events beyond `after`, None when there is nothing."""
        rows = list(_together(self._store.rows(after=after, limit=MAX_EVENTS), upto))
        if not rows:
            return None
        head = rows[0]
        token = make_batch(
            device=self._device,
            boot=head.boot,
            first=head.sequence,
            previous=head.prev,
            events=[_event(row) for row in rows],
            key=key,
        )
        return Signed(token, head.sequence, rows[-1].sequence)

    # Forgetting

    def take_receipt(self, token: str, *, keyset: KeySet, at: Reading) -> tuple[Range, ...] | Refused:
        """Forget what the server has signed for. Returns the ranges that it misses and that are still here."""
        receipt = verify_receipt(token, keyset=keyset, at=at, device=self._device, last=self.last, hash_at=self.hash_at)
        if isinstance(receipt, Refused):
            return receipt
        with self._store.transaction():
            for first, last in _covered(receipt):
                self._store.drop(first=first, last=last)
        return receipt.missing


def _event(row: Row) -> Event:
    try:
        return read_event(json.loads(row.body))
    except (RefusalError, ValueError) as fault:
        raise StoreError("store-damaged", f"event {row.sequence} can't be read back: {fault}") from fault


def _together(rows: list[Row], upto: int | None) -> Iterator[Row]:
    """The first rows that may share a batch: one boot, no gap, not too many bytes."""
    size, before = 0, rows[0] if rows else None
    for row in rows:
        size += len(row.body.encode())
        if before is None or (upto is not None and row.sequence > upto):
            return
        if row is not before and (row.boot, row.sequence, size <= BATCH_BYTES) != (
            before.boot,
            before.sequence + 1,
            True,
        ):
            return
        before = row
        yield row


def _covered(receipt: Receipt) -> Iterator[Range]:
    """What a receipt covers: everything up to `upto` between the missing ranges."""
    start = 1
    for first, last in receipt.missing:
        yield start, first - 1
        start = last + 1
    yield start, receipt.upto
